"""Reports, checks and dashboards on a store that two replicas write to.

Each adds labels to all that it sends.
"""

import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from slokit.compiler import names
from tests.support.compile.live_specs import check_specs
from tests.support.history.samples import Sample
from tests.support.servers import grafana
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

PROJECT = """\
bundle: shop
specs: [api.yaml]
interval: 5s
scrape_interval: 5s
ledger_window: 1m
"""
REPLICAS = "prometheus: {replica_labels: [prometheus_replica]}\n"
SPEC = """\
apiVersion: slokit/v1
service: api
defaults: {window: 30d, group_by: [zone], selector: {job: api}}
slos:
  - name: availability
    objective: 99%
    sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
  - name: written
    objective: 99%
    sli:
      events:
        bad: 'sum by (zone) (rate(requests_total{job="api",code="500"}[$window]))'
        total: sum by (zone) (rate(requests_total{job="api"}[$window]))
  - name: never
    objective: 99%
    group_by: []
    sli: {events: {bad: 'requests_total{code="599"}', total: requests_total}}
"""
GROUPS = {(slo, zone) for slo in ("availability", "written") for zone in "xy"} | {("never", "")}
BUDGETS = "Error budgets, worst first"
SECONDS = 130
NUMBERS = ("good", "bad", "total", "covered_seconds")

pytestmark = pytest.mark.programs("prometheus", "promtool")


class Replica(PrometheusServer):
    """One of two Prometheis that scrape the same, and send it on with labels of their own."""

    def __init__(self, directory: Path, name: str, store: str, rules: Path, target: str) -> None:
        job = ScrapeJob("api", [target])
        super().__init__(directory, rule_files=[rules], scrape=[job])
        self.added = {"cluster": "eu-1", "prometheus_replica": name}
        self._store = store

    def write_config(self) -> Path:
        """The usual configuration, with external labels and the store to write to."""
        path = super().write_config()
        config = yaml.safe_load(path.read_text())
        config["global"]["external_labels"] = self.added
        config["remote_write"] = [
            {
                "url": f"{self._store}/api/v1/write",
                "queue_config": {"batch_send_deadline": "500ms"},
            }
        ]
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        return path


@dataclass(frozen=True)
class Fleet:
    """The store, those that write to it, the specs, and the moment of all reports."""

    store: PrometheusServer
    replicas: tuple[PrometheusServer, PrometheusServer]
    directory: Path
    at: float

    def report(
        self, server: PrometheusServer, source: str, more: str = "", bundle: str = "shop"
    ) -> dict[str, Any]:
        """A report by one of the servers; no rules of a bundle but shop were ever loaded."""
        file = self.directory / "slokit.yaml"
        file.write_text(PROJECT.replace("shop", bundle) + more)
        given = ["--project", str(file), "--prometheus", server.url, "--at", str(self.at)]
        ran = CliRunner().invoke(
            app, ["report", *given, "--period", "1h", "--format", "json", "--source", source]
        )
        assert ran.exit_code == 0, ran.output
        return dict(json.loads(ran.stdout))

    def panels(self, server: PrometheusServer, more: str = "") -> "Panels":
        """The executive dashboard, opened on one of the servers."""
        file = self.directory / "slokit.yaml"
        file.write_text(PROJECT + more)
        executive, *_ = api.compile(api.load(project=str(file)).bundle, ["dashboards"])
        return Panels(server, self.at, grafana.read(executive.text))


@dataclass(frozen=True)
class Panels:
    """A dashboard beside the server that it is opened on."""

    server: PrometheusServer
    at: float
    dashboard: dict[str, Any]

    def samples(self, panel: dict[str, Any]) -> dict[str, list[Sample]]:
        """What the queries of a panel answer, by their letters."""
        return {
            target["refId"]: self.server.query(
                grafana.asked(self.dashboard, target["expr"], {}), self.at
            )
            for target in panel["targets"]
        }

    def panel(self, title: str) -> dict[str, Any]:
        """The panel of that title."""
        (found,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        return found

    def number(self, title: str) -> float:
        """The one number of a panel."""
        (sample,) = self.samples(self.panel(title))["A"]
        return sample.value

    def budgets(self) -> list[grafana.Row]:
        """The rows of the table of budgets."""
        panel = self.panel(BUDGETS)
        return grafana.table(panel, self.samples(panel))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Two minutes of requests to two instances, as two replicas saw them."""
    directory = tmp_path_factory.mktemp("fleet")
    (directory / "slokit.yaml").write_text(PROJECT)
    (directory / "api.yaml").write_text(SPEC)
    given = ["compile", "--project", str(directory / "slokit.yaml"), "--target", "prometheus"]
    compiled = CliRunner().invoke(app, given)
    assert compiled.exit_code == 0, compiled.output
    rules = directory / names.RULES_DIRECTORY / "*.yaml"
    store = PrometheusServer(directory / "store", flags=["--web.enable-remote-write-receiver"])
    with Exposition() as target, store:
        target.set(_counters(0))
        one, other = (
            Replica(directory / name, name, store.url, rules, target.target) for name in "ab"
        )
        with one, other:
            began = time.time()
            while (now := time.time() - began) < SECONDS:
                target.set(_counters(now))
                time.sleep(1)
            at = math.floor(time.time())
            store.wait_until(
                lambda: len(store.query("timestamp(up)", time.time())) >= 2, "up to date"
            )
            time.sleep(3)
            yield Fleet(store, (one, other), directory, float(at))


def _counters(seconds: float) -> str:
    """Ten requests a second in each of two zones; in one of them every tenth fails."""
    whole = math.floor(seconds)
    return "# TYPE requests_total counter\n" + "".join(
        f'requests_total{{zone="{zone}",code="{code}"}} {each * whole}\n'
        for zone, code, each in (("x", "200", 9), ("x", "500", 1), ("y", "200", 10))
    )


def _numbers(row: dict[str, Any]) -> list[Any]:
    return [row["window_measure"][name] for name in NUMBERS]


def _rows(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["slo"], row["group"].get("zone", "")): row for row in report["rows"]}


@pytest.mark.parametrize("source", ["recorded", "raw", "auto"])
def test_the_report_equals_that_of_one_replica(fleet: Fleet, source: str) -> None:
    """One row a group and cluster, with the numbers of a Prometheus that added nothing.

    Within 2 %, as the store has a sample or two less at the end. The replicas began at their own
    seconds, so one of them may have measured a slot more than the other.
    """
    alone = [_rows(fleet.report(one, source)) for one in fleet.replicas]
    stored = _rows(fleet.report(fleet.store, source, REPLICAS))

    assert set(stored) == set(alone[0]) == set(alone[1]) == GROUPS
    for key, row in stored.items():
        assert row["group"] == {**({"zone": key[1]} if key[1] else {}), "cluster": "eu-1"}
        assert row["window_measure"]["total"] > 300
        assert row["state"] in [rows[key]["state"] for rows in alone]
        assert _numbers(row) in [pytest.approx(_numbers(rows[key]), rel=0.02) for rows in alone]


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_without_configuration_each_replica_has_rows(fleet: Fleet, source: str) -> None:
    """None are summed; a note says how to name the label that tells replicas apart."""
    made = fleet.report(fleet.store, source)
    labels = {row["group"]["prometheus_replica"] for row in made["rows"]}

    assert labels == {"a", "b"}
    assert len(made["rows"]) == 2 * len(GROUPS)
    assert any("replica_labels: [prometheus_replica]" in text for text in made["warnings"])


def test_raw_history_of_a_new_bundle_has_rows_of_added_labels(fleet: Fleet) -> None:
    """Before any rule of its own is loaded: no event counts twice, and other labels stand apart."""
    alone = [_rows(fleet.report(one, "raw")) for one in fleet.replicas]
    made = fleet.report(fleet.store, "raw", REPLICAS, bundle="fresh")

    assert set(_rows(made)) == GROUPS
    for key, row in _rows(made).items():
        assert row["group"].get("cluster") == "eu-1"
        assert _numbers(row) in [pytest.approx(_numbers(rows[key]), rel=0.02) for rows in alone]
    assert any("no ledger of this bundle" in text for text in made["warnings"])


def _of_group(row: grafana.Row) -> tuple[str, str]:
    return row["SLO"], row.get("Group", "")


def _figures(row: grafana.Row) -> dict[str, Any]:
    return {title: part for title, part in row.items() if isinstance(part, float)}


def test_a_dashboard_has_the_numbers_of_one_replica(fleet: Fleet) -> None:
    """Each group is one row, whose numbers are all those that one replica's own dashboard shows."""
    alone = [
        {_of_group(row): _figures(row) for row in fleet.panels(one).budgets()}
        for one in fleet.replicas
    ]
    panels = fleet.panels(fleet.store, REPLICAS)
    rows = panels.budgets()

    assert {_of_group(row) for row in rows} == set(alone[0]) == GROUPS
    assert len(rows) == len(GROUPS)
    for row in rows:
        assert row["cluster"] == "eu-1"
        assert "prometheus_replica" not in row
        same = [pytest.approx(figures[_of_group(row)], rel=0.02) for figures in alone]
        assert _figures(row) in same
    assert panels.number("Groups measured") == len(GROUPS)


def test_every_panel_is_answered_once_a_group(fleet: Fleet) -> None:
    """No query of any panel is rejected, and none answers with a replica's label."""
    panels = fleet.panels(fleet.store, REPLICAS)
    for panel in grafana.panels(panels.dashboard):
        for samples in panels.samples(panel).values():
            groups = [tuple(sorted(sample.labels.items())) for sample in samples]
            assert len(set(groups)) == len(groups), panel["title"]
            assert not any("prometheus_replica" in sample.labels for sample in samples)


def test_a_dashboard_without_configuration_has_rows_of_each_replica(fleet: Fleet) -> None:
    """What the store adds stands in columns of its own, and each row has its replica's numbers."""
    rows = fleet.panels(fleet.store).budgets()

    assert len(rows) == 2 * len(GROUPS)
    for replica, name in zip(fleet.replicas, "ab", strict=True):
        alone = {_of_group(row): _figures(row) for row in fleet.panels(replica).budgets()}
        mine = [row for row in rows if row["prometheus_replica"] == name]
        assert {_of_group(row) for row in mine} == GROUPS
        for row in mine:
            assert _figures(row) == pytest.approx(alone[_of_group(row)], rel=0.02)


def test_a_choice_of_a_store_is_a_filter(fleet: Fleet) -> None:
    """Grafana adds the labels that one filters by to every selector, whatever they are called."""
    (filters,) = (
        variable
        for variable in fleet.panels(fleet.store, REPLICAS).dashboard["templating"]["list"]
        if variable["type"] == "adhoc"
    )

    assert filters["name"] == "filters"
    assert filters["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


RAW, RECORDED = "other", "shop"


@pytest.mark.parametrize("bundle", [RAW, RECORDED])
def test_a_check_counts_events_once(fleet: Fleet, tmp_path: Path, bundle: str) -> None:
    """Not once for each replica, be they raw or recorded: a store has as many as a Prometheus."""
    times = PROJECT.partition("specs: [api.yaml]\n")[2]
    counts = [
        check_specs(tmp_path / str(number), server.url, fleet.at, SPEC, times + more, bundle)
        .only("SLK612")
        .message
        for number, (server, more) in enumerate(
            [(fleet.replicas[0], ""), (fleet.replicas[1], ""), (fleet.store, REPLICAS)]
        )
    ]
    one, other, stored = (
        int(re.findall(r"none of ([\d,]+) events", text)[0].replace(",", "")) for text in counts
    )

    assert 500 < stored <= 1.05 * max(one, other)
