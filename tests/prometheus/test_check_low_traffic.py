"""`slokit check` says what one failure costs where there is little traffic."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import require_programs
from tests.support.command_here import slokit
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
NOW = time.time() // 60 * 60
BEGIN = NOW - 100_000
TIMES = every(BEGIN, NOW + 1800, 60)
SPEC = """
apiVersion: slokit/v1
service: shop
defaults: {group_by: [cluster]}
slos:
  - {name: strict, objective: 99.9%, sli: {events: {bad: errors_total, total: requests_total}}}
  - {name: waits, objective: 99.9%, min_bad_events: 3,
     sli: {events: {bad: errors_total, total: requests_total}}}
  - {name: loose, objective: 50%, sli: {events: {bad: errors_total, total: requests_total}}}
  - {name: time, objective: 99.9%, sli: {threshold: {metric: up, at_least: 1}}}
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """One cluster with a request each 24 minutes, sixty a day, and one with fifty a second."""
    require_programs("prometheus", "promtool")
    found = []
    for cluster, each in (("quiet", 1440.0), ("busy", 0.02)):
        labels = {"cluster": cluster, "job": "web", "instance": cluster}
        requests = np.floor((TIMES - BEGIN) / each)
        found += [
            history({"__name__": "requests_total", **labels}, TIMES, requests),
            history({"__name__": "errors_total", **labels}, TIMES, np.zeros_like(TIMES)),
            history({"__name__": "up", **labels}, TIMES, np.ones_like(TIMES)),
        ]
    with server_with_history(tmp_path_factory.mktemp("web"), found) as server:
        yield server


def test_check_says_what_one_failure_costs(tmp_path: Path, web: PrometheusServer) -> None:
    """60 events a day are 1.8 failures in 30 days at 99.9 %: one is more than half of them."""
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (tmp_path / "spec.yaml").write_text(SPEC)
    ran = slokit(tmp_path, "check", "--prometheus", web.url, "--format", "line")
    said = [line for line in ran.out.splitlines() if "SLK645" in line]

    assert len(said) == 2, ran.out + ran.err
    first, second = sorted(said, key=lambda line: "shop/waits" in line)
    assert 'one failure of {cluster="quiet"} costs 55.56 %' in first
    assert "of the 30d budget of shop/strict, with 60 events" in first
    assert "min_bad_events: 3" in first
    assert "a page waits for 3 already" in second
