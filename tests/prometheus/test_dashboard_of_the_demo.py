"""The executive dashboard of the demo's bundle on the demo's month."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
EMPTY_ON_PURPOSE |= {"one-slo: Bad share of the time"}  # of the busiest SLO: it counts requests

HOURS = {"executive": 24, "on-call": 6, "one-slo": 48}
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
    """The executive dashboard as the demo delivers it, and its Prometheus."""

    dashboard: dict[str, Any]
    client: PrometheusClient
    others: dict[str, dict[str, Any]]

    def ask(self, query: grafana.PanelQuery, at: float) -> tuple[Sample, ...]:
        """What a query of a panel finds at a moment."""
        return self.client.instant(grafana.asked(self.dashboard, query.expr, {}), at)


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
            yield Demo(read.pop("executive"), client, read)
    finally:
        children.close()


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
    busiest = demo.client.instant("topk(1, slokit:total:rate5m)", AT - STEP)[0].labels
    one = {name: busiest[name] for name in (names.SERVICE, names.SLO)}
    empty = {
        f"{name}: {query.panel}"
        for name, dashboard in demo.others.items()
        for query in grafana.queries(dashboard)
        if not demo.client.instant(
            grafana.asked(dashboard, query.expr, one if name == "one-slo" else {}), AT - STEP
        )
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


def test_quantiles_now_and_over_a_day_rise(demo: Demo) -> None:
    """P50 is below P95 and that below P99, of every SLO about latency, in both columns."""
    on_call = demo.others["on-call"]
    tables = [p for p in grafana.panels(on_call) if p["title"].startswith("Latency: P50")]
    (table,) = (one for one in tables if one["type"] == "table")
    answers = {
        target["refId"]: [
            samples.Sample(dict(one.labels), one.value, AT)
            for one in demo.client.instant(grafana.asked(on_call, target["expr"], {}), AT - STEP)
        ]
        for target in table["targets"]
    }
    rows = {row["SLI"]: row for row in grafana.table(table, answers)}
    slos = {name.rpartition(" ")[0] for name in rows}

    assert len(rows) == 3 * len(slos) > 3
    for slo in slos:
        for column in ("Now", "Over 1d"):
            half, most, nearly_all = (rows[f"{slo} P{part}"][column] for part in (50, 95, 99))
            assert 0 < half < most <= nearly_all, (slo, column)


def test_the_page_of_an_slo_asks_for_its_words(demo: Demo) -> None:
    """The hidden variable becomes, by the server's answer, what the chosen SLO's spec says."""
    page = demo.others["one-slo"]
    (hidden,) = [one for one in page["templating"]["list"] if one.get("hide")]
    query = hidden["query"].removeprefix("query_result(").removesuffix(")")

    for info in demo.client.instant(f"last_over_time({names.INFO}[1h])", AT):
        labels = info.labels
        chosen = {name: labels[name] for name in (names.SERVICE, names.SLO)}
        found = demo.client.instant(grafana.asked(page, query, chosen), AT - STEP)
        samples_ = [samples.Sample(dict(one.labels), one.value, AT) for one in found]
        description, *lines = grafana.answered(hidden, samples_).split("\n")
        assert description == labels.get(names.DESCRIPTION, "")
        assert f"- Objective: {labels['objective']}" in lines
        assert f"- Window: {labels['window']}" in lines
        assert ("- Owner: " + labels.get("owner", "") in lines) is ("owner" in labels)
        assert ("- Runbook: " + labels.get("runbook", "") in lines) is ("runbook" in labels)


def test_drawn_with_its_numbers_each_dashboard_can_be_read(demo: Demo, tmp_path: Path) -> None:
    """In a browser of 1600 pixels no title or cell is cut, no box covers another, numbers stand.

    At a moment at which pages fire; an owner's name may be cut.
    """

    def instant(query: str, at: float) -> list[samples.Sample]:
        found = demo.client.instant(query, at)
        return [samples.Sample(dict(one.labels), one.value, at) for one in found]

    def over(query: str, start: float, end: float, step: float) -> list[samples.Series]:
        found = demo.client.range(query, start, end, step)
        return [samples.Series(dict(one.labels), tuple(one.points)) for one in found]

    with chromium() as browser:
        for name, dashboard in {"executive": demo.dashboard, **demo.others}.items():
            seconds = HOURS.get(name, 3) * 3600
            answers = grafana_page.Answers(instant, over, AT - STEP, seconds)
            chosen = {names.SERVICE: "shop-api", names.SLO: "availability"}
            page = grafana_page.drawn(dashboard, answers, chosen if name == "one-slo" else {})
            file = tmp_path / f"{name}.html"
            file.write_text(page, encoding="utf-8")
            with opened(browser, file, grafana_page.WIDTH) as (shown, seen):
                shown.screenshot(path=file.with_suffix(".png"), full_page=True)
                cut, panels = shown.evaluate(CUT), shown.evaluate(SHOWN)

                assert [text for text in cut if not text.startswith("team-")] == [], name
                assert shown.evaluate(OVERLAPS) == 0, name
                assert len(panels) > len(grafana.panels(dashboard)) / 2, name
                assert seen.faults == []
