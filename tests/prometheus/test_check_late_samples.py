"""`slokit check` reads late samples as the rules read them, and says how late they come."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.live_history import NOW
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
LATE = 600
REQUESTS, ERRORS = "alb_requests_sum", "alb_5xx_sum"
CPU = "rds_cpu_average"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Metrics of a cloud: a sample a minute, the newest ten minutes old, errors now and then."""
    require_programs("prometheus", "promtool")
    times = every(NOW - LATE - 7200, NOW - LATE + 1, 60)

    def web(code: str, values: ArrayLike) -> History:
        return history({"__name__": "web_total", "lb": "a", "code": code}, times, values)

    rows: list[History] = [
        history({"__name__": REQUESTS, "lb": "a"}, times, 6000.0),
        history({"__name__": ERRORS, "lb": "a"}, times[9::10], 60.0),
        history({"__name__": CPU, "db": "x"}, times, 40.0),
        web("200", 9.0 * np.arange(len(times))),
        web("500", np.floor(np.arange(len(times)) / 25)),
        history({"__name__": "lb_info", "lb": "a", "region": "eu"}, times, 1.0),
    ]
    with server_with_history(tmp_path_factory.mktemp("cloud"), rows) as server:
        yield server


def checked(
    tmp_path: Path, server: PrometheusServer, sli: str, more: str = "", defaults: str = ""
) -> Checked:
    spec = service(slo(sli, f"objective: 99%{more}"), defaults)
    return check_specs(tmp_path, server.url, NOW, spec)


def over(name: str) -> str:
    return f"sum(sum_over_time({name}[$window] offset 10m)) / $window_seconds"


@pytest.mark.parametrize(
    "sli",
    [
        f"events: {{bad: '{over(ERRORS)}', total: '{over(REQUESTS)}'}}",
        f"threshold: {{metric: {CPU} offset 10m, at_most: 80}}",
        f"threshold: {{metric: 'min_over_time(({CPU} * 1)[5m:1m] offset 10m)', at_most: 80}}",
    ],
    ids=["range", "selector", "subquery"],
)
def test_an_offset_in_promql_is_taken_along(
    tmp_path: Path, cloud: PrometheusServer, sli: str
) -> None:
    """A late metric that is read rightly leaves nothing to say."""
    assert checked(tmp_path, cloud, sli).numbers() == set()


def test_the_key_is_taken_along(tmp_path: Path, cloud: PrometheusServer) -> None:
    """With `offset:` gauges, counters, joins and groups are asked about as late as they come."""
    sli = f"threshold: {{metric: {CPU}, at_most: 80}}"
    assert checked(tmp_path, cloud, sli, "\n  offset: 10m").numbers() == set()
    sli = "events: {good: 'web_total{code=\"200\"}', total: web_total}"
    join = "{info: lb_info, by: [lb], labels: [region]}"
    defaults = f"{{offset: 10m, group_by: [region], join: {join}}}"
    assert checked(tmp_path, cloud, sli, "", defaults).numbers() == set()


def test_late_samples_are_named_with_the_offset_that_they_need(
    tmp_path: Path, cloud: PrometheusServer
) -> None:
    """Without an offset nothing is there; the finding says why, and nothing else."""
    sli = f"events: {{of: gauges, bad: {ERRORS}, total: {REQUESTS}}}"
    found = checked(tmp_path, cloud, sli)
    finding = found.only("SLK624")
    assert finding.level is Severity.WARNING
    assert finding.message == f"'{REQUESTS}' has no sample of now: its samples come 10m late"
    assert finding.hint == "set `offset: 10m`"
    assert not found.of("SLK603")


def test_an_offset_that_is_too_short_is_corrected(tmp_path: Path, cloud: PrometheusServer) -> None:
    """The finding names the old offset and the right one; within PromQL, where it stands."""
    sli = f"threshold: {{metric: {CPU}, at_most: 80}}"
    found = checked(tmp_path, cloud, sli, "\n  offset: 2m")
    assert found.only("SLK624").hint == "set `offset: 10m` instead of 2m"
    sli = f"threshold: {{metric: {CPU} offset 2m, at_most: 80}}"
    assert f"write `{CPU} offset 10m`" in checked(tmp_path, cloud, sli).only("SLK624").hint


def test_a_target_that_ended_is_not_late(tmp_path: Path) -> None:
    """Ten minutes after an exporter is gone its metric is gone too, and no offset helps."""
    with Exposition() as exposed:
        exposed.set("# TYPE lag_seconds gauge\nlag_seconds 1\n")
        with PrometheusServer(tmp_path / "server", scrape=[exposed.target]) as server:
            server.wait_for("lag_seconds")
            exposed.set("other 1\n")
            server.wait_until(lambda: not server.query("lag_seconds"), "saw the metric go")
            at = server.query("time()")[0].value + 600
            spec = service(slo("threshold: {metric: lag_seconds, at_most: 2s}"))
            found = check_specs(tmp_path, server.url, at, spec)
    assert "is its exporter down" in found.only("SLK603").hint
    assert not found.of("SLK624")
