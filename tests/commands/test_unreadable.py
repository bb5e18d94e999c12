"""A directory that cannot be read is reported: a spec in it would be missing in silence.

So is every other path that the machine refuses.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.projects import put, spec
from tests.support.command_here import slokit
from tests.support.no_privileges import permissions_hold


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project with one directory of specs that may not be read, by root neither."""
    put(tmp_path, {"slokit.yaml": "bundle: b\n", "slo-specs/open/a.yaml": spec("a")})
    put(tmp_path, {"slo-specs/closed/b.yaml": spec("b")})
    closed = tmp_path / "slo-specs/closed"
    closed.chmod(0)
    with permissions_hold():
        yield tmp_path
    closed.chmod(0o755)


@pytest.mark.parametrize(
    "specs", ["slo-specs", "slo-specs/closed", "slo-specs/*/*.yaml", "slo-specs/**/*.yaml"]
)
def test_an_unreadable_directory_is_one_line_and_exit_code_4(project: Path, specs: str) -> None:
    """Walked or found by a pattern, named in slokit.yaml or on the command line."""
    refused = (4, "slokit: cannot read slo-specs/closed: Permission denied\n")
    named = slokit(project, "validate", specs)
    put(project, {"slokit.yaml": f"bundle: b\nspecs: ['{specs}']\n"})
    listed = slokit(project, "compile", "--check")

    assert (named.code, named.err) == refused
    assert (listed.code, listed.err) == refused


def test_a_file_in_an_unreadable_directory_is_not_called_missing(project: Path) -> None:
    """It is not known whether there is one."""
    ran = slokit(project, "validate", "slo-specs/closed/b.yaml")

    assert ran.code == 4
    assert ran.err == "slokit: cannot read slo-specs/closed/b.yaml: Permission denied\n"


def test_one_that_is_excluded_may_be_unreadable(project: Path) -> None:
    """Nothing in it is a spec."""
    put(project, {"slokit.yaml": "bundle: b\nexclude: [slo-specs/closed]\n"})

    ran = slokit(project, "validate")

    assert (ran.code, ran.err) == (0, "")


COMMANDS = {
    "validate": ["validate"],
    "compile": ["compile"],
    "check": ["check", "--prometheus", "http://127.0.0.1:1"],
    "report": ["report", "--plan"],
    "explain": ["explain", "a"],
    "diff": ["diff", ".", "."],
    "add from the catalog": ["catalog", "add", "etcd"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_so(project: Path, command: str) -> None:
    """Whichever reads the specs, before it asks or writes anything."""
    ran = slokit(project, *COMMANDS[command])

    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "slokit: cannot read slo-specs/closed: Permission denied\n"


@pytest.mark.parametrize("place", ["alert-rules", "alert-rules/tests"])
def test_an_output_directory_that_cannot_be_looked_into(tmp_path: Path, place: str) -> None:
    """Whether its files are out of date cannot be known: one line, and nothing is written."""
    put(tmp_path, {"slokit.yaml": "bundle: b\n", "slo-specs/a.yaml": spec("a")})
    assert slokit(tmp_path, "compile").code == 0
    (tmp_path / place).chmod(0)
    try:
        with permissions_hold():
            checked = slokit(tmp_path, "compile", "--check")
            compiled = slokit(tmp_path, "compile")
    finally:
        (tmp_path / place).chmod(0o755)

    assert (checked.code, compiled.code) == (4, 4)
    assert compiled.err == checked.err
    assert checked.err.startswith(f"slokit: cannot reach {tmp_path / place}/")
    assert checked.err.endswith(".yaml: Permission denied\n")


TOO_LONG = "x" * 300
NAMES = {
    "of an output directory": ["compile", "--out", TOO_LONG],
    "of a project file": ["validate", "--project", TOO_LONG],
    "of a state to compare": ["diff", TOO_LONG, "."],
    "of a file to write": ["schema", "--out", TOO_LONG],
    "of a new project": ["init", TOO_LONG],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_file_system_takes(tmp_path: Path, name: str) -> None:
    """One line, and no traceback."""
    put(tmp_path, {"slokit.yaml": "bundle: b\n", "slo-specs/a.yaml": spec("a")})

    ran = slokit(tmp_path, *NAMES[name])

    assert ran.code == 4
    assert ran.err.startswith("slokit: cannot reach ")
    assert ran.err.endswith(": File name too long\n")
    assert ran.err.count("\n") == 1
