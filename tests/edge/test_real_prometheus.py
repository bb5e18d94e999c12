"""The client against a real Prometheus."""

import math
import time
from pathlib import Path

import pytest

from slokit.demo.processes import free_ports
from slokit.prometheus import errors
from slokit.prometheus.types import Histogram, MetricsSource, Sample
from tests.edge import native_histogram
from tests.edge.conftest import Connect
from tests.edge.misbehaving import MisbehavingServer
from tests.support.servers.prometheus_server import PrometheusServer


@pytest.fixture
def client(prometheus: PrometheusServer, connect: Connect) -> MetricsSource:
    """A client of it, seen through the protocol."""
    return connect(f"{prometheus.url}/", timeout=30)


def own(prometheus: PrometheusServer, **more: str) -> dict[str, str]:
    """The labels of the server's own series."""
    return {"job": "self", "instance": f"127.0.0.1:{prometheus.port}", **more}


def test_instant(client: MetricsSource, prometheus: PrometheusServer) -> None:
    """A vector has labels, values and the time that was asked for; a scalar has no labels."""
    now = round(time.time(), 3)

    assert client.instant("up", now) == (Sample(own(prometheus, __name__="up"), 1.0, now),)
    assert client.instant("-Inf", 5) == (Sample({}, float("-inf"), 5.0),)
    assert client.instant("no_such_metric", now) == ()


def test_the_time_is_always_sent(client: MetricsSource) -> None:
    """A question about long ago is answered for then, not for now."""
    assert client.instant("up", 1_000_000_000) == ()
    assert client.instant("time()", 1_000_000_000.25)[0].value == 1_000_000_000.25


def test_range(client: MetricsSource) -> None:
    """A range has its points on the grid of start and step, both ends included."""
    series = client.range("time()", 1_000_000_000.5, 1_000_000_010.5, 5)

    assert [point for one in series for point in one.points] == [
        (1_000_000_000.5 + more, 1_000_000_000.5 + more) for more in (0, 5, 10)
    ]


def test_a_range_longer_than_the_server_allows(client: MetricsSource) -> None:
    """25,000 points come in three requests and as one series."""
    before = client.requests
    (series,) = client.range("time()", 1_000_000_000, 1_000_025_000, 1)

    assert [at for at, _ in series.points] == [1_000_000_000 + i for i in range(25_001)]
    assert client.requests - before == 3


def test_a_query_longer_than_a_url(client: MetricsSource) -> None:
    """A query of a megabyte is answered."""
    query = "up" + " " * 1_000_000

    assert len(client.instant(query, time.time())) == 1


def test_a_bad_query(client: MetricsSource) -> None:
    """A query that does not parse is rejected with Prometheus' own place and words."""
    with pytest.raises(errors.QueryRejectedError, match=r"rejects `up \+`: .*1:5: parse error"):
        client.instant("up +", 0)


def test_a_query_that_cannot_run(client: MetricsSource) -> None:
    """A query that fails while running is rejected in Prometheus' own words."""
    clash = 'label_replace({__name__=~"up|scrape_duration_seconds"}, "__name__", "x", "", "")'

    with pytest.raises(errors.QueryRejectedError, match="same labelset"):
        client.instant(clash, time.time())


def test_series_and_labels(client: MetricsSource, prometheus: PrometheusServer) -> None:
    """Series, label names and label values are those of the selectors given."""
    now = time.time()

    found = client.series(["up", 'prometheus_build_info{version!=""}'], now - 60, now)

    assert own(prometheus, __name__="up") in found
    assert {one["__name__"] for one in found} == {"up", "prometheus_build_info"}
    assert client.label_values("job", ["up"], now - 60, now) == ["self"]
    assert "up:copy" in client.label_values("__name__", [], now - 60, now)
    assert client.series(["up"], 0, 60) == []


def test_bad_selectors(client: MetricsSource) -> None:
    """A selector that does not parse is rejected, quoted and explained."""
    with pytest.raises(errors.QueryRejectedError, match=r"rejects `up\{`"):
        client.series(["up{"], 0, 1)
    with pytest.raises(errors.QueryRejectedError):
        client.label_values("no label", [], 0, 1)


def test_metadata(client: MetricsSource) -> None:
    """Metadata holds type and help of one metric, or of all."""
    (entry,) = client.metadata("go_goroutines")["go_goroutines"]

    assert entry.type == "gauge"
    assert entry.help.startswith("Number of goroutines")
    assert len(client.metadata()) > 50
    assert client.metadata("no_such_metric") == {}


def test_about_the_server(client: MetricsSource, prometheus: PrometheusServer) -> None:
    """Targets, build, runtime and flags are read."""
    (target,) = client.targets()

    assert target.labels == own(prometheus)
    assert (target.health, target.scrape_interval) == ("up", 1.0)
    assert client.build_info()["version"].startswith("2.")
    assert client.runtime_info()["reloadConfigSuccess"] == "true"
    assert client.flags()["query.lookback-delta"] == "5m"


def test_rules(client: MetricsSource) -> None:
    """Loaded rules come with their group, interval and health."""
    (group,) = client.rules()
    copy, down = group.rules

    assert (group.name, group.interval) == ("some", 1.0)
    assert (copy.name, copy.kind, copy.query, copy.health) == ("up:copy", "recording", "up", "ok")
    assert copy.labels == {"kind": "copy"}
    assert (down.name, down.kind) == ("Down", "alerting")


def test_a_sub_path(tmp_path: Path, connect: Connect) -> None:
    """A Prometheus below a path is reached there, and one without that path is said to be none."""
    flags = ["--web.external-url=http://127.0.0.1/below/here", "--web.route-prefix=/below/here"]
    server = PrometheusServer(tmp_path, flags=flags)
    root, server.url = server.url, f"{server.url}/below/here"

    with server:
        assert connect(f"{server.url}/").instant("1", 0)[0].value == 1
        with pytest.raises(errors.NotPrometheusError, match="no Prometheus API at this address"):
            connect(root).instant("1", 0)


def test_native_histograms_are_tolerated(tmp_path: Path, connect: Connect) -> None:
    """A native histogram arrives as count and sum; its value is no number, its points are none."""
    server = PrometheusServer(tmp_path, features=["native-histograms"])

    with MisbehavingServer(native_histogram.expose) as target:
        server.scrape = [f"127.0.0.1:{target.port}"]
        with server:
            server.wait_for("count(request_seconds)")
            client, now = connect(server.url), time.time()
            (sample,) = client.instant("request_seconds", now)
            (series,) = client.range("request_seconds", now, now, 1)

    expected = Histogram(native_histogram.COUNT, native_histogram.SUM)
    assert sample.histogram == expected
    assert math.isnan(sample.value)
    assert series.points == ()
    assert [one for _, one in series.histograms] == [expected]


class WithDeadRemote(PrometheusServer):
    """A Prometheus that also reads from a remote storage which is away."""

    def write_config(self) -> Path:
        path = super().write_config()
        remote = f"remote_read: [{{url: 'http://127.0.0.1:{free_ports(1)[0]}', read_recent: true}}]"
        path.write_text(f"{path.read_text()}{remote}\n")
        return path


def test_a_partial_answer_leaves_a_warning(tmp_path: Path, connect: Connect) -> None:
    """When a part of the storage is away, the answer comes, and so does the server's warning."""
    server = WithDeadRemote(tmp_path)

    with server:
        client = connect(server.url)
        assert client.instant("vector(1) or up", time.time())[0].value == 1
        client.instant("up", time.time())

    assert len(client.warnings) == 1
    assert "remote_read" in client.warnings[0]


def test_a_stopped_server_times_out(prometheus: PrometheusServer, connect: Connect) -> None:
    """A Prometheus that accepts connections and does not run is left after the timeout."""
    prometheus.hang()
    try:
        with pytest.raises(errors.PrometheusTimeoutError):
            connect(prometheus.url, timeout=0.5).instant("up", 0)
    finally:
        prometheus.unhang()
