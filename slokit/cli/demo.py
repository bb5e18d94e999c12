"""slokit demo: a real cluster, a real Prometheus, and what the ledger says."""

import signal

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def run() -> None:
    """Run three etcd nodes and a Prometheus on loopback, kill the leader, show the budgets."""
    from slokit.demo.act import play

    for ending in _ENDINGS:
        signal.signal(ending, _end)
    try:
        play(lambda text: print(text, flush=True))
    except KeyboardInterrupt:
        print("stopped; everything is cleaned up", flush=True)
        raise SystemExit(130) from None


def _end(number: int, frame: object) -> None:
    """End in order, as Ctrl-C does: a closed terminal leaves no servers behind."""
    raise SystemExit(128 + number)
