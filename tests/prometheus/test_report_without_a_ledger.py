"""Raw reports on a store in which no rules were ever loaded: what it adds makes rows of its own.

Two clusters are alike to their targets' names: only a label that the store adds tells them apart.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

END, STEP, LONG = 1_790_000_100, 30, 7200
# of 30 requests between two scrapes so many fail
FAILING = {"eu-1": 3, "us-1": 12}
SPEC = """\
apiVersion: slokit/v1
service: api
defaults: {window: 1d, alert_policy: none, group_by: [%s]}
slos:
  - name: availability
    objective: 99%%
    sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
  - name: below
    objective: 99%%
    sli: {threshold: {metric: queue_length, at_most: 5}}
"""


def clusters() -> Iterator[History]:
    """Two clusters that scrape targets of the same names, as two replicas see each."""
    times = every(END - LONG, END, STEP)
    ones = np.ones(len(times))
    for (cluster, failing), replica, instance in product(FAILING.items(), "ab", ("i1", "i2")):
        at = {"job": "api", "instance": instance, "cluster": cluster, "replica": replica}
        yield history({"__name__": "up", **at, "zone": "z"}, times, ones)
        yield history({"__name__": "queue_length", **at}, times, failing * ones)
        for code, each in (("200", 30 - failing), ("500", failing)):
            labels = {"__name__": "requests_total", **at, "code": code}
            yield history(labels, times, each * np.arange(len(times), dtype=float))
    # a target of some jobs alone is there once for each path, as those of Kubernetes' nodes are
    for path in ("/metrics", "/probes"):
        node = {"job": "node", "instance": "n1", "cluster": "eu-1", "replica": "a"}
        yield history({"__name__": "up", **node, "metrics_path": path}, times, ones)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    with server_with_history(tmp_path_factory.mktemp("store"), list(clusters())) as running:
        yield running


def rows(store: PrometheusServer, directory: Path, group_by: str = "") -> list[dict[str, Any]]:
    """The rows of a report on it, with one replica's numbers."""
    (directory / "slokit.yaml").write_text(
        "bundle: shop\nspecs: [api.yaml]\nprometheus: {replica_labels: [replica]}\n"
    )
    (directory / "api.yaml").write_text(SPEC % group_by)
    given = ["--project", str(directory / "slokit.yaml"), "--prometheus", store.url]
    asked = ["--at", str(END), "--format", "json", "--source", "raw"]
    ran = CliRunner().invoke(app, ["report", *given, *asked])
    assert ran.exit_code == 0, ran.output
    return list(json.loads(ran.stdout)["rows"])


def _ratios(made: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    return {
        (row["slo"], row["group"]["cluster"]): row["window_measure"]["ratio_bad"] for row in made
    }


@pytest.mark.parametrize("group_by", ["", "cluster"])
def test_each_cluster_has_rows_of_its_own(
    store: PrometheusServer, tmp_path: Path, group_by: str
) -> None:
    """As if the SLO were grouped by the label, and each event is counted once."""
    made = rows(store, tmp_path, group_by)

    assert all(set(row["group"]) == {"cluster"} for row in made)
    assert _ratios(made) == pytest.approx(
        {
            ("availability", "eu-1"): 0.1,
            ("availability", "us-1"): 0.4,
            ("below", "eu-1"): 0,
            ("below", "us-1"): 1,
        },
        rel=1e-6,
    )
    totals = {row["window_measure"]["total"] for row in made if row["slo"] == "availability"}
    assert all(total == pytest.approx(2 * LONG, rel=0.05) for total in totals)
