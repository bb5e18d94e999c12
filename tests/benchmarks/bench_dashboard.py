"""Opening the executive dashboard: what is read for it, beside what raw series would cost."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from slokit import api
from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.compiler.windows import is_fast, windows_in_use
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from tests.benchmarks.conftest import Figure
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.ledger_history import (
    BAD_SHARE,
    DAY,
    GROUP,
    HOUR,
    INTERVAL,
    PER_SECOND,
    SLOT,
    loaded_bundle,
    recent_slot,
)
from tests.support.history.history import Floats, History, every, server_with_history
from tests.support.servers import grafana
from tests.support.servers.prometheus_server import PrometheusServer

SLOS, SCRAPE = 500, 60
STEP = 300.0  # what Grafana makes of a day in 300 points
RAW, RAW_BAD = "http_requests_total", 'http_requests_total{code="500"}'


def bench_opening_the_overview(tmp_path: Path, figure: Figure) -> None:
    """All queries of the executive dashboard over the last day, of 500 SLOs and of one of them."""
    write_fleet(tmp_path, SLOS)
    bundle, end = loaded_bundle(tmp_path), recent_slot()
    series = [row for slo in bundle.slos for row in _recorded(slo, bundle, end)]
    executive, *_ = api.compile(bundle, ["dashboards"])
    dashboard = grafana.read(executive.text)
    one = {"service": bundle.slos[0].service, "slo": bundle.slos[0].name}
    with server_with_history(tmp_path / "prometheus", [*series, *_raw(end)]) as server:
        of_all, of_one = (_opened(server, dashboard, chosen, end) for chosen in ({}, one))
        budget = " / ".join(f"sum(increase({side}[30d]))" for side in (RAW_BAD, RAW))
        raw = _read(server, "query", {"query": budget, "time": end})
    queries, size = len(list(grafana.queries(dashboard))), len(executive.text) // 1000
    figure(
        f"opening the executive dashboard of {SLOS} SLOs ({queries} queries, {size} kB)",
        of_all,
        "stated",
    )
    figure("the same, one SLO chosen", of_one, "stated")
    figure(
        "one of its columns, the budgets, out of raw series: 30 days of 2 series a SLO at 60 s",
        f"{raw / 1e3:,.0f} thousand samples an SLO, {raw * SLOS / 1e6:,.0f} million for {SLOS}",
        "no query over raw series",
    )


def _opened(
    server: PrometheusServer, dashboard: Mapping[str, Any], chosen: grafana.Chosen, end: float
) -> str:
    """Samples and seconds of all queries, one after the other; the largest one by itself."""
    begun, read = time.monotonic(), []
    for query in grafana.queries(dashboard):
        step = max(STEP, query.step)
        asked = {"query": grafana.asked(dashboard, query.expr, chosen, step)}
        if query.is_instant:
            read.append(_read(server, "query", {**asked, "time": end}))
        else:
            over = {"start": end - DAY, "end": end, "step": step}
            read.append(_read(server, "query_range", {**asked, **over}))
    seconds = time.monotonic() - begun
    total, largest = (f"{samples / 1e6:.2f}" for samples in (sum(read), max(read)))
    return f"{total} million samples (largest query {largest}), {seconds:.1f} s one by one"


def _read(server: PrometheusServer, path: str, asked: Mapping[str, Any]) -> int:
    answer = server.api(path, stats="all", **asked)
    assert answer["result"] or "ALERTS" in asked["query"], asked["query"]
    return int(answer["stats"]["samples"]["totalQueryableSamples"])


def _recorded(slo: Slo, bundle: Bundle, end: float) -> Iterator[History]:
    """What rules would have recorded, as far back as the executive dashboard looks over a day."""
    window, own = bundle.project.ledger_window, identity(slo, bundle.project)
    fast = every(end - 25 * HOUR, end + 1, INTERVAL)
    slow = every(end - 26 * HOUR, end + 1, SLOT)
    slots = every(end - 16 * DAY, end + 1, SLOT)
    yield _series(names.BUDGET, own, fast, float(slo.budget))
    yield _series(names.INFO, {**own, **metadata(slo)}, fast, 1.0)
    left = 1 - BAD_SHARE / float(slo.budget)
    yield _series(names.BUDGET_REMAINING, {**own, **GROUP, "window": "30d"}, slow, left)
    for share, rate, events in (
        (1.0, names.total_rate(window), names.total_events(window)),
        (BAD_SHARE, names.bad_rate(window), names.bad_events(window)),
    ):
        yield _series(rate, {**own, **GROUP}, fast, PER_SECOND * share)
        yield _series(events, {**own, **GROUP}, slots, PER_SECOND * share * SLOT)
    windows = windows_in_use(bundle.slos)
    for span in (*windows.fast, *windows.slow):
        times = fast if is_fast(span) else slow
        yield _series(names.burn(span), {**own, **GROUP}, times, 1 - left)


def _raw(end: float) -> list[History]:
    """The two counters of one SLO over its window."""
    times = every(end - 30 * DAY, end + 1, SCRAPE)
    grown = PER_SECOND * SCRAPE * np.arange(len(times), dtype=float)
    shares = {"200": 1 - BAD_SHARE, "500": BAD_SHARE}
    return [
        History({"__name__": RAW, **GROUP, "code": code}, times, grown * share)
        for code, share in shares.items()
    ]


def _series(name: str, labels: Mapping[str, str], times: Floats, value: float) -> History:
    return History({"__name__": name, **labels}, times, np.full(len(times), value))
