"""`slokit check` compares latency limits with the bounds of buckets."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.history.native_histogram import NativeHistogram
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
WEB = "{group_by: [cluster], selector: {job: web}}"


def checked(
    tmp_path: Path, shop: PrometheusServer, limit: str, name: str = "request_duration_seconds"
) -> Checked:
    sli = f"""
    latency:
      histogram: {name}
      at_most: {limit}
    """
    return check_specs(tmp_path, shop.url, NOW, service(slo(sli, "objective: 20%"), WEB))


@pytest.mark.parametrize(
    ("limit", "nearest"),
    [
        ("300ms", "250ms, 500ms"),
        ("0.3s", "0.25s, 0.5s"),
        ("50ms", "100ms"),
        ("5s", "1s"),
        ("300000us", "250000us, 500000us"),
        ("0.3", "0.25, 0.5"),
    ],
)
def test_the_nearest_bounds_are_quoted_in_the_unit_of_the_spec(
    tmp_path: Path, shop: PrometheusServer, limit: str, nearest: str
) -> None:
    """A limit between two buckets is an error at the limit, with the bounds on both sides."""
    found = checked(tmp_path, shop, limit)
    finding = found.only("SLK609")
    assert finding.level is Severity.ERROR
    assert finding.hint == f"nearest: {nearest}"
    assert found.line(finding) == f"at_most: {limit}"


@pytest.mark.parametrize("limit", ["100ms", "0.25s", "1s", "1000ms"])
def test_a_bound_is_found_however_it_is_spelt(
    tmp_path: Path, shop: PrometheusServer, limit: str
) -> None:
    """The server spells the bound 1.0; the spec may say 1s or 1000ms."""
    assert checked(tmp_path, shop, limit).numbers() == set()


def test_the_limit_of_an_objective_is_pointed_at(tmp_path: Path, shop: PrometheusServer) -> None:
    """Of two objectives, the faulty limit is shown at its own line."""
    spec = service(
        """
        - name: one
          objectives:
            - name: fast
              at_most: 250ms
              objective: 95%
            - name: slow
              at_most: 2s
              objective: 99%
          sli:
            latency: {histogram: request_duration_seconds}
        """,
        WEB,
    )
    found = check_specs(tmp_path, shop.url, NOW, spec)
    assert found.line(found.only("SLK609")) == "at_most: 2s"


def test_a_summary_is_no_histogram(tmp_path: Path, shop: PrometheusServer) -> None:
    """A metric with a count but without buckets has its own message."""
    finding = checked(tmp_path, shop, "1s", "summary_seconds").only("SLK609")
    assert "'summary_seconds_bucket' has no series" in finding.message


def test_a_classic_histogram_is_not_native(tmp_path: Path, shop: PrometheusServer) -> None:
    """`native: true` over buckets of their own is one error, with the way out."""
    found = checked(tmp_path, shop, "1s\n      native: true")
    finding = found.only("SLK610")
    assert finding.hint == "leave `native: true` out"
    assert found.numbers() == {"SLK610"}


def test_plain_numbers_are_not_native(tmp_path: Path, shop: PrometheusServer) -> None:
    """A counter under `native: true` gives no fraction of anything."""
    found = checked(tmp_path, shop, "1\n      native: true", "summary_seconds_count")
    assert "its samples are plain numbers" in found.only("SLK610").message


def test_a_native_histogram_is_taken_as_one(tmp_path: Path) -> None:
    """A scraped native histogram has no finding, whatever the limit; as a classic one it has."""
    histogram = NativeHistogram("latency_seconds")
    histogram.observe(0.1, times=3)
    with Exposition() as exposed:
        exposed.set_native([histogram])
        native = PrometheusServer(tmp_path, scrape=[exposed.target], features=["native-histograms"])
        with native as server:
            at = server.wait_for("histogram_count(latency_seconds)")[0].at
            body = "latency: {histogram: latency_seconds, at_most: 123ms, native: true}"
            found = check_specs(tmp_path / "a", server.url, at + 5, service(slo(body)))
            assert found.numbers() == set()
            body = "latency: {histogram: latency_seconds, at_most: 123ms}"
            found = check_specs(tmp_path / "b", server.url, at + 5, service(slo(body)))
            assert "'latency_seconds'" in found.only("SLK601").hint
