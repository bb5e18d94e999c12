"""The whole demo: both acts at once, since the first mostly waits and the second mostly works."""

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from slokit.demo import failover
from slokit.demo.month import act
from slokit.demo.month.project import deliver, refuse_foreign
from slokit.demo.month.timeline import Timeline
from slokit.demo.processes import Children, Server, require, undisturbed

Say = Callable[[str], None]
_SLOT = 300


@dataclass(frozen=True)
class Options:
    """How to play: the moment at which the month ends, where files go, how wide the screen is.

    ``pace`` scales the waits of the first act, ``days`` is the length of the month.
    """

    at: float
    out: Path
    width: int
    keep: bool = False
    days: int = 30
    pace: float = 1.0


def play(options: Options, say: Say) -> Server | None:
    """Play both acts, and say what they left behind; gives the server that goes on, if one does.

    Raises:
        BrokenEnvironmentError: a program is missing or fails, or ``out`` is somebody else's.
    """
    require(["etcd", "prometheus", "promtool"])
    refuse_foreign(options.out)
    directory = Path(tempfile.mkdtemp(prefix="slokit-demo-"))
    children = Children(directory)
    pool = ThreadPoolExecutor(1)
    kept: Server | None = None
    try:
        second = pool.submit(_second_act, options, directory / "month", children, say)
        (directory / "live").mkdir()
        first = failover.play(directory / "live", children, options.pace, say)
        say("")
        failover.tell(first, say)
        month = second.result()
        say("")
        act.tell(month, options.width, say)
        kept = _close(month, options, directory, say)
        return kept
    finally:
        with undisturbed():
            children.close()
            pool.shutdown()
            shutil.rmtree(directory / "live" if kept else directory, ignore_errors=True)


def _second_act(options: Options, directory: Path, children: Children, say: Say) -> act.Month:
    timeline = Timeline(int(options.at) // _SLOT * _SLOT, options.days)
    return act.prepare(timeline, directory, children, lambda text: say(f"the month: {text}"))


def _close(month: act.Month, options: Options, directory: Path, say: Say) -> Server | None:
    """Say what there is to open; gives Prometheus if it goes on."""
    deliver(month.project, options.out)
    say("\nwritten, to open:")
    for name in month.files:
        say(f"  {options.out / name}")
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
