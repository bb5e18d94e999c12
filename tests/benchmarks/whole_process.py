"""A command as a whole process: its time and its memory, by the operating system's own count."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SLOKIT = str(Path(sys.executable).with_name("slokit"))


@dataclass(frozen=True)
class Run:
    """Seconds on the clock, seconds of processor, and peak memory in bytes; its output."""

    wall: float
    cpu: float
    memory: int
    output: str


# The system counts what a process held before it became the command: the benchmark's own memory,
# unless something small starts it.
_STARTER = """
import json, os, subprocess, sys, time
begun = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
wall, cpu = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
with open(sys.argv[1], "w") as out:
    json.dump([wall, cpu, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)], out)
"""


def run(command: Sequence[str], directory: Path) -> Run:
    """Run a command once; raises AssertionError with its output when it fails."""
    figures = directory / ".bench-figures"
    # as installed: modules are compiled once, whatever the environment says
    installed = {n: value for n, value in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    installed["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "slokit-bench-bytecode")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTER, str(figures), *command],
        cwd=directory,
        env=installed,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    wall, cpu, memory, code = json.loads(figures.read_text(encoding="utf-8"))
    assert code == 0, done.stdout[-2000:]
    return Run(wall, cpu, memory, done.stdout)


def typical(command: Sequence[str], directory: Path, runs: int = 5) -> Run:
    """The run of the median time, after one to warm up."""
    run(command, directory)
    found = [run(command, directory) for _ in range(runs)]
    middle = median(each.wall for each in found)
    return min(found, key=lambda each: abs(each.wall - middle))


def told(measured: Run) -> str:
    """A run as a figure."""
    return f"{measured.wall:.2f} s, {measured.memory / 2**20:.0f} MiB"
