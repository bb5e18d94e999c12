"""slokit demo: a real cluster and a month of three, in real servers, and what the ledger says."""

import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from slokit.cli.output import screen_width

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PIPED_WIDTH = 120


def run(
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Where to write specs, rules and reports.")
    ] = "slokit-demo",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the Prometheus of the month running.")
    ] = False,
) -> None:
    """Show slokit at work on a real cluster and a simulated month.

    Kills the leader of an etcd cluster and shows what that costs; reports on a month of three
    clusters with known incidents. Takes minutes, and needs etcd, prometheus and promtool.
    """
    from slokit.demo.run import Options
    from slokit.demo.run import run as run_demo

    for ending in _ENDINGS:
        signal.signal(ending, _end)
    begun = time.monotonic()
    width = screen_width(_PIPED_WIDTH)
    try:
        run_demo(Options(time.time(), Path(out), width, keep), lambda text: print(text, flush=True))
    except KeyboardInterrupt:
        print("stopped; everything is cleaned up", flush=True)
        raise SystemExit(130) from None
    print(f"\nthe whole demo took {time.monotonic() - begun:.0f} s", flush=True)


def _end(number: int, frame: object) -> None:
    """End in order, as Ctrl-C does: a closed terminal leaves no servers behind.

    Once is enough: timeout(1) and impatient people send a second signal into the cleaning up.
    """
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
