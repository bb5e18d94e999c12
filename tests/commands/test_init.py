"""`slokit init` on the command line."""

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from slokit import __version__, api
from slokit.project.scaffold import bundle_name
from slokit.project.schemas import project_file_schema, spec_schema
from slokit.promql.labels import is_name
from tests.support.command_here import slokit

MUST_BE_NEW = ["slokit.yaml", "slo-specs/prometheus.yaml", ".github/workflows/slokit.yaml"]
FILES = [*MUST_BE_NEW, ".gitattributes"]
ALERTMANAGER = """
alertmanager:
  receivers: {hook: {webhook: {url: "https://hook.example.com"}}}
  default: hook
"""


def files_in(directory: Path) -> list[str]:
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())


def test_four_files_are_written_and_three_commands_are_named(tmp_path: Path) -> None:
    """The bundle is named after the directory, and everything is said on standard output."""
    project = tmp_path / "Orders DB (prod)"
    project.mkdir()

    ran = slokit(project, "init")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[:6] == [*(f"wrote {path}" for path in FILES), "", "Next:"]
    assert ran.out.count("\n  slokit ") == 3
    assert files_in(project) == sorted(FILES)
    settings = yaml.safe_load((project / "slokit.yaml").read_text())
    assert settings["bundle"] == "orders-db-prod"


def test_a_directory_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    """Paths are shown as they are seen from the working directory."""
    ran = slokit(tmp_path, "init", "team/slos")

    assert ran.code == 0
    assert "wrote team/slos/slokit.yaml\n" in ran.out
    assert "\nNext, in team/slos:\n" in ran.out
    assert files_in(tmp_path / "team" / "slos") == sorted(FILES)


@pytest.mark.parametrize("there", MUST_BE_NEW)
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    """One file that is there already is named, and none of the others is written."""
    (tmp_path / there).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / there).write_text("mine\n")

    ran = slokit(tmp_path, "init")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (f"slokit: {there} exists already: nothing was written\n")
    assert files_in(tmp_path) == [there]
    assert (tmp_path / there).read_text() == "mine\n"


def test_attributes_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    """Many repositories have them: the rest is written, and a line says what is left to do."""
    (tmp_path / ".gitattributes").write_text("*.png binary\n")

    ran = slokit(tmp_path, "init")

    assert ran.code == 0
    assert "left alone .gitattributes: docs/how-to/merges.md says" in ran.out
    assert (tmp_path / ".gitattributes").read_text() == "*.png binary\n"
    assert files_in(tmp_path) == sorted(FILES)


def test_all_that_is_compiled_is_marked_as_generated(tmp_path: Path) -> None:
    """By git itself: of all targets' files, with line ends that no system changes."""
    slokit(tmp_path, "init")
    with (tmp_path / "slokit.yaml").open("a") as project:
        project.write('alertmanager: {receivers: {a: {webhook: {url: "http://a"}}}, default: a}\n')
    targets = [word for name in api.names_of("target") for word in ("--target", name)]
    slokit(tmp_path, "compile", *targets)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    written = [path for path in files_in(tmp_path) if not path.startswith(".git/")]
    generated = [path for path in written if path not in FILES]
    asked = ["git", "check-attr", "linguist-generated", "eol", "--", *written]
    said = subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    of = {line.rpartition(": ")[0]: line.rpartition(": ")[2] for line in said.splitlines()}
    assert len(generated) > len(api.names_of("target"))
    assert {of[f"{path}: linguist-generated"] for path in generated} == {"set"}
    assert {of[f"{path}: eol"] for path in generated} == {"lf"}
    assert {of[f"{path}: linguist-generated"] for path in MUST_BE_NEW} == {"unspecified"}


def test_a_second_run_names_the_three_files(tmp_path: Path) -> None:
    """It changes nothing."""
    slokit(tmp_path, "init")
    before = {path: (tmp_path / path).read_bytes() for path in FILES}

    ran = slokit(tmp_path, "init")

    assert ran.code == 2
    assert f"{', '.join(MUST_BE_NEW)} exist already" in ran.err
    assert {path: (tmp_path / path).read_bytes() for path in FILES} == before


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    """Exit code 2 and one line."""
    (tmp_path / "taken").write_text("")

    ran = slokit(tmp_path, "init", "taken")

    assert (ran.code, ran.err) == (2, "slokit: taken is not a directory\n")


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file stands where a directory should be: exit code 4, and what was written is gone."""
    (tmp_path / "slo-specs").write_text("")

    ran = slokit(tmp_path, "init")

    assert ran.code == 4
    assert ran.err.startswith("slokit: cannot write slo-specs/prometheus.yaml: ")
    assert files_in(tmp_path) == ["slo-specs"]


def test_what_is_written_is_beyond_reproach(tmp_path: Path) -> None:
    """No finding, not even a note; valid under both schemas."""
    slokit(tmp_path, "init", "shop")
    project = tmp_path / "shop"

    ran = slokit(project, "validate", "--strict")

    assert (ran.code, ran.out) == (0, "4 SLOs of 1 service: no findings\n")
    spec = yaml.safe_load((project / "slo-specs/prometheus.yaml").read_text())
    settings = yaml.safe_load((project / "slokit.yaml").read_text())
    assert Draft202012Validator(spec_schema()).is_valid(spec)
    assert Draft202012Validator(project_file_schema()).is_valid(settings)


def test_the_commented_settings_are_legal_too(tmp_path: Path) -> None:
    """Without its comment marks, slokit.yaml is a legal file."""
    slokit(tmp_path, "init", "shop")
    path = tmp_path / "shop" / "slokit.yaml"
    lines = path.read_text().splitlines()
    settings = [line for line in lines if line.startswith(("# links:", "# prometheus:", "#   "))]
    path.write_text("\n".join([*lines, *(line.removeprefix("# ") for line in settings)]))

    assert len(settings) == 6
    assert slokit(tmp_path / "shop", "validate", "--strict").code == 0


def ci_commands(text: str) -> list[str]:
    """What the job of GitHub or GitLab runs."""
    job = yaml.safe_load(text)
    if "jobs" in job:
        return [step["run"] for step in job["jobs"]["slokit"]["steps"] if "run" in step]
    return list(job["slokit"]["script"])


@pytest.mark.parametrize(
    ("marker", "path"),
    [("README.md", FILES[2]), (".gitlab-ci.yml", "slokit.gitlab-ci.yaml")],
)
def test_the_ci_job_passes_on_compiled_specs_and_fails_on_drift(
    tmp_path: Path, marker: str, path: str
) -> None:
    """Its commands are run as they stand, but for the installation of this very version."""
    (tmp_path / marker).write_text("")
    slokit(tmp_path, "init")
    install, *commands = ci_commands((tmp_path / path).read_text())
    assert install == f"pip install vendor/slokit-{__version__}-py3-none-any.whl"

    drifted = [slokit(tmp_path, *command.split()[1:]).code for command in commands]
    slokit(tmp_path, "compile")
    compiled = [slokit(tmp_path, *command.split()[1:]).code for command in commands]

    assert all(command.startswith("slokit ") for command in commands)
    assert drifted == [0, 1]
    assert compiled == [0, 0]


def test_the_line_for_editors_finds_the_schema(tmp_path: Path) -> None:
    """The path in the comment leads from the spec to what the command beside it writes."""
    slokit(tmp_path, "init")
    spec = tmp_path / "slo-specs" / "prometheus.yaml"
    text = spec.read_text()
    (command,) = [line[4:] for line in text.splitlines() if line.startswith("#   slokit ")]
    _, _, path = text.partition("$schema=")

    slokit(tmp_path, *command.split()[1:])

    assert (spec.parent / path.split()[0]).resolve() == tmp_path / "slokit.schema.json"
    assert (tmp_path / "slokit.schema.json").is_file()


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("orders-db", "orders-db"),
        ("Orders DB", "orders-db"),
        ("--Größe_2--", "groe-2"),
        ("日本", "my-slos"),
        ("", "my-slos"),
        ("x" * 80, "x" * 63),
        ("x" * 62 + "-y", "x" * 62),
    ],
)
def test_a_bundle_is_called_like_its_directory(directory: str, name: str) -> None:
    """Whatever is no letter or digit becomes a dash."""
    assert bundle_name(directory) == name


@given(directory=st.text(max_size=80))
def test_every_directory_makes_a_legal_name(directory: str) -> None:
    """Also in any other script, and however long."""
    assert is_name(bundle_name(directory))


@pytest.mark.parametrize("directory", ["on", "No", "null", "1e3", "0x1f", "12", "1-30"])
def test_names_that_yaml_reads_otherwise_are_quoted(tmp_path: Path, directory: str) -> None:
    """A directory called `on` gives a bundle called on, and no boolean."""
    slokit(tmp_path, "init", directory)

    settings = yaml.safe_load((tmp_path / directory / "slokit.yaml").read_text())

    assert settings["bundle"] == directory.lower()
    assert slokit(tmp_path / directory, "validate", "--strict").code == 0


def test_the_attributes_are_those_of_the_page_about_merges(tmp_path: Path) -> None:
    """Who has a `.gitattributes` of her own finds every line there."""
    slokit(tmp_path, "init")
    written = (tmp_path / ".gitattributes").read_text().splitlines()
    page = Path(__file__).parents[2] / "docs" / "how-to" / "merges.md"

    assert {line for line in written if not line.startswith("#")} <= {
        *page.read_text(encoding="utf-8").splitlines()
    }


@pytest.mark.parametrize("environments", ["", "environments: {prod: {}, stage: {}}\n"])
def test_git_knows_what_is_compiled_of_each_environment(tmp_path: Path, environments: str) -> None:
    """All output is marked as such, files of the bundle do not merge, and others are left alone."""
    slokit(tmp_path, "init")
    with (tmp_path / "slokit.yaml").open("a") as file:
        file.write(ALERTMANAGER + environments)
    before = set(files_in(tmp_path))
    targets = [word for name in api.names_of("target") for word in ("--target", name)]
    assert slokit(tmp_path, "compile", *targets).code == 0
    output = sorted(set(files_in(tmp_path)) - before)
    attributes = git_attributes(tmp_path, [*output, "grafana/dashboards/mine.json"])

    mine = attributes.pop("grafana/dashboards/mine.json")
    assert set(mine.values()) == {"unspecified"}
    assert len(output) > 10
    for path, found in attributes.items():
        assert (found["linguist-generated"], found["eol"]) == ("set", "lf"), path
        assert (found["merge"] == "unset") == (".bundle" in path or "dashboards/" in path), path


def git_attributes(directory: Path, paths: list[str]) -> dict[str, dict[str, str]]:
    """What git makes of paths in a directory, by path and attribute."""
    git = ["git", "-C", str(directory)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    asked = ("linguist-generated", "eol", "merge")
    ran = subprocess.run(
        [*git, "check-attr", *asked, "--", *paths], check=True, capture_output=True, text=True
    )
    found: dict[str, dict[str, str]] = {}
    for line in ran.stdout.splitlines():
        path, name, value = line.split(": ")
        found.setdefault(path, {})[name] = value
    return found
