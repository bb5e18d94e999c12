"""A shop that lives for one short day and counts its requests with prometheus_client.

Run as a program: `shop_of_a_day.py HOST:PORT SEED FILE`. It serves its metrics there, answers
requests to many routes, and fails on most of them once, as a healthy service does. What it did
itself is written to FILE as JSON before it ends: `{"requests": …, "failed": …}`.

Time is compressed: a scrape comes every second, and five minutes are four seconds. Nothing fails in
the first and last of these: a new target is not known yet, or is gone before a window ends. On the
first day Prometheus itself has to begin, which takes it some seconds.
"""

import json
import random
import sys
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, start_http_server

ROUTES, FAILING, TWICE = 60, 40, 5
SETTLED, LAST, QUIET, END = 9.0, 15.0, 19.5, 21.0
PACE = 0.05


def main(target: str, seed: int, written: Path) -> None:
    """One day."""
    rng, registry, begun = random.Random(seed), CollectorRegistry(), time.monotonic()
    requests = Counter("http_requests", "Requests.", ["route", "code"], registry=registry)
    host, _, port = target.partition(":")
    start_http_server(int(port), host, registry)
    failing = sorted(_failures(rng))
    served, failed = 0, 0
    while (now := time.monotonic() - begun) < QUIET:
        requests.labels(f"/{served % ROUTES}", "200").inc()
        served += 1
        while failing and failing[0][0] <= now:
            _, route = failing.pop(0)
            requests.labels(f"/{route}", "500").inc()
            failed += 1
        time.sleep(PACE)
    written.write_text(json.dumps({"requests": served + failed, "failed": failed}))
    time.sleep(begun + END - time.monotonic())


def _failures(rng: random.Random) -> list[tuple[float, int]]:
    """When which route fails: each of some once, a few of them twice."""
    routes = rng.sample(range(ROUTES), FAILING)
    return [(rng.uniform(SETTLED, LAST), route) for route in [*routes, *routes[:TWICE]]]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
