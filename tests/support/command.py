"""The command `slokit` as a user runs it: a process of its own, in a directory of hers."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PROGRAM = "import sys; from slokit.cli.app import main; sys.argv[0] = 'slokit'; main()"


@dataclass(frozen=True)
class Ran:
    """What one run gave."""

    code: int
    out: str
    err: str


def slokit(directory: Path, *arguments: str, **environment: str) -> Ran:
    """Run `slokit` with these arguments; AssertionError when it ends in a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "100",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)
