"""A directory that cannot be read is reported: a spec in it would be missing in silence."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.projects import put, spec
from tests.support.command_here import slokit


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one directory of specs that may not be read.

    For root, whom no permission stops, the system calls refuse as they do for everybody else.
    """
    put(tmp_path, {"slokit.yaml": "bundle: b\n", "slo-specs/open/a.yaml": spec("a")})
    put(tmp_path, {"slo-specs/closed/b.yaml": spec("b")})
    closed = tmp_path / "slo-specs/closed"
    closed.chmod(0)
    if os.geteuid() == 0:
        monkeypatch.setattr(os, "scandir", refusing(os.scandir, closed, itself=True))
        monkeypatch.setattr(os, "stat", refusing(os.stat, closed, itself=False))
    yield tmp_path
    closed.chmod(0o755)


def refusing(real: Any, closed: Path, *, itself: bool) -> Any:
    """The call, but for paths in the closed directory, and for itself where that counts."""

    def call(path: Any = ".", **options: Any) -> Any:
        full = Path.cwd() / path if isinstance(path, str | os.PathLike) else Path()
        if closed in full.parents or (itself and full == closed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, **options)

    return call


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
