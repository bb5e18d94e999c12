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
from slokit.prometheus.client import PrometheusClient
from slokit.reporting import read
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
        # what ran once, long ago and not for long, beside what runs now
        past = END - 20 * 86_400 + 4321
        often = np.concatenate([every(past, past + 1200, STEP), times])
        for code in ("200", "500"):
            labels = {"__name__": "batches_total", **at, "code": code}
            yield history(labels, often, np.arange(len(often), dtype=float))
    # a target of some jobs alone is there once for each path, as those of Kubernetes' nodes are
    for path in ("/metrics", "/probes"):
        node = {"job": "node", "instance": "n1", "cluster": "eu-1", "replica": "a"}
        yield history({"__name__": "up", **node, "metrics_path": path}, times, ones)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    with server_with_history(tmp_path_factory.mktemp("store"), list(clusters())) as running:
        yield running


def rows(
    store: PrometheusServer, directory: Path, group_by: str = "", spec: str = ""
) -> list[dict[str, Any]]:
    """The rows of a report on it, with one replica's numbers."""
    (directory / "slokit.yaml").write_text(
        "bundle: shop\nspecs: [api.yaml]\nprometheus: {replica_labels: [replica]}\n"
    )
    (directory / "api.yaml").write_text(spec or SPEC % group_by)
    given = ["--project", str(directory / "slokit.yaml"), "--prometheus", store.url]
    asked = ["--at", str(END), "--format", "json", "--source", "raw"]
    ran = CliRunner().invoke(app, ["report", *given, *asked])
    assert ran.exit_code == 0, ran.output
    return list(json.loads(ran.stdout)["rows"])


YOUNG = """\
apiVersion: slokit/v1
service: api
defaults: {window: 30d, alert_policy: none, group_by: [cluster]}
slos:
  - name: availability
    objective: 99%
    sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
  - name: below
    objective: 99%
    sli: {threshold: {metric: queue_length, at_most: 5}}
"""
WITH_A_PAST = """\
  - name: batches
    objective: 99%
    sli: {events: {bad: 'batches_total{code="500"}', total: batches_total}}
"""


@pytest.mark.parametrize("spec", [YOUNG, YOUNG + WITH_A_PAST])
def test_history_that_is_empty_costs_next_to_nothing(
    store: PrometheusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    """A longer window asks no more of young series, which have the same numbers; none is lost."""
    asked: list[float] = []
    whole = PrometheusClient.range

    def counting(self: PrometheusClient, query: str, start: float, end: float, step: float) -> Any:
        asked.append((end - start) // step + 1)
        return whole(self, query, start, end, step)

    monkeypatch.setattr(PrometheusClient, "range", counting)

    def moments(text: str) -> tuple[float, int, list[dict[str, Any]]]:
        asked.clear()
        made = rows(store, tmp_path, spec=text)
        return sum(asked), len(asked), made

    month, queries, made = moments(spec)
    with monkeypatch.context() as patch:
        patch.setattr(read, "with_beginnings", lambda plans, *_: plans)
        in_full, as_many, expected = moments(spec)

    assert [row["state"] for row in made] == [row["state"] for row in expected]
    for found, known in zip(made, expected, strict=True):
        for measure in ("window_measure", "period_measure"):
            # the server may add the same series up in another order
            numbers = [
                {k: v for k, v in row[measure].items() if isinstance(v, float)}
                for row in (found, known)
            ]
            assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)
    assert queries <= as_many
    if spec == YOUNG:
        assert month < in_full / 20
        assert moments(spec.replace("30d", "365d"))[0] < in_full
    else:
        batches = [row["window_measure"]["total"] for row in made if row["slo"] == "batches"]
        assert batches
        assert min(batches) > (LONG + 1200) / STEP


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
