"""`slokit check` finds gauges and counters that stand in each other's place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
METRICS = """\
# TYPE queue_length gauge
queue_length 3
# TYPE jobs_total counter
jobs_total 5
# TYPE latency_seconds histogram
latency_seconds_bucket{le="1"} 1
latency_seconds_bucket{le="+Inf"} 1
latency_seconds_sum 1
latency_seconds_count 1
"""


@pytest.fixture(scope="module")
def scraping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus that scraped the types of METRICS."""
    require_programs("prometheus")
    with Exposition() as exposed:
        exposed.set(METRICS)
        directory = tmp_path_factory.mktemp("types")
        with PrometheusServer(directory, scrape=[exposed.target]) as server:
            server.wait_for("jobs_total")
            server.wait_until(lambda: "jobs_total" in server.api("metadata"), "knew the types")
            yield server


def checked(
    tmp_path: Path, server: PrometheusServer, sli: str, more: str = "objective: 99%"
) -> Checked:
    at = server.query("time()")[0].value
    return check_specs(tmp_path, server.url, at, service(slo(sli, more)))


def test_a_gauge_under_counter_is_a_warning(tmp_path: Path, scraping: PrometheusServer) -> None:
    """The exporter says gauge, and slokit would take its rate."""
    sli = """
    rate:
      counter: queue_length
      counted_by: one_member
      at_most: 1/h
    """
    found = checked(tmp_path, scraping, sli, "")
    finding = found.only("SLK616")
    assert finding.level is Severity.WARNING
    assert finding.message == "'queue_length' is a gauge, and slokit takes its rate"
    assert found.line(finding) == "counter: queue_length"


def test_a_gauge_under_rate_in_promql_is_seen(tmp_path: Path, scraping: PrometheusServer) -> None:
    """An expression that takes the rate itself is read as well."""
    sli = """
    events:
      good: rate(queue_length[$window])
      total: jobs_total
    """
    assert checked(tmp_path, scraping, sli).only("SLK616").level is Severity.WARNING


def test_a_counter_as_a_level_is_a_warning(tmp_path: Path, scraping: PrometheusServer) -> None:
    """A threshold on a counter is crossed once and for ever."""
    found = checked(tmp_path, scraping, "threshold: {metric: jobs_total, at_most: 10}")
    assert found.only("SLK617").level is Severity.WARNING


def test_right_types_have_no_finding(tmp_path: Path, scraping: PrometheusServer) -> None:
    """A gauge as a level, a counter as events, and the count of a histogram are in order."""
    slos = [
        slo("threshold: {metric: queue_length, at_most: 10}"),
        slo("events: {good: jobs_total, total: jobs_total}").replace("one", "two"),
        slo("latency: {histogram: latency_seconds, at_most: 1s}").replace("one", "three"),
    ]
    at = scraping.query("time()")[0].value
    found = check_specs(tmp_path, scraping.url, at, service("\n".join(slos)))
    assert not found.of("SLK616") + found.of("SLK617")


def test_without_types_the_samples_tell(tmp_path: Path, shop: PrometheusServer) -> None:
    """A metric of unknown type that falls every minute is no counter, whatever its name."""
    text = slo("rate: {counter: wobble_total, counted_by: one_member, at_most: 1/h}", "")
    finding = check_specs(tmp_path, shop.url, NOW, service(text)).only("SLK616")
    assert "fell 60 times in the last hour" in finding.message


def test_without_types_a_counter_as_a_level_is_seen(tmp_path: Path, shop: PrometheusServer) -> None:
    """A metric of unknown type that only grows is no gauge, whatever its name."""
    text = slo("threshold: {metric: jobs_failed_total, at_most: 1000000}")
    finding = check_specs(tmp_path, shop.url, NOW, service(text)).only("SLK617")
    assert finding.level is Severity.WARNING
    assert "'jobs_failed_total' only grows and never falls" in finding.message


@pytest.mark.parametrize("gauge", ["uptime_seconds", "pg_lag_seconds", "wobble_total"])
def test_what_stands_falls_or_runs_with_the_clock_is_a_gauge(
    tmp_path: Path, shop: PrometheusServer, gauge: str
) -> None:
    """An age grows by a second a second; that makes no counter of it."""
    text = slo(f"threshold: {{metric: {gauge}, at_most: 1000000}}")
    assert not check_specs(tmp_path, shop.url, NOW, service(text)).of("SLK617")


@pytest.mark.parametrize(
    ("recorded", "what", "side"),
    [
        ("sum by (job) (rate(jobs_total[1m]))", "a rate", "recorded_jobs"),
        ("increase(jobs_total[1m])", "an increase", "recorded_jobs"),
        ("rate(jobs_total[1m]) / rate(jobs_total[1m])", "a ratio", "rate(recorded_jobs[$window])"),
    ],
)
def test_what_a_rule_records_as_a_rate_is_no_counter(
    tmp_path: Path, recorded: str, what: str, side: str
) -> None:
    """Whatever the series is called: the server says by which rule it is recorded."""
    rules = tmp_path / "own.rules.yaml"
    rules.write_text(
        "groups: [{name: own, interval: 1s, rules: ["
        f"{{record: recorded_jobs, expr: '{recorded}'}},"
        " {record: summed, expr: jobs_total}]}]\n"
    )
    with Exposition() as exposed:
        exposed.set(METRICS)
        directory = tmp_path / "server"
        with PrometheusServer(directory, scrape=[exposed.target], rule_files=[rules]) as server:
            server.wait_for("recorded_jobs", timeout=60)
            found = checked(tmp_path, server, f"events: {{good: '{side}', total: summed}}")
    finding = found.only("SLK616")
    assert finding.message.startswith(f"'recorded_jobs' is recorded as {what}")
    assert finding.hint == "name the counter that it is made from: jobs_total"
    assert found.line(finding) == f"events: {{good: '{side}', total: summed}}"
