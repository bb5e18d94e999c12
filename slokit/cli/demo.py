"""slokit demo: a real cluster, a real Prometheus, and what the ledger says."""


def run() -> None:
    """Run three etcd nodes and a Prometheus on loopback, kill the leader, show the budgets."""
    from slokit.demo.act import play

    try:
        play(lambda text: print(text, flush=True))
    except KeyboardInterrupt:
        print("stopped; everything is cleaned up", flush=True)
        raise SystemExit(130) from None
