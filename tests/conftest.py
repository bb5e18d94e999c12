"""What every test may ask for: the programs it needs, checked before it runs.

`PROMETHEUS` and `PROMTOOL` may name other programs than those of the search path.
"""

import gc
import os
import resource
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

INSTALL_HINT = "run scripts/install-debian-packages"


# No test asserts a time: how long an example takes says more of the machine than of slokit.
settings.register_profile("slokit", deadline=None)
# for `make unit`: a few examples find most faults at once
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("slokit")

NAMED = {"prometheus": "PROMETHEUS", "promtool": "PROMTOOL"}

# Servers of tests are small and short-lived: with more memory before each collection of garbage
# those written in Go need a sixth less of the processor.
os.environ.setdefault("GOGC", "400")


def _first_in_path(named: dict[str, str], config: pytest.Config) -> None:
    """Put the programs that the environment names first in the search path, under their own names.

    So that what slokit itself starts, as in the demo, is the same program.
    """
    given = {program: os.environ[name] for program, name in named.items() if os.environ.get(name)}
    if not given:
        return
    directory = Path(tempfile.mkdtemp(prefix="slokit-programs-"))
    config.add_cleanup(lambda: shutil.rmtree(directory))
    for program, path in given.items():
        found = shutil.which(path)
        if found is None:
            message = f"{named[program]} names no program: {path}"
            raise pytest.UsageError(message)
        (directory / program).symlink_to(Path(found).resolve())
    os.environ["PATH"] = f"{directory}{os.pathsep}{os.environ['PATH']}"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the programs once, before the workers start: they inherit the search path."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As in a shell's background: the programs that tests interrupt would ignore it, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        _first_in_path(NAMED, config)


def pytest_sessionstart() -> None:
    """Collect no garbage while tests are collected: thousands of them are made, and all stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What stays until the end is not looked through again and again."""
    gc.freeze()
    gc.enable()


def missing_programs(names: tuple[str, ...]) -> list[str]:
    """The programs that are not on the search path."""
    return [name for name in names if shutil.which(name) is None]


def in_ci() -> bool:
    """Whether this run must skip nothing."""
    return os.environ.get("CI", "") not in {"", "0", "false"}


def require_programs(*names: str) -> None:
    """Skip the test when a program is missing; in CI a missing program fails it."""
    missing = missing_programs(names)
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)} ({INSTALL_HINT})"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the programs of `@pytest.mark.programs(…)` before the test's fixtures start."""
    item.config.stash.setdefault(_LAST, _used())
    for marker in item.iter_markers("programs"):
        require_programs(*marker.args)


CPU = "seconds of processor"
_BUSIEST = 15  # files that a run with --durations lists
_LAST = pytest.StashKey[float]()


def _used() -> float:
    """Seconds of processor, of this process and of the programs that it started and waited for."""
    both = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what was used since the last report: a test that waits is long, and costs nothing."""
    report = yield
    now = _used()
    report.user_properties.append((CPU, now - item.config.stash[_LAST]))
    item.config.stash[_LAST] = now
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With --durations: the files that use the processor most, whatever they wait for."""
    if terminalreporter.config.option.durations is None:
        return
    used: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, seconds in getattr(report, "user_properties", []):
                used[report.nodeid.partition("::")[0]] += seconds if name == CPU else 0
    terminalreporter.section(f"{CPU} by file")
    for file, seconds in used.most_common(_BUSIEST):
        terminalreporter.line(f"{seconds:8.1f}s {file}")
