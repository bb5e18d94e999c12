"""Figures are collected while the benchmarks run, then printed and kept in FIGURES.md."""

import platform
from collections.abc import Callable
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

import pytest

KEPT = Path(__file__).with_name("FIGURES.md")
_HEAD = """\
# Figures

What `make bench` measured last, on {machine}, {day}.
Whole processes, other work idle; absolute times vary between machines and runs by some 20 %,
so two things are compared within one run only. No test asserts a time.

| figure | measured | aim |
| --- | --- | --- |
"""

Figure = Callable[[str, str, str], None]
_figures = pytest.StashKey[list[tuple[str, str, str]]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin an empty list."""
    config.stash[_figures] = []


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Takes the name of a figure, what was measured, and what is aimed at."""
    rows = request.config.stash[_figures]

    def add(name: str, measured: str, aim: str) -> None:
        rows.append((name, measured, aim))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and keep it where all benchmarks ran."""
    config = terminalreporter.config
    rows = [f"| {' | '.join(row)} |\n" for row in config.stash[_figures]]
    if not rows:
        return
    machine = f"{cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    text = _HEAD.format(machine=machine, day=datetime.now(UTC).strftime("%Y-%m-%d"))
    terminalreporter.write("\n" + "".join(rows))
    if not config.option.keyword and all(Path(a).is_dir() for a in config.args):
        KEPT.write_text(text + "".join(rows), encoding="utf-8")
