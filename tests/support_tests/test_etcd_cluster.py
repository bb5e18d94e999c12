"""Real etcd clusters elect, lose and regain members."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers.etcd_cluster import EtcdCluster
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

pytestmark = pytest.mark.programs("etcd")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[EtcdCluster]:
    with EtcdCluster(tmp_path / "etcd") as running:
        yield running


def test_killing_the_leader_elects_another(cluster: EtcdCluster) -> None:
    """The two members left agree on a new leader, keep the data, and take the old one back."""
    cluster.put("k", "v")
    old = cluster.leader()
    cluster.kill(old)

    assert cluster.leader() != old
    assert cluster.get("k") == "v"
    cluster.start(old)
    assert old in cluster.followers()


def test_a_hung_leader_is_replaced_and_comes_back(cluster: EtcdCluster) -> None:
    """A leader that hangs is voted out by the others; resumed, it follows."""
    old = cluster.leader()
    cluster.pause(old)
    new = cluster.leader()
    cluster.resume(old)

    assert new != old
    assert cluster.leader() == new


@pytest.mark.programs("prometheus")
def test_every_member_counts_an_election(cluster: EtcdCluster, tmp_path: Path) -> None:
    """Leadership handed over once raises the leader-change counter of all three members by one."""
    seen = "etcd_server_leader_changes_seen_total"
    scrape = [ScrapeJob("etcd", cluster.metrics_targets)]
    with PrometheusServer(tmp_path / "prometheus", scrape=scrape) as server:
        server.wait_until(lambda: len(server.query(seen)) == 3, "scraped three members")
        before = {one.labels["instance"]: one.value for one in server.query(seen)}
        cluster.move_leader()
        for instance, count in before.items():
            server.wait_for(f'{seen}{{instance="{instance}"}} == {count + 1}')
