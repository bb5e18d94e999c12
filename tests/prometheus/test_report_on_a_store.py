"""Reports on a store that two replicas write to, each adding labels to all that it sends."""

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

from slokit.cli.app import app
from slokit.compiler import names
from tests.support.compile.live_specs import check_specs, service, slo
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
"""
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
    """The store, one of those that write to it, the specs, and the moment of all reports."""

    store: PrometheusServer
    one: PrometheusServer
    directory: Path
    at: float

    def report(self, server: PrometheusServer, source: str, more: str = "") -> dict[str, Any]:
        """A report by one of the servers."""
        file = self.directory / "slokit.yaml"
        file.write_text(PROJECT + more)
        given = ["--project", str(file), "--prometheus", server.url, "--at", str(self.at)]
        ran = CliRunner().invoke(
            app, ["report", *given, "--period", "1h", "--format", "json", "--source", source]
        )
        assert ran.exit_code == 0, ran.output
        return dict(json.loads(ran.stdout))


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
            yield Fleet(store, one, directory, float(at))


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
    """One row a group and cluster, with the numbers of a Prometheus that added nothing."""
    alone = _rows(fleet.report(fleet.one, source))
    stored = _rows(fleet.report(fleet.store, source, REPLICAS))

    assert set(stored) == set(alone) == {(s, z) for s in ("availability", "written") for z in "xy"}
    for key, row in stored.items():
        assert row["group"] == {"zone": key[1], "cluster": "eu-1"}
        assert row["window_measure"]["total"] > 500
        assert row["state"] == alone[key]["state"]
        assert _numbers(row) == pytest.approx(_numbers(alone[key]), rel=0.02)


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_without_configuration_each_replica_has_rows(fleet: Fleet, source: str) -> None:
    """None are summed; a note says how to name the label that tells replicas apart."""
    made = fleet.report(fleet.store, source)
    labels = {row["group"]["prometheus_replica"] for row in made["rows"]}

    assert labels == {"a", "b"}
    assert len(made["rows"]) == 8
    assert any("replica_labels: [prometheus_replica]" in text for text in made["warnings"])


def test_a_check_counts_events_once(fleet: Fleet, tmp_path: Path) -> None:
    """Not once for each replica: what it says of a store is what it says of a Prometheus."""
    sli = "events: {bad: 'requests_total{code=\"599\"}', total: requests_total}"
    spec = service(slo(sli), "{selector: {job: api}}")
    counts = [
        check_specs(tmp_path / name, server.url, fleet.at, spec, more).only("SLK612").message
        for name, server, more in (("one", fleet.one, ""), ("store", fleet.store, REPLICAS))
    ]
    alone, stored = (
        int(re.findall(r"none of ([\d,]+) events", text)[0].replace(",", "")) for text in counts
    )

    assert stored == pytest.approx(alone, rel=0.05)
