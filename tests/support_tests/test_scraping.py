"""A real Prometheus scrapes what a test exposes, native histograms included."""

from pathlib import Path

import pytest

from tests.support.history.native_histogram import NativeHistogram
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

pytestmark = pytest.mark.programs("prometheus")


def test_samples_change_while_the_server_scrapes(tmp_path: Path) -> None:
    """A value set later is what the next scrape finds; a failing target is down."""
    with Exposition() as exposed:
        exposed.set_samples({'jobs{queue="a"}': 3.0})
        job = ScrapeJob("work", [exposed.target], {"region": "eu"})
        with PrometheusServer(tmp_path, scrape=[job]) as server:
            server.wait_for('jobs{queue="a",job="work",region="eu"} == 3')
            exposed.set_openmetrics("# TYPE jobs gauge\njobs 4")
            server.wait_for("jobs == 4")
            exposed.fail()

            server.wait_for("up == 0")


def test_native_histograms_arrive_exactly(tmp_path: Path) -> None:
    """Counts, sum and the fraction under a bucket's bound are those that were observed."""
    histogram = NativeHistogram("latency_seconds", {"code": "200"})
    histogram.observe(0.1, times=30)
    histogram.observe(3.0, times=10)
    bound = histogram.upper_bound(0.1)
    with Exposition() as exposed:
        exposed.set_native([histogram])
        features = ["native-histograms"]
        with PrometheusServer(tmp_path, scrape=[exposed.target], features=features) as server:
            server.wait_for("latency_seconds")

            assert server.value("histogram_count(latency_seconds)") == 40
            assert server.value("histogram_sum(latency_seconds)") == pytest.approx(33)
            fraction = server.value(f"histogram_fraction(-Inf, {bound!r}, latency_seconds)")
            assert fraction == pytest.approx(0.75)
