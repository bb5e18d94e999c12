"""`slokit check` recognises series that several observers export, and processes that do not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
RESTARTS = "kube_pod_container_status_restarts_total"
AVAILABLE = "kube_deployment_status_replicas_available"
DONE = "queue_done_total"
OBSERVERS = ("10.0.0.1:8080", "10.0.0.2:8080")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Two replicas of kube-state-metrics, two of another exporter, and two of a service."""
    require_programs("prometheus", "promtool")
    times = every(NOW - 7200, NOW + 1, 30)
    hours = np.floor((times - times[0]) / 1800)
    rows: list[History] = []
    for number, instance in enumerate(OBSERVERS):
        for pod in range(5):
            labels = {"namespace": "a", "pod": f"p{pod}", "job": "ksm", "instance": instance}
            values = hours if pod == 0 else 0.0
            rows.append(history({"__name__": RESTARTS, **labels}, times, values))
            labels["job"] = "queues"
            rows.append(history({"__name__": "queue_done_total", **labels}, times, hours * 7 + pod))
        labels = {"namespace": "a", "deployment": "d", "job": "ksm", "instance": instance}
        rows.append(history({"__name__": AVAILABLE, **labels}, times, 2.0))
        labels = {"route": "/", "job": "web", "instance": instance}
        counted = (times - times[0]) * (number + 1)
        rows.append(history({"__name__": "requests_total", **labels}, times, counted))
        rows.append(history({"__name__": "idle_total", **labels}, times, 0.0))
        rows.append(history({"__name__": "limit_bytes", **labels}, times, 1e9))
    with server_with_history(tmp_path_factory.mktemp("cluster"), rows) as server:
        yield server


def checked(tmp_path: Path, server: PrometheusServer, sli: str, more: str) -> Checked:
    return check_specs(tmp_path, server.url, NOW, service(slo(sli, more)))


ONE_MEMBER = "rate: {counter: %s, counted_by: one_member, at_most: 10/d}"
SUM = "threshold: {metric: %s, aggregate: sum, at_least: 2}"
EVENTS = "events: {good: %s, total: %s}"
GOAL = "objective: 99%"


@pytest.mark.parametrize(
    ("sli", "more", "name"),
    [
        (ONE_MEMBER % RESTARTS, "", RESTARTS),
        (SUM % AVAILABLE, GOAL, AVAILABLE),
        (
            # of five pods one is not good
            EVENTS % ("'queue_done_total{pod!=\"p4\"}'", "queue_done_total"),
            "objective: 70%",
            "queue_done_total",
        ),
    ],
    ids=["counter", "gauge", "events"],
)
def test_what_is_seen_twice_is_counted_twice(
    tmp_path: Path, cluster: PrometheusServer, sli: str, more: str, name: str
) -> None:
    """The finding names the metric and the key; with the key there is none, but on low traffic."""
    finding = checked(tmp_path, cluster, sli, more).only("SLK625")
    assert finding.level is Severity.WARNING
    assert finding.message == (
        f"the series of '{name}' exist several times with equal values, only 'instance' apart:"
        " they are counted twice"
    )
    assert finding.hint == "set `deduplicate: [instance]`"
    more = f"{more}\n  deduplicate: [instance]".strip()
    assert checked(tmp_path / "once", cluster, sli, more).numbers() <= {"SLK645"}


@pytest.mark.parametrize(
    ("sli", "more"),
    [
        (EVENTS % ("requests_total", "requests_total"), GOAL),
        (EVENTS % ("idle_total", "idle_total"), GOAL),
        (SUM % "limit_bytes", GOAL),
        (ONE_MEMBER.replace("one_member", "every_member") % RESTARTS, ""),
        (SUM.replace("sum", "worst") % AVAILABLE, GOAL),
    ],
    ids=["busy", "idle", "constant", "every-member", "worst"],
)
def test_processes_that_count_alike_are_no_observers(
    tmp_path: Path, cluster: PrometheusServer, sli: str, more: str
) -> None:
    """Counters of several processes, idle ones, equal limits, and what is not added up."""
    assert not checked(tmp_path, cluster, sli, more).of("SLK625")
