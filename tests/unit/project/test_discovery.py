"""Which files are specs, and what they are called."""

import os
from pathlib import Path

import pytest

from slokit import api
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.project.workspace import find_project_file

SPEC = "apiVersion: slokit/v1\nservice: {}\nslos:\n  - name: a\n    objective: 99%\n"
SPEC += "    sli: {{events: {{bad: b, total: t}}}}\n"
MANIFEST = "kind: Service\nmetadata: {name: x}\n"


def put(*names: str) -> None:
    """Write a spec for each path; its service is called after the file."""
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SPEC.format(path.stem))


def services(*paths: str) -> list[str]:
    return sorted(api.load(paths).selected)


def test_directories_are_walked(here: Path) -> None:
    """Both endings count, at any depth; hidden directories and the bundle file do not."""
    put("slo-specs/a.yaml", "slo-specs/b.yml", "slo-specs/x/y/c.yaml")
    put("slo-specs/.git/hidden.yaml", "slo-specs/d.txt", "slo-specs/.cache/e/f.yaml")
    Path("slo-specs/slokit.yaml").write_text("bundle: other\n")

    assert services() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["slo-specs/*.yaml"], ["a", "b"]),
        (["slo-specs/**/*.yaml"], ["a", "b", "c"]),
        (["slo-specs/[b-z]*"], ["b", "c", "d"]),
        (["slo-specs/x"], ["c"]),
        (["slo-specs/a.yaml", "slo-specs/x/*"], ["a", "c"]),
        (["./slo-specs/../slo-specs/a.yaml"], ["a"]),
    ],
)
def test_files_directories_and_globs_select(here: Path, paths: list[str], found: list[str]) -> None:
    """What is named on the command line is selected; a glob may match directories."""
    put("slo-specs/a.yaml", "slo-specs/b.yaml", "slo-specs/x/c.yaml", "slo-specs/y/d.yml")

    assert services(*paths) == found


def test_the_whole_bundle_is_read_whatever_is_selected(here: Path) -> None:
    """Only what is named is selected, but its siblings are known."""
    put("slo-specs/a.yaml", "slo-specs/b.yaml", "elsewhere/c.yaml")

    loaded = api.load(["elsewhere/c.yaml"])

    assert loaded.selected == {"c"}
    assert [service.name for service in loaded.bundle.services] == ["a", "b", "c"]


def test_a_file_named_in_two_ways_is_read_once(here: Path) -> None:
    """By its name, its directory and the bundle it stays one file."""
    put("slo-specs/a.yaml")

    assert api.load(["slo-specs/a.yaml", "slo-specs", str(here / "slo-specs/a.yaml")]).errors == ()


def test_a_file_may_hold_several_documents(here: Path) -> None:
    """Each is a service of its own; empty ones are passed over."""
    Path("slo-specs").mkdir()
    text = "---\n".join(SPEC.format(name) for name in ("a", "b", "c"))
    Path("slo-specs/all.yaml").write_text(f"---\n{text}---\n---\n# the end\n")

    loaded = api.load()

    assert [(s.name, s.file) for s in loaded.bundle.services] == [
        (name, "slo-specs/all.yaml") for name in "abc"
    ]
    assert loaded.skipped == ()


def test_yaml_of_others_is_skipped_and_named(here: Path) -> None:
    """Manifests, charts that are no YAML at all and lists do not disturb a walk."""
    put("slo-specs/a.yaml")
    Path("slo-specs/manifests.yaml").write_text(f"{MANIFEST}---\n{MANIFEST}---\n- a list\n")
    Path("slo-specs/chart.yaml").write_text("{{- if .Values.on }}\nkind: Service\n{{- end }}\n")
    Path("slo-specs/text.yaml").write_text("just text\n")

    loaded = api.load()

    assert loaded.findings == api.load(["slo-specs/a.yaml"]).findings
    names = ["chart.yaml", *["manifests.yaml"] * 3, "text.yaml"]
    assert loaded.skipped == tuple(f"slo-specs/{name}" for name in names)
    assert len(loaded.bundle.services) == 1


@pytest.mark.parametrize("version", ["slockit/v1", "slo-kit/v1", "Slokt/v1"])
def test_a_version_that_is_nearly_slokits_is_an_error(here: Path, version: str) -> None:
    """It is no other tool's YAML, so that its SLOs are not lost without a word."""
    put("slo-specs/a.yaml")
    Path("slo-specs/b.yaml").write_text(SPEC.format("b").replace("slokit/v1", version))
    (found,) = api.load().errors

    assert (found.code.number, found.hint) == ("SLK101", "did you mean slokit/v1?")
    assert found.place is not None
    assert found.place.line == 1


@pytest.mark.parametrize("version", ["sloth/v1", "openslo/v1", "apps/v1", "v1"])
def test_versions_of_other_tools_are_none_of_slokits(here: Path, version: str) -> None:
    """They are passed over, and named."""
    put("slo-specs/a.yaml")
    Path("slo-specs/b.yaml").write_text(SPEC.format("b").replace("slokit/v1", version))

    assert api.load().skipped == ("slo-specs/b.yaml",)
    assert api.load().errors == ()


def test_a_broken_file_that_names_slokit_is_told(here: Path) -> None:
    """A spec with a syntax error is not taken for somebody else's YAML."""
    put("slo-specs/a.yaml")
    Path("slo-specs/b.yaml").write_text("apiVersion: slokit/v1\nservice: [\n")

    assert [f.code.number for f in api.load().errors] == ["SLK001"]


@pytest.mark.parametrize(
    ("exclude", "found"),
    [
        (["slo-specs/old"], ["a", "b", "draft"]),
        (["old", "draft*.yaml"], ["a", "b"]),
        (["*.yml"], ["a", "c", "draft"]),
        (["slo-specs/*.yaml"], ["b", "c"]),
        ([], ["a", "b", "c", "draft"]),
    ],
)
def test_the_bundle_excludes_paths(here: Path, exclude: list[str], found: list[str]) -> None:
    """A pattern takes out a file, or a directory with all that is below it."""
    put("slo-specs/a.yaml", "slo-specs/b.yml", "slo-specs/old/c.yaml", "slo-specs/draft.yaml")
    Path("slokit.yaml").write_text(f"exclude: {exclude}\n")

    assert services() == found


def test_specs_are_where_the_bundle_file_says(here: Path) -> None:
    """`specs` is a path or a list, below the directory of the bundle file, wherever one stands."""
    put("one/a.yaml", "two/deep/b.yaml", "three/c.yaml")
    Path("slokit.yaml").write_text("specs: [one, two/deep/b.yaml, 'th*']\n")
    os.chdir("two")

    assert services() == ["a", "b", "c"]
    Path("../slokit.yaml").write_text("specs: one\n")
    assert services() == ["a"]


def test_the_nearest_bundle_file_counts(here: Path) -> None:
    """It is sought upwards from the working directory."""
    (here / "slokit.yaml").write_text("")
    (here / "a/b").mkdir(parents=True)
    (here / "a/slokit.yaml").write_text("")

    assert find_project_file(here / "a/b") == here / "a/slokit.yaml"
    assert find_project_file(here) == here / "slokit.yaml"


def test_a_bundle_file_can_be_named(here: Path) -> None:
    """--project names one by any name; specs lie beside it."""
    put("eu/slo-specs/a.yaml", "us/slo-specs/b.yaml")
    Path("eu/prod.yaml").write_text("bundle: prod-eu\n")
    Path("us/slokit.yaml").write_text("bundle: prod-us\n")

    loaded = [api.load(project=path) for path in ("eu/prod.yaml", "us/slokit.yaml")]

    assert [each.bundle.name for each in loaded] == ["prod-eu", "prod-us"]
    assert [each.selected for each in loaded] == [{"a"}, {"b"}]


def test_what_is_not_there_is_wrong_usage(here: Path) -> None:
    """A path, a glob without match and a bundle file that do not exist are named."""
    put("slo-specs/a.yaml")

    for paths in (["nowhere.yaml"], ["slo-specs/a.yaml", "no*where"]):
        with pytest.raises(UsageError, match=r"no.?where"):
            api.load(paths)
    with pytest.raises(UsageError, match=r"no/slokit\.yaml"):
        api.load(project="no/slokit.yaml")


@pytest.mark.parametrize("name", ["slo-specs/notes.txt", "slo-specs/manifest.yaml", "other/a.yaml"])
def test_no_spec_at_all_is_told_with_the_way_out(here: Path, name: str) -> None:
    """An empty directory, one of others' files and none at all end alike."""
    put(name)
    if name.endswith("manifest.yaml"):
        Path(name).write_text(MANIFEST)

    with pytest.raises(NoSpecsError, match="slokit init"):
        api.load()


def test_a_file_that_cannot_be_read_is_a_fault_of_the_environment(here: Path) -> None:
    """A link that leads to itself is named, with the system's reason."""
    put("slo-specs/a.yaml")
    Path("slo-specs/loop.yaml").symlink_to("loop.yaml")

    with pytest.raises(BrokenEnvironmentError, match=r"cannot read slo-specs/loop\.yaml: Too many"):
        api.load()


def test_pipes_and_devices_are_never_read(here: Path) -> None:
    """A walk passes over what might never end."""
    put("slo-specs/a.yaml")
    os.mkfifo("slo-specs/pipe.yaml")
    Path("slo-specs/zero.yaml").symlink_to("/dev/zero")

    assert services() == ["a"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"a\nrules: [].yaml", "slo-specs/a\\nrules: [].yaml"),
        (b"\x1b[2J.yaml", "slo-specs/\\x1b[2J.yaml"),
        (b"a\xff.yaml", "slo-specs/a\\xff.yaml"),
        ("a\u2028b\u0085.yaml".encode(), "slo-specs/a\\u2028b\\x85.yaml"),
        ("größe 漢.yaml".encode(), "slo-specs/größe 漢.yaml"),
    ],
)
def test_names_of_files_are_text_of_one_line(here: Path, name: bytes, shown: str) -> None:
    """No name of a file steers a terminal, or breaks out of a comment that holds it."""
    Path("slo-specs").mkdir()
    Path("slo-specs", os.fsdecode(name)).write_text(SPEC.format("a"))

    (service,) = api.load().bundle.services

    assert service.file == shown
