"""The whole demo: both parts at once, since the first mostly waits and the second mostly works."""

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from slokit.demo import failover
from slokit.demo.month import report
from slokit.demo.month.report import deliver, refuse_foreign
from slokit.demo.month.simulated import Timeline
from slokit.demo.processes import Children, Server, require, undisturbed

Say = Callable[[str], None]
_SLOT = 300


@dataclass(frozen=True)
class Options:
    """How to run: the moment at which the month ends, where files go, how wide the screen is.

    ``pace`` scales the waits of the failover, ``days`` is the length of the month.
    """

    at: float
    out: Path
    width: int
    keep: bool = False
    days: int = 30
    pace: float = 1.0


def run(options: Options, say: Say) -> Server | None:
    """Run the failover and the month, and say what they left behind; gives the server that is kept.

    Raises:
        BrokenEnvironmentError: a program is missing or fails, or ``out`` holds another project.
    """
    require(["etcd", "prometheus", "promtool"])
    refuse_foreign(options.out)
    directory = Path(tempfile.mkdtemp(prefix="slokit-demo-"))
    children = Children(directory)
    pool = ThreadPoolExecutor(1)
    kept: Server | None = None
    try:
        preparing = pool.submit(_prepare_month, options, directory / "month", children, say)
        (directory / "live").mkdir()
        outcome = failover.run(directory / "live", children, options.pace, say)
        say("")
        failover.show(outcome, say)
        month = preparing.result()
        say("")
        report.show(month, options.width, say)
        kept = _close(month, options, directory, say)
        return kept
    finally:
        with undisturbed():
            children.close()
            pool.shutdown()
            shutil.rmtree(directory / "live" if kept else directory, ignore_errors=True)


def _prepare_month(options: Options, directory: Path, children: Children, say: Say) -> report.Month:
    timeline = Timeline(int(options.at) // _SLOT * _SLOT, options.days)
    return report.prepare(timeline, directory, children, lambda text: say(f"the month: {text}"))


def _close(month: report.Month, options: Options, directory: Path, say: Say) -> Server | None:
    """Say what there is to open; gives Prometheus if it goes on."""
    deliver(month.project, options.out)
    report, *others = month.files
    say("\nalso written, to open:")
    for name in others:
        say(f"  {options.out / name}")
    say(f"\nthe report of the month, for a browser:\n  {options.out / report}")
    if not options.keep:
        say("\nslokit demo --keep leaves the month's Prometheus running.")
        return None
    pid = month.prometheus.server.keep()
    say(
        f"\nthe month's Prometheus goes on at {month.prometheus.url}; ask it yourself:\n"
        f"  slokit report --project {options.out / 'slokit.yaml'} --period {options.days}d"
        f" --at {month.timeline.at} --prometheus {month.prometheus.url}\n"
        f"to end it:\n"
        f"  kill {pid}; rm -r {directory}"
    )
    return month.prometheus.server
