"""The executive dashboard of the demo's bundle on the demo's month."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit.compiler import names
from slokit.demo.month.report import prepare
from slokit.demo.month.simulated import Timeline
from slokit.demo.processes import Children
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.types import Sample
from tests.support.history import samples
from tests.support.servers import grafana, grafana_page
from tests.support.servers.browser_pages import chromium, opened

AT, DAYS, STEP = 1_767_225_600, 2, 300
SHARES = "SLI and objective over time"

# The demo's services run on no node of their own: nothing exports those metrics.
EMPTY_ON_PURPOSE = {
    f"on-call: {title}"
    for title in (
        "CPU in use",
        "Memory in use",
        "Disk time",
        "Network received",
        "Container restarts in an hour",
    )
}
EMPTY_ON_PURPOSE |= {
    f"debug.{service}: {title}"
    for service in ("etcd", "postgresql", "shop-api")
    for title in ("Disk time", "Network received")
}
# Panels of an SLO's page that show what it does not count, where the service has SLOs that do.
EVENTS, TIME = {"Bad events per hour", "Events per hour"}, {"Bad share of the time"}
COUNTS = {
    "requests": {
        *("etcd/availability", "etcd/wal-fsync", "etcd/backend-commit-fast"),
        *("etcd/backend-commit-slow", "postgresql/transactions", "shop-api/availability"),
        *("shop-api/latency-fast", "shop-api/latency-slow"),
    },
    "rare events": {
        *("etcd/leader-elections", "etcd/peer-disconnects", "etcd/slow-applies"),
        *("postgresql/deadlocks", "postgresql/promotions"),
    },
}
OF_TIME_ONLY = {"requests": TIME, "rare events": {*TIME, "Events per hour", SHARES}}
ONE = {"etcd": "leader-elections", "postgresql": "replicas-streaming", "shop-api": "latency-fast"}
MEMBERS = "Bad events by member, or the level of each"

HOURS = {"executive": 24, "on-call": 6}
# What a reader cannot read: titles and cells that are cut, and tables that must be scrolled.
CUT = """[...document.querySelectorAll("h2, th, td, .number")]
    .filter(part => part.scrollWidth > part.clientWidth + 1)
    .concat([...document.querySelectorAll("table")]
    .filter(part => part.offsetWidth > part.parentElement.clientWidth + 1))
    .map(part => part.textContent.slice(0, 60))"""
OVERLAPS = """(() => {
    const all = [...document.querySelectorAll(".panel, .row")];
    const boxes = all.map(box => box.getBoundingClientRect());
    return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => a.left < b.right - 1
        && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length })()"""
SHOWN = """[...document.querySelectorAll(".panel")]
    .filter(panel => !panel.querySelector(".empty")).map(panel => panel.textContent)"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@dataclass(frozen=True)
class Demo:
    """The executive dashboard as the demo delivers it, its Prometheus, and the rules of ledgers.

    ``ledgers`` are expressions by service and SLO, and by what they record.
    """

    dashboard: dict[str, Any]
    client: PrometheusClient
    others: dict[str, dict[str, Any]]
    ledgers: dict[tuple[str, str], dict[str, str]]

    def ask(self, query: grafana.PanelQuery, at: float) -> tuple[Sample, ...]:
        """What a query of a panel finds at a moment."""
        return self.client.instant(grafana.asked(self.dashboard, query.expr, {}), at)

    def found(self, query: str) -> list[samples.Sample]:
        """What PromQL finds at the end of the month."""
        answer = self.client.instant(query, AT - STEP)
        return [samples.Sample(dict(one.labels), one.value, AT) for one in answer]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Two days for the month; the same code as in the whole demo."""
    directory = tmp_path_factory.mktemp("month")
    children = Children(directory)
    try:
        month = prepare(Timeline(AT, DAYS), directory / "month", children, lambda _: None)
        folder = month.project / names.DASHBOARDS_DIRECTORY
        made = {file.stem.partition(".")[2]: file for file in sorted(folder.glob("*.json"))}
        read = {name: grafana.read(file.read_text()) for name, file in made.items()}
        with month.prometheus.client() as client:
            yield Demo(read.pop("executive"), client, read, _ledgers(month.project))
    finally:
        children.close()


def _ledgers(project: Path) -> dict[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for file in (project / names.RULES_DIRECTORY).glob("*.rules.yaml"):
        for group in yaml.safe_load(file.read_text())["groups"]:
            for rule in group["rules"]:
                labels = rule.get("labels", {})
                if {names.SERVICE, names.SLO} <= set(labels) and "record" in rule:
                    slo = (labels[names.SERVICE], labels[names.SLO])
                    found.setdefault(slo, {})[rule["record"]] = rule["expr"]
    return found


def test_every_query_finds_data_where_the_demo_has_it(demo: Demo) -> None:
    """At the end of the month only the table of firing alerts may be empty: when nothing fires."""
    empty = {
        query.panel for query in grafana.queries(demo.dashboard) if not demo.ask(query, AT - STEP)
    }
    firing = demo.client.instant('ALERTS{alertstate="firing"}', AT - STEP)

    assert empty == (set() if firing else {"Firing alerts"})


def test_every_alert_of_the_month_was_in_the_table_while_it_fired(demo: Demo) -> None:
    """Whenever alerts of an incident fire, the table lists each of them."""
    (table,) = (q for q in grafana.queries(demo.dashboard) if q.panel == "Firing alerts")
    fired = demo.client.range('ALERTS{alertstate="firing"}', AT - DAYS * 86_400, AT, STEP)
    moments = sorted({moment for series in fired for moment, _ in series.points})

    assert len(moments) > 5
    for moment in moments[:: len(moments) // 5]:
        alerts = demo.client.instant('ALERTS{alertstate="firing"}', moment)
        assert len(demo.ask(table, moment)) == len(alerts) > 0


def test_every_query_of_every_other_dashboard_runs(demo: Demo) -> None:
    """All are accepted; empty are only those of what the demo does not have, one by one."""
    empty = {
        f"{name}: {query.panel}"
        for name, dashboard in demo.others.items()
        for query in grafana.queries(dashboard)
        if names.ONE_SLO not in name and not demo.found(grafana.asked(dashboard, query.expr, {}))
    }
    events = {
        event["expr"]
        for dashboard in demo.others.values()
        for event in dashboard["annotations"]["list"]
    }

    assert events
    for expr in events:
        demo.client.instant(expr, AT - STEP)
    assert empty - {"on-call: Firing alerts"} == EMPTY_ON_PURPOSE


def _table(demo: Demo, dashboard: dict[str, Any], panel: dict[str, Any]) -> Iterator[grafana.Row]:
    answers = {
        target["refId"]: demo.found(grafana.asked(dashboard, target["expr"], {}))
        for target in panel["targets"]
    }
    yield from grafana.table(panel, answers)


def test_quantiles_now_and_over_a_day_rise(demo: Demo) -> None:
    """P50 is below P95 and that below P99, of every SLO about latency, in both columns."""
    seen = 0
    for name, dashboard in demo.others.items():
        for panel in grafana.panels(dashboard) if ".debug." in f".{name}" else ():
            if panel["title"] != "Latency: P50, P95 and P99: now and over 1d":
                continue
            rows = {row["What"]: row for row in _table(demo, dashboard, panel)}
            seen += 1
            assert set(rows) == {"P50", "P95", "P99"}
            for column in ("Now", "Over 1d"):
                half, most, nearly_all = (rows[f"P{part}"][column] for part in (50, 95, 99))
                assert 0 < half < most <= nearly_all, (name, column)
    assert seen == 5


def test_quantiles_within_the_limit_are_those_of_the_raw_histogram(demo: Demo) -> None:
    """Over a day and over the SLO window, in each region: by `histogram_quantile` of raw buckets.

    A quantile is at most the limit, which is a bucket's bound, exactly while that share of events
    is in the bucket. No share is closer to a quantile than what is recorded may differ from raw.
    """
    on_call = demo.others["on-call"]
    (panel,) = (p for p in grafana.panels(on_call) if p["title"].startswith("Latency: P50"))
    rows = {
        (row["SLO"], row["Group"].strip()): row
        for row in _table(demo, on_call, panel)
        if row["Service"] == "shop-api"
    }
    assert {slo for slo, _ in rows} == {"latency-fast", "latency-slow"}
    for column, span in (("1d", "1d"), ("SLO window", "2d")):
        sides = "sum by (le, region) (increase(http_request_duration_seconds_bucket"
        sides += f'{{job="shop-api"}}[{span}]))'
        for share in (0.5, 0.95, 0.99):
            quantiles = demo.found(f"histogram_quantile({share}, {sides})")
            for limit, slo in ((0.25, "latency-fast"), (1, "latency-slow")):
                for one in quantiles:
                    shown = rows[slo, one.labels["region"]][column]
                    assert (shown >= share) is (one.value <= limit), (slo, column, share, one)
                    assert abs(shown - share) > 1e-3


def test_the_page_of_each_slo_finds_its_words_its_rules_and_its_members(demo: Demo) -> None:
    """Each panel has data but those of what the SLO does not count; texts are the rules' own.

    The hidden variables become, by the server's answers, the two expressions that are loaded, and
    the members' graph asks about the chosen SLO alone.
    """
    infos = demo.client.instant(f"last_over_time({names.INFO}[1h])", AT)
    assert len(infos) == len(demo.ledgers) > 20
    for info in infos:
        service, slo = (info.labels[name] for name in (names.SERVICE, names.SLO))
        page = demo.others[f"{names.ONE_SLO}.{service}"]
        chosen = grafana.with_texts(page, {names.SLO: slo}, demo.found)
        found: dict[str, list[bool]] = {}
        for query in grafana.queries(page):
            answer = demo.found(grafana.asked(page, query.expr, chosen))
            found.setdefault(query.panel, []).append(bool(answer))
        kind = next((kind for kind, of in COUNTS.items() if f"{service}/{slo}" in of), "time")
        expected = OF_TIME_ONLY.get(kind, EVENTS) & set(found)
        assert {panel for panel, one in found.items() if not any(one)} == expected, slo
        assert found[MEMBERS].count(True) == 1, slo
        _assert_texts(chosen, info.labels, demo.ledgers[service, slo])


def _assert_texts(
    chosen: grafana.Chosen, labels: Mapping[str, str], ledger: Mapping[str, str]
) -> None:
    description, *lines = str(chosen["measured"]).split("\n")
    loaded = [ledger["slokit:bad:rate5m"], ledger["slokit:total:rate5m"]]
    assert description == labels.get(names.DESCRIPTION, "")
    (objective,) = (line for line in lines if line.startswith("- Objective: "))
    assert labels["objective"] in objective
    assert (f"- Owner: {labels.get('owner')}" in lines) is ("owner" in labels)
    assert (f"- Runbook: {labels.get('runbook')}" in lines) is ("runbook" in labels)
    assert all(f"```\n{expr.strip()}\n```" in str(chosen["measured"]) for expr in loaded)
    explored = json.loads(f"[{chosen['explored']}]")
    assert [one["expr"].strip() for one in explored] == [expr.strip() for expr in loaded]


def test_drawn_with_its_numbers_each_dashboard_can_be_read(demo: Demo, tmp_path: Path) -> None:
    """In a browser of 1600 pixels no title or cell is cut, no box covers another, numbers stand.

    At a moment at which pages fire; an owner's name may be cut.
    """

    def instant(query: str, _: float) -> list[samples.Sample]:
        return demo.found(query)

    def over(query: str, start: float, end: float, step: float) -> list[samples.Series]:
        found = demo.client.range(query, start, end, step)
        return [samples.Series(dict(one.labels), tuple(one.points)) for one in found]

    with chromium() as browser:
        for name, dashboard in {"executive": demo.dashboard, **demo.others}.items():
            seconds = HOURS.get(name, 48 if names.ONE_SLO in name else 3) * 3600
            answers = grafana_page.Answers(instant, over, AT - STEP, seconds)
            one = {names.SLO: ONE[name.rpartition(".")[2]]} if names.ONE_SLO in name else {}
            chosen = grafana.with_texts(dashboard, one, demo.found)
            page = grafana_page.drawn(dashboard, answers, chosen)
            file = tmp_path / f"{name}.html"
            file.write_text(page, encoding="utf-8")
            with opened(browser, file, grafana_page.WIDTH) as (shown, seen):
                shown.screenshot(path=file.with_suffix(".png"), full_page=True)
                cut, panels = shown.evaluate(CUT), shown.evaluate(SHOWN)

                assert [text for text in cut if not text.startswith("team-")] == [], name
                assert shown.evaluate(OVERLAPS) == 0, name
                assert len(panels) > len(grafana.panels(dashboard)) / 2, name
                assert seen.faults == []
