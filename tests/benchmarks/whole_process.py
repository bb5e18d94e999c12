"""A command as a whole process: its time and its memory, by the operating system's own count."""

import os
import subprocess
import sys
import time
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


def run(command: Sequence[str], directory: Path) -> Run:
    """Run a command once; raises AssertionError with its output when it fails."""
    log = directory / ".bench-output"
    with log.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    output = log.read_text(encoding="utf-8", errors="replace")
    assert process.returncode == 0, output[-2000:]
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def typical(command: Sequence[str], directory: Path, runs: int = 5) -> Run:
    """The run of the median time, after one to warm up."""
    run(command, directory)
    found = [run(command, directory) for _ in range(runs)]
    middle = median(each.wall for each in found)
    return min(found, key=lambda each: abs(each.wall - middle))


def told(measured: Run) -> str:
    """A run as a figure."""
    return f"{measured.wall:.2f} s, {measured.memory / 2**20:.0f} MiB"
