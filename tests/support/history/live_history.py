"""The history of a web shop: two hours of good and odd metrics up to NOW, one long gone."""

from pathlib import Path

import numpy as np

from tests.support.history.history import Floats, History, every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

NOW = 1_700_000_000.0
MANY = 1200
_START = NOW - 7200
_BOUNDS = {"0.1": 0.3, "0.25": 0.6, "0.5": 0.9, "1.0": 0.95, "+Inf": 1.0}


def live_history(directory: Path) -> PrometheusServer:
    """A server, not started yet, that holds all of it."""
    series = [*_requests(), *_latency(), *_replicas(), *_odd(), *_many(), *_joined()]
    return server_with_history(directory, series)


def grown(labels: dict[str, str], per_second: float, step: float = 30) -> History:
    """A counter over the two hours."""
    times = every(_START, NOW + 1, step)
    return history(labels, times, per_second * (times - _START))


def level(labels: dict[str, str], value: float | Floats) -> History:
    """A gauge over the two hours."""
    return history(labels, every(_START, NOW + 1, 30), value)


def _requests() -> list[History]:
    name, job = "http_requests_total", "web"
    rows = [("a", "200", 100.0), ("b", "200", 50.0), ("a", "500", 0.5)]
    found = [
        grown({"__name__": name, "job": job, "cluster": c, "code": code}, rate)
        for c, code, rate in rows
    ]
    # errors of a cluster that has no requests, and requests of which a few have no cluster
    found += [
        grown({"__name__": "stray_errors_total", "job": job, "cluster": "z"}, 0.1),
        grown({"__name__": "half_labelled_total", "job": job, "cluster": "a"}, 1.0),
        grown({"__name__": "half_labelled_total", "job": job}, 1.0),
        grown({"__name__": "good_total", "job": job, "cluster": "a"}, 1.0),
        grown({"__name__": "few_total", "job": job}, 0.001),
        grown({"__name__": "proxy_total", "job": job, "kind": "2xx"}, 0.001),
        grown({"__name__": "proxy_total", "job": job, "kind": "4xx"}, 0.001),
    ]
    return found


def _latency() -> list[History]:
    base = {"job": "web", "cluster": "a"}
    name = "request_duration_seconds"
    found = [grown({"__name__": f"{name}_count", **base}, 10.0)]
    for bound, share in _BOUNDS.items():
        found.append(grown({"__name__": f"{name}_bucket", **base, "le": bound}, 10.0 * share))
    found.append(grown({"__name__": "summary_seconds_count", **base}, 10.0))
    return found


def _replicas() -> list[History]:
    found = []
    for cluster, instance in (("a", "a1"), ("a", "a2"), ("b", "b1")):
        base = {"job": "db", "cluster": cluster, "instance": instance}
        found += [
            level({"__name__": "pg_up", **base}, 1.0),
            level({"__name__": "pg_answering", **base}, 1.0),
            level({"__name__": "pg_memory_max_bytes", **base}, 1e9),
        ]
        if instance != "b1":
            found.append(level({"__name__": "pg_lag_seconds", **base}, 0.1))
            found.append(level({"__name__": "pg_memory_used_bytes", **base}, 1e8))
    stranger = {"__name__": "stranger_up", "job": "db", "cluster": "a", "instance": "elsewhere"}
    return [*found, level(stranger, 1.0)]


def _odd() -> list[History]:
    times = every(_START, NOW + 1, 30)
    wobble = 10.0 + 5.0 * (np.arange(len(times)) % 2)
    long_gone = every(NOW - 10 * 86_400, NOW - 10 * 86_400 + 600, 30)
    odd_value = 'say "hi" \\ {}'
    return [
        history({"__name__": "wobble_total", "job": "web"}, times, wobble),
        grown({"__name__": "slow_total", "job": "web"}, 1.0, step=120),
        history({"__name__": "gone_total", "job": "web"}, long_gone, 1.0),
        history({"__name__": "moved_total", "job": "old"}, long_gone, 1.0),
        grown({"__name__": "moved_total", "job": "new"}, 1.0),
        grown({"__name__": "jobs_failed_total", "job": "web"}, 0.1),
        grown({"__name__": "uptime_seconds", "job": "web"}, 1.0),
        grown({"__name__": "jobs_lost_total", "job": "web"}, 0.1),
        grown({"__name__": "odd_total", "job": odd_value, "cluster": odd_value}, 1.0),
        grown({"__name__": "odd_errors_total", "job": odd_value, "cluster": "z"}, 1.0),
    ]


def _many() -> list[History]:
    times = every(NOW - 300, NOW + 1, 60)
    return [
        history({"__name__": "crowd_total", "job": "web", "user": f"u{n}"}, times, 1.0)
        for n in range(MANY)
    ]


def _joined() -> list[History]:
    found = [
        grown({"__name__": "joined_total", "job": "web", "instance": f"i{n}"}, 1.0)
        for n in range(3)
    ]
    for instance, region in (("i0", "eu"), ("i1", "us")):
        labels = {"job": "web", "instance": instance, "region": region}
        found.append(level({"__name__": "web_info", **labels}, 1.0))
    for region in ("eu", "us"):
        labels = {"job": "web", "instance": "i0", "region": region}
        found.append(level({"__name__": "torn_info", **labels}, 1.0))
    return found
