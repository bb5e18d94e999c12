"""Where a command's output goes, when that does not work."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.command import ROOT

PROGRAM = "import sys; from slokit.__main__ import main; sys.argv[0] = 'slokit'; main()"


def validate(project: Path, out: int) -> tuple[int, str]:
    """Exit code and standard error of a command that prints one line."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "validate"],
        cwd=project,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stderr


def test_a_full_disk(project: Path) -> None:
    """One line and exit code 4, though the output is so short that it is written last."""
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        code, err = validate(project, full)
    finally:
        os.close(full)
    assert (code, err) == (4, "slokit: cannot write the output: No space left on device\n")


def test_a_reader_that_has_gone(project: Path) -> None:
    """Nothing is written where no one reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        code, err = validate(project, writer)
    finally:
        os.close(writer)
    assert (code, err) == (4, "")
