"""The real promtool: does a rule file load, do its unit tests pass."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Seconds after which promtool hangs: a month of rules takes it minutes on a busy machine.
_HANGS = 900


@dataclass(frozen=True)
class Outcome:
    """One run of promtool: whether it was content, and everything it wrote."""

    ok: bool
    output: str


def check_rules(paths: Sequence[Path]) -> Outcome:
    """`promtool check rules` with all lints; a lint finding makes it fail."""
    return run("check", "rules", "--lint=all", "--lint-fatal", *map(str, paths))


def check_config(path: Path) -> Outcome:
    """`promtool check config` of one prometheus.yml."""
    return run("check", "config", str(path))


def test_rules(paths: Sequence[Path]) -> Outcome:
    """`promtool test rules` of these unit-test files."""
    return run("test", "rules", *map(str, paths))


def run(*arguments: str) -> Outcome:
    """Run promtool with these arguments."""
    done = subprocess.run(
        ["promtool", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=_HANGS,
    )
    return Outcome(done.returncode == 0, done.stdout + done.stderr)
