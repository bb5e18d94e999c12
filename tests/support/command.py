"""The command `slokit` as a user runs it: a process of its own, in a directory of hers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PROGRAM = "import sys; from slokit.__main__ import main; sys.argv[0] = 'slokit'; main()"
_PATIENCE = 120


@dataclass(frozen=True)
class Ran:
    """What one run gave."""

    code: int
    out: str
    err: str


def slokit(directory: Path, *arguments: str, stdin: str = "", **environment: str) -> Ran:
    """Run `slokit` with these arguments and this standard input.

    Raises AssertionError when it ends in a traceback.
    """
    process = _start(directory, arguments, environment)
    try:
        out, err = process.communicate(stdin, timeout=_PATIENCE)
    finally:
        process.kill()
    return _ran(process, out, err)


def interrupted(
    directory: Path,
    *arguments: str,
    when: Callable[["subprocess.Popen[str]"], None],
    by: signal.Signals | None = signal.SIGINT,
    **environment: str,
) -> Ran:
    """Run `slokit`, and send it a signal, if any, when ``when`` returns; stdin stays open."""
    with _start(directory, arguments, environment) as process:
        try:
            when(process)
            if by is not None:
                process.send_signal(by)
            process.wait(_PATIENCE)
        except BaseException:
            process.terminate()  # killed, it would leave the servers behind that it has started
            process.wait(_PATIENCE)
            raise
        finally:
            process.kill()
        out, err = process.communicate(timeout=_PATIENCE)
    return _ran(process, out, err)


def _start(
    directory: Path, arguments: tuple[str, ...], environment: dict[str, str]
) -> "subprocess.Popen[str]":
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=directory,
        env={**own, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ran(process: "subprocess.Popen[str]", out: str, err: str) -> Ran:
    assert "Traceback" not in err, err
    return Ran(process.returncode, out, err)
