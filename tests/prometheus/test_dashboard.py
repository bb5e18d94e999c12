"""The overview on a real Prometheus: what people would see, against what was simulated."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from slokit import api
from tests.support import grafana
from tests.support.history import History, every, history, server_with_history
from tests.support.prometheus_server import PrometheusServer
from tests.support.recorded_history import Span, record
from tests.support.samples import Sample

MINUTE, HOUR, DAY = 60, 3600, 86_400
END = 1_767_225_600.0
START = END - 16 * DAY
PER_SECOND = 10.0
SPEC = """\
apiVersion: slokit/v1
service: api
owner: team-web
runbook: https://runbooks.example.com/api
defaults: {selector: {job: api}}
slos:
  - name: availability
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
  - name: everywhere
    objective: 99%
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
---
apiVersion: slokit/v1
service: db
slos:
  - name: failovers
    group_by: [cluster, region]
    sli: {rate: {counter: failovers_total, counted_by: one_member, at_most: 1/d}}
  - name: quiet
    objective: 99.9%
    sli: {events: {bad: quiet_errors_total, total: quiet_total}}
  - name: gone
    objective: 99.9%
    sli: {events: {bad: gone_errors_total, total: gone_total}}
  - name: mute
    objective: 99.9%
    sli: {events: {bad: no_such_errors_total, total: no_such_total}}
  - name: young
    objective: 99.9%
    sli: {events: {bad: young_errors_total, total: young_total}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@dataclass(frozen=True)
class Opened:
    """The overview beside the server that it is opened on."""

    server: PrometheusServer
    dashboard: dict[str, Any]

    def ask(self, title: str, ref_id: str, **chosen: str | list[str]) -> list[Sample]:
        """The answer of one query of a panel at END, also of a graph's."""
        (query,) = [
            q for q in grafana.queries(self.dashboard) if q.panel == title and q.ref_id == ref_id
        ]
        return self.server.query(grafana.asked(self.dashboard, query.expr, chosen), END)

    def column(self, title: str, column: str, **chosen: str | list[str]) -> dict[str, float]:
        """A column of a table: `service/slo group` to value."""
        (panel,) = [p for p in grafana.panels(self.dashboard) if p["title"] == title]
        (organize,) = [t for t in panel["transformations"] if t["id"] == "organize"]
        (field,) = [k for k, v in organize["options"]["renameByName"].items() if v == column]
        samples = self.ask(title, field.removeprefix("Value #").replace("Value", "A"), **chosen)
        return {_row(sample.labels): sample.value for sample in samples}


def _row(labels: dict[str, str]) -> str:
    named = (labels.get("service", ""), labels.get("slo", ""))
    return f"{'/'.join(named)} {labels.get('group', '').strip()}".strip()


def _counter(name: str, start: float, end: float, per_second: Any, **labels: str) -> History:
    times = every(start, end, MINUTE)
    values = np.cumsum(np.broadcast_to(np.asarray(per_second) * MINUTE, times.shape))
    return history({"__name__": name, **labels}, times, values)


def _past() -> list[History]:
    """Sixteen days; in the last half hour a fifth of the requests of cluster b fail."""
    late = every(START, END, MINUTE) > END - HOUR / 2
    failing = np.where(late, PER_SECOND / 5, 0.0)
    web = {"job": "api"}
    failovers = (every(START, END, MINUTE) > END - 10 * HOUR).astype(float)
    return [
        _counter("http_requests_total", START, END, PER_SECOND, cluster="a", code="200", **web),
        _counter("http_requests_total", START, END, PER_SECOND, cluster="b", code="200", **web),
        _counter("http_requests_total", START, END, failing, cluster="b", code="500", **web),
        history(
            {"__name__": "failovers_total", "cluster": "a", "region": "eu"},
            every(START, END, MINUTE),
            failovers,
        ),
        _counter("quiet_total", START, END, 0.0),
        _counter("gone_total", START, END - 2 * HOUR, PER_SECOND),
        _counter("young_total", END - 2 * DAY, END, PER_SECOND),
        _counter("young_errors_total", END - 2 * DAY, END, PER_SECOND / 10),
    ]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A Prometheus that recorded the last sixteen days by slokit's own rules."""
    directory = tmp_path_factory.mktemp("dashboard")
    project = {"bundle": "shop", "specs": "specs", "interval": "1m", "scrape_interval": "1m"}
    (directory / "slokit.yaml").write_text(yaml.safe_dump(project))
    (directory / "specs").mkdir()
    (directory / "specs" / "shop.yaml").write_text(SPEC)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    rules = []
    for artifact in api.compile(loaded.bundle, ["prometheus"]):
        rules.append(directory / Path(artifact.path).name)
        rules[-1].write_text(artifact.text)
    (overview,) = api.compile(loaded.bundle, ["dashboards"])
    late = r"slokit:burn:.+|slokit:budget_remaining:ratio"
    with server_with_history(directory / "server", _past()) as server:
        record(server, rules, Span(START + HOUR, END, END - 26 * HOUR, late))
        yield Opened(server, grafana.read(overview.text))


def test_every_query_runs_and_finds_what_there_is(opened: Opened) -> None:
    """Each query of each panel is accepted and answers with data."""
    empty = [
        (query.panel, query.ref_id)
        for query in grafana.queries(opened.dashboard)
        if not opened.ask(query.panel, query.ref_id)
    ]

    assert empty == []
