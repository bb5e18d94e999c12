"""`slokit check` finds info metrics that are gone when they are needed."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.compile.live_specs import check_specs, service, slo
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
NOW = time.time() // 60 * 60
TIMES = every(NOW - 86_000, NOW + 600, 60)
# What asks the database has nothing while that is down: for an hour, three hours ago.
DOWN = (TIMES > NOW - 10_800) & (TIMES <= NOW - 7200)
JOIN = "join: {info: INFO, by: [instance], labels: [{cluster: cluster_name}]}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    require_programs("prometheus", "promtool")
    own = {"job": "db", "instance": "a"}
    named = {"cluster_name": "main"}
    found = [
        history({"__name__": "up", **own}, TIMES, 1.0),
        history({"__name__": "pg_up", **own}, TIMES, np.where(DOWN, 0.0, 1.0)),
        history({"__name__": "pg_info", **own, **named}, TIMES[~DOWN], 1.0),
        # an exporter that has not been dead today
        history({"__name__": "up", "job": "web", "instance": "b"}, TIMES, 1.0),
        history({"__name__": "web_info", "job": "web", "instance": "b", **named}, TIMES, 1.0),
        history({"__name__": "kube_info", "job": "kube", "instance": "a", **named}, TIMES, 1.0),
    ]
    with server_with_history(tmp_path_factory.mktemp("info"), found) as running:
        yield running


def found(tmp_path: Path, server: PrometheusServer, info: str, sli: str) -> list[str]:
    """The messages about the info metric of a join, in a service that is grouped by its label."""
    defaults = f"{{group_by: [cluster], {JOIN.replace('INFO', info)}}}"
    text = service(slo(sli, "objective: 99%"), defaults)
    checked = check_specs(tmp_path, server.url, NOW, text)
    findings = checked.of("SLK638")
    assert all(f.level is Severity.WARNING and "join" in checked.line(f) for f in findings)
    return [finding.message for finding in findings]


def test_an_info_metric_that_was_gone_in_an_outage(
    tmp_path: Path, server: PrometheusServer
) -> None:
    """The database was down for an hour, and its info with it: that hour has no group."""
    (message,) = found(tmp_path, server, "pg_info", "threshold: {metric: pg_up, at_least: 1}")
    assert message.startswith("'pg_info' was gone for ")
    assert message.endswith(" of the last day while 'pg_up' was there: that time reads as no data")


def test_an_info_metric_that_dies_with_its_target(tmp_path: Path, server: PrometheusServer) -> None:
    """`up` shall say that the exporter is dead; its info is gone then, unless it is remembered."""
    kube = "threshold: {metric: pg_up, at_least: 1, expected: up}"
    assert found(tmp_path / "a", server, "kube_info", kube) == []
    sli = "threshold: {metric: up, at_least: 1}"
    assert found(tmp_path / "b", server, "kube_info", sli) == []
    web = "threshold: {metric: 'up{job=\"web\"}', at_least: 1}"
    (message,) = found(tmp_path / "c", server, "web_info", web)
    assert message.startswith("'web_info' dies with the target whose death 'up' shall show")
    remembered = web.replace("at_least: 1", "at_least: 1, remember: 1h")
    assert found(tmp_path / "d", server, "web_info", remembered) == []


def test_a_label_that_no_group_needs_is_not_joined(
    tmp_path: Path, server: PrometheusServer
) -> None:
    """Nothing is asked about an info metric that is joined to nothing."""
    text = service(
        slo("threshold: {metric: pg_up, at_least: 1}", "objective: 99%"),
        f"{{group_by: [job], {JOIN.replace('INFO', 'no_such_info')}}}",
    )
    assert not check_specs(tmp_path, server.url, NOW, text).of("SLK601")
