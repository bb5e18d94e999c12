"""What the compiled rules cost a real Prometheus: samples read, time, processor."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import requests
import yaml

from tests.benchmarks.conftest import Figure
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.ledger_history import (
    DAY,
    INTERVAL,
    SLOT,
    ledger_server,
    loaded_bundle,
    recent_slot,
    write_ledger,
)
from tests.benchmarks.whole_process import SLOKIT, run
from tests.support.compile.compiled import rules_of
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

SLOS, MANY, SERIES = 50, 2_000, 20
DURATION = "prometheus_rule_group_duration_seconds_sum"
PER_MINUTE = 60 / INTERVAL
TOTAL, BAD = "http_requests_total", 'http_requests_total{code=~"5.."}'
SPEC = """\
apiVersion: slokit/v1
service: api
slos:
  - name: availability
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}}
"""
WEIGHED = "alert_policies: {default: {min_budget_spent: 1%}}\n"
WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]


def samples(server: PrometheusServer, expr: str, at: float) -> int:
    """How many samples Prometheus reads to evaluate an expression once."""
    answer = requests.post(
        f"{server.url}/api/v1/query", {"query": expr, "time": at, "stats": "all"}, timeout=120
    ).json()
    assert answer["status"] == "success", answer
    return int(answer["data"]["stats"]["samples"]["totalQueryableSamples"])


def compiled_fleet(directory: Path, slos: int, more: str = "") -> list[dict[str, Any]]:
    """The groups of the bundle's own rule file, with more in slokit.yaml."""
    directory.mkdir(exist_ok=True)
    write_fleet(directory, slos)
    with (directory / "slokit.yaml").open("a", encoding="utf-8") as project:
        project.write(more)
    run([SLOKIT, "compile", "--target", "prometheus"], directory)
    text = (directory / "alert-rules" / "fleet.bundle.rules.yaml").read_text()
    groups: list[dict[str, Any]] = yaml.safe_load(text)["groups"]
    return groups


def bench_samples_of_rules(tmp_path: Path, figure: Figure) -> None:
    """The bundle's rules over a month of ledger, by Prometheus' own count of samples."""
    groups, end = compiled_fleet(tmp_path, SLOS), recent_slot()
    weighed = compiled_fleet(tmp_path / "weighed", SLOS, WEIGHED)
    with ledger_server(tmp_path / "prometheus", loaded_bundle(tmp_path), end, days=31) as server:
        for more, chosen in (("", groups), (", with `min_budget_spent` in the policy", weighed)):
            read = of_bundle(server, chosen, end)
            # beside its raw selectors a ledger reads back its own total, once an evaluation
            total = sum(read.values()) / SLOS + PER_MINUTE
            parts = ", ".join(f"{part} {number / SLOS:,.0f}" for part, number in read.items())
            figure(
                f"rules: samples read per SLO and minute, 30d window{more} ({parts})",
                f"{total:,.0f}",
                "under 6,000",
            )


def of_bundle(
    server: PrometheusServer, groups: Sequence[Mapping[str, Any]], at: float
) -> dict[str, float]:
    """The samples that each group of a bundle reads in a minute."""
    slow = {"slow", "period"}
    found = {}
    for group in groups:
        part = group["name"].rpartition(":")[2]
        read = sum(samples(server, rule["expr"], at) for rule in group["rules"])
        found[part] = read * (60 / SLOT if part in slow else PER_MINUTE)
    return found


def bench_raw_readings(tmp_path: Path, figure: Figure) -> None:
    """A ledger's two rules against one reading of each selector; every window raw against all."""
    (tmp_path / "slokit.yaml").write_text("bundle: raw\n")
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "api.yaml").write_text(SPEC)
    run([SLOKIT, "compile", "--target", "prometheus"], tmp_path)
    bundle, end = loaded_bundle(tmp_path), recent_slot()
    rules = [r["expr"] for r in rules_of(tmp_path / "alert-rules" / "api.rules.yaml")]
    bundle_file = (tmp_path / "alert-rules" / "raw.bundle.rules.yaml").read_text()
    made = server_with_history(tmp_path / "prometheus", raw_series(end))
    write_ledger(made, bundle, end, days=31)
    with made as server:
        once = sum(samples(server, f"rate({side}[5m])", end) for side in (TOTAL, BAD))
        ledger = sum(samples(server, expr, end) for expr in rules)
        ours = sum(of_bundle(server, yaml.safe_load(bundle_file)["groups"], end).values())
        raw = sum(samples(server, expr, end) for expr in all_windows_raw())
    whole, all_raw = ours + ledger * PER_MINUTE, raw * PER_MINUTE
    figure(
        f"raw selectors of the ledger against one reading of each ({SERIES} series, half of them"
        " bad events)",
        f"{ledger / once:.2f} times",
        "at most 2.5 times",
    )
    figure(
        f"the same SLO with each of {len(WINDOWS)} windows read raw, samples a minute",
        f"{all_raw:,.0f} against {whole:,.0f}: {all_raw / whole:,.0f} times more",
        "at least 100 times",
    )


def raw_series(end: float) -> list[History]:
    """A month of counters of one cluster, half of them errors."""
    times = every(end - 30 * DAY, end + 1, INTERVAL)
    labels = {"__name__": TOTAL, "cluster": "c1"}
    return [
        history(
            {**labels, "code": "500" if n % 2 else "200", "instance": f"i{n}"},
            times,
            np.arange(len(times), dtype=float),
        )
        for n in range(SERIES)
    ]


def all_windows_raw() -> list[str]:
    """The error ratio over every window, each out of the raw series."""
    return [
        f"sum by (cluster) (rate({BAD}[{w}])) / sum by (cluster) (rate({TOTAL}[{w}]))"
        for w in WINDOWS
    ]


def bench_a_large_fleet(tmp_path: Path, figure: Figure) -> None:
    """All rules of a large fleet, with a month of history, on a real Prometheus for two minutes."""
    compiled_fleet(tmp_path, MANY)
    bundle, end = loaded_bundle(tmp_path), recent_slot()
    rules = [tmp_path / "alert-rules" / "*.rules.yaml"]
    with Exposition() as exposed:
        server = ledger_server(tmp_path / "prometheus", bundle, end, days=30)
        server.rule_files = list(rules)
        server.scrape = [
            ScrapeJob(service.name, [exposed.target], {"cluster": "c1", "region": "eu"})
            for service in bundle.services
        ]
        server.scrape_interval = server.evaluation_interval = f"{INTERVAL}s"
        exposed.set_samples(
            {
                f'http_requests_total{{route="/api/{route}",code="{code}"}}': value
                for route in range(10)
                for code, value in (("200", 1e6), ("500", 10.0))
            }
        )
        with server:
            _watch(server, figure)


def _watch(server: PrometheusServer, figure: Figure) -> None:
    server.wait_until(lambda: server.evaluations() > 0, "evaluated", 120)
    time.sleep(2 * INTERVAL)
    before, begun = _metric(server, DURATION), time.monotonic()
    time.sleep(2 * INTERVAL)
    spent = _metric(server, DURATION) - before
    share = spent / (time.monotonic() - begun)
    groups = server.api("rules")["groups"]
    worst = max(groups, key=lambda g: g["evaluationTime"] / float(g["interval"]))
    assert server.failures() == 0
    figure(
        f"{MANY:,} SLOs on one Prometheus: time in rule groups",
        f"{share:.1%} of one core",
        "stated",
    )
    figure(
        f"{MANY:,} SLOs: the slowest group against its interval",
        f"{worst['name']}: {worst['evaluationTime'] / float(worst['interval']):.1%}",
        "under 10 %",
    )


def _metric(server: PrometheusServer, name: str) -> float:
    lines = requests.get(f"{server.url}/metrics", timeout=30).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))
