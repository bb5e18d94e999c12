"""`slokit catalog` on the command line."""

from pathlib import Path

import pytest

from tests.support.command import ROOT
from tests.support.command_here import slokit

SHIPPED = sorted(path.stem for path in (ROOT / "slo-specs").glob("*.yaml"))


def test_the_list_has_every_spec_that_is_shipped(tmp_path: Path) -> None:
    """Name, number of SLOs and description, a line each; the working directory means nothing."""
    (tmp_path / "slokit.yaml").write_text("bundel: broken\n")

    ran = slokit(tmp_path, "catalog", "list")

    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == SHIPPED
    assert "etcd           11 SLOs  The key-value stores behind the Kubernetes" in ran.out


@pytest.mark.parametrize("name", SHIPPED)
def test_a_spec_is_shown_and_added_as_it_is(tmp_path: Path, name: str) -> None:
    """Byte by byte, into the place where the project's specs are, and it is fine there."""
    text = (ROOT / "slo-specs" / f"{name}.yaml").read_text()
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: [specs, more]\n")
    (tmp_path / "deep").mkdir()

    shown = slokit(tmp_path, "catalog", "show", name)
    added = slokit(tmp_path / "deep", "catalog", "add", name)

    assert (shown.code, shown.out) == (0, text)
    assert (added.code, added.err) == (0, "")
    assert added.out.startswith(f"wrote ../specs/{name}.yaml\n\nAdapt what its first lines name")
    assert (tmp_path / "specs" / f"{name}.yaml").read_text() == text
    assert slokit(tmp_path, "validate", "--strict").code == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file of that name stays as it is: exit code 2."""
    path = tmp_path / "slo-specs" / "etcd.yaml"
    path.parent.mkdir()
    path.write_text("# mine\n")

    ran = slokit(tmp_path, "catalog", "add", "etcd")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == ("slokit: slo-specs/etcd.yaml exists already: nothing was written\n")
    assert path.read_text() == "# mine\n"


def test_a_service_is_not_added_twice(tmp_path: Path) -> None:
    """Under another file's name it would be a second document of the same service."""
    slokit(tmp_path, "catalog", "add", "etcd")
    (tmp_path / "slo-specs" / "etcd.yaml").rename(tmp_path / "slo-specs" / "store.yaml")

    ran = slokit(tmp_path, "catalog", "add", "etcd")

    assert ran.code == 2
    assert "the service 'etcd' exists in slo-specs/store.yaml" in ran.err
    assert not (tmp_path / "slo-specs" / "etcd.yaml").exists()


def test_another_place_may_be_named_and_it_is_said_when_the_project_does_not_read_it(
    tmp_path: Path,
) -> None:
    """--to DIR; without a slokit.yaml that is said instead."""
    without = slokit(tmp_path, "catalog", "add", "etcd", "--to", "elsewhere")
    (tmp_path / "slokit.yaml").write_text("bundle: test\n")
    unread = slokit(tmp_path, "catalog", "add", "patroni", "--to", "elsewhere")
    read = slokit(tmp_path, "catalog", "add", "postgresql", "--to", "slo-specs/databases")

    assert "wrote elsewhere/etcd.yaml\nno slokit.yaml yet: `slokit init`" in without.out
    assert "\nthe project does not read it there: add its directory to `specs:`" in unread.out
    assert read.out.startswith("wrote slo-specs/databases/postgresql.yaml\n\nAdapt")


@pytest.mark.parametrize("specs", ["slo-specs/*.yaml", "all.yaml", "[]"])
def test_where_specs_are_no_directory_one_must_be_named(tmp_path: Path, specs: str) -> None:
    """A glob or a file says nothing about where a further file goes."""
    (tmp_path / "slokit.yaml").write_text(f"bundle: test\nspecs: {specs}\n")

    ran = slokit(tmp_path, "catalog", "add", "etcd")

    assert ran.code == 2
    assert ran.err == (
        "slokit: the first entry of `specs:` in slokit.yaml is no directory: choose one with"
        " --to DIR\n"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("etc", "did you mean 'etcd'?"),
        ("../etcd", "did you mean 'etcd'?"),
        ("q", "choose alertmanager, etcd, "),
    ],
)
def test_an_unknown_name_is_wrong_usage(tmp_path: Path, name: str, hint: str) -> None:
    """The nearest name is shown, or all of them; a path is no name."""
    for command in ("show", "add"):
        ran = slokit(tmp_path, "catalog", command, name)

        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"slokit: no such spec {name!r} in the catalog: {hint}")
    assert not list(tmp_path.iterdir())


def test_without_a_command_the_commands_are_told(tmp_path: Path) -> None:
    """Help, with the exit code of wrong usage."""
    ran = slokit(tmp_path, "catalog")

    assert ran.code == 2
    assert all(command in ran.out + ran.err for command in ("list", "show", "add"))
