"""The executive dashboard of the demo's bundle on the demo's month."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from slokit.compiler import names
from slokit.demo.month.report import prepare
from slokit.demo.month.simulated import Timeline
from slokit.demo.processes import Children
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.types import Sample
from tests.support.servers import grafana

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
