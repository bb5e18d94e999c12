"""Opening each dashboard: what is read for it, beside what raw series would cost."""

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
from slokit.text.durations import parse_duration
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

SLOS, SCRAPE, POINTS = 500, 60, 300  # points: of a line, as the dashboards ask for
RAW, RAW_BAD = "http_requests_total", 'http_requests_total{code="500"}'


def bench_opening_each_dashboard(tmp_path: Path, figure: Figure) -> None:
    """What is open when a dashboard opens, over its own time, of 500 SLOs and of one of them."""
    write_fleet(tmp_path, SLOS)
    bundle, end = loaded_bundle(tmp_path), recent_slot()
    chosen, *others = bundle.slos
    series = [row for slo in others for row in _recorded(slo, bundle, end, DAY)]
    series += _recorded(chosen, bundle, end, 7 * DAY)
    texts = {a.path.split(".", 1)[1]: a.text for a in api.compile(bundle, ["dashboards"])}
    one = {"service": chosen.service, "slo": chosen.name}
    of_service, of_page = (f"{kind}.{chosen.service}.json" for kind in ("debug", "one-slo"))
    with server_with_history(tmp_path / "prometheus", [*series, *_raw(end)]) as server:
        for name in ("executive.json", "on-call.json"):
            made = _open(grafana.read(texts[name]))
            figure(
                _named(f"the {name}", texts[name], made), _opened(server, made, {}, end), "stated"
            )
            figure("the same, one SLO chosen", _opened(server, made, one, end), "stated")
        page = grafana.read(texts[of_page])
        figure(
            _named("the one-slo", texts[of_page], _open(page)),
            _opened(server, _open(page), one, end),
            "stated",
        )
        (row,) = (panel for panel in page["panels"] if panel["title"] == "Members")
        members = {**page, "panels": row["panels"]}
        figure(
            _named("the members of the one-slo", texts[of_page], members),
            _opened(server, members, one, end),
            "stated",
        )
        for title, panels in _sections(grafana.read(texts[of_service])):
            named = _named(f"{title} of the debug", texts[of_service], panels)
            figure(named, _opened(server, panels, {**one, "cluster": "c1"}, end), "stated")
        budget = " / ".join(f"sum(increase({side}[30d]))" for side in (RAW_BAD, RAW))
        raw, _ = _read(server, "query", {"query": budget, "time": end})
    figure(
        "one column of the executive, the budgets, out of raw series: 30 days of 2 series a SLO"
        f" at {SCRAPE} s",
        f"{raw / 1e3:,.0f} thousand samples an SLO, {raw * SLOS / 1e6:,.0f} million for {SLOS}",
        "no query over raw series",
    )


def _named(name: str, text: str, opened: Mapping[str, Any]) -> str:
    name, queries = name.removesuffix(".json"), len(list(grafana.queries(opened)))
    span = opened["time"]["from"].removeprefix("now-")
    return f"opening {name} dashboard, {span} ({queries} queries, {len(text) // 1000} kB)"


def _open(dashboard: dict[str, Any]) -> dict[str, Any]:
    """The dashboard without what stands in closed sections."""
    return {**dashboard, "panels": [p for p in dashboard["panels"] if p["type"] != "row"]}


def _sections(dashboard: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The first section of an SLO, and the one that is repeated for each group."""
    rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
    repeated = next(row for row in rows if "repeat" in row)
    for title, row in (("one SLO's section", rows[0]), ("one group's section", repeated)):
        yield title, {**dashboard, "panels": row["panels"]}


def _opened(
    server: PrometheusServer, dashboard: Mapping[str, Any], chosen: grafana.Chosen, end: float
) -> str:
    """Samples and seconds of all queries, one after the other; the largest one by itself."""
    begun, read, answered = time.monotonic(), list[int](), dict[str, bool]()
    shown = float(parse_duration(dashboard["time"]["from"].removeprefix("now-")))
    for query in grafana.queries(dashboard):
        if not query.expr:
            continue
        span = query.over or shown
        step = max(span / POINTS, query.step)
        asked = {"query": grafana.asked(dashboard, query.expr, chosen, step)}
        path, over = "query", {"time": end}
        if not query.is_instant:
            path, over = "query_range", {"start": end - span, "end": end, "step": step}
        samples, has_answer = _read(server, path, {**asked, **over})
        read.append(samples)
        # nothing fires; and of the members' queries that of the chosen SLO alone answers
        answered[query.panel] = has_answer or answered.get(query.panel, "ALERTS" in query.expr)
    assert all(answered.values()), answered
    seconds = time.monotonic() - begun
    total, largest = (f"{samples / 1e6:.2f}" for samples in (sum(read), max(read)))
    return f"{total} million samples (largest query {largest}), {seconds:.1f} s one by one"


def _read(server: PrometheusServer, path: str, asked: Mapping[str, Any]) -> tuple[int, bool]:
    """How many samples were read, and whether there was any answer."""
    answer = server.api(path, stats="all", **asked)
    return int(answer["stats"]["samples"]["totalQueryableSamples"]), bool(answer["result"])


def _recorded(slo: Slo, bundle: Bundle, end: float, shown: float) -> Iterator[History]:
    """What rules would have recorded, as far back as dashboards look over so many seconds.

    Of budgets 30 days: their trend is shown over all of their window.
    """
    window, own = bundle.project.ledger_window, identity(slo, bundle.project)
    fast = every(end - shown - HOUR, end + 1, INTERVAL)
    slow = every(end - shown - 2 * HOUR, end + 1, SLOT)
    month = every(end - 30 * DAY - HOUR, end + 1, SLOT)
    slots = every(end - 16 * DAY, end + 1, SLOT)
    yield _series(names.BUDGET, own, fast, float(slo.budget))
    yield _series(names.INFO, {**own, **metadata(slo)}, fast, 1.0)
    left = 1 - BAD_SHARE / float(slo.budget)
    yield _series(names.BUDGET_REMAINING, {**own, **GROUP, "window": "30d"}, month, left)
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
    """The two counters of one SLO over its window, as its spec selects them."""
    times = every(end - 30 * DAY, end + 1, SCRAPE)
    grown = PER_SECOND * SCRAPE * np.arange(len(times), dtype=float)
    shares = {"200": 1 - BAD_SHARE, "500": BAD_SHARE}
    own = {**GROUP, "job": "service-0000", "route": "/api/0", "instance": "a:80"}
    return [
        History({"__name__": RAW, **own, "code": code}, times, grown * share)
        for code, share in shares.items()
    ]


def _series(name: str, labels: Mapping[str, str], times: Floats, value: float) -> History:
    return History({"__name__": name, **labels}, times, np.full(len(times), value))
