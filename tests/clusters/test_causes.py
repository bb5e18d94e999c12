"""Cause alerts on a real etcd cluster: a leader that moves again and again, and a lost member.

The catalog's spec is taken as it is, but for the three minutes that a restart may take.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.prometheus.bundles import Repository
from tests.support.command import ROOT
from tests.support.servers.etcd_cluster import EtcdCluster
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

pytestmark = pytest.mark.programs("etcd", "prometheus")

SCRAPE = 1
PROJECT = f"bundle: live\nspecs: slo-specs\ninterval: {SCRAPE}s\nscrape_interval: {SCRAPE}s\n"
PROJECT += "ledger_window: 5s\n"
SPEC = (ROOT / "slo-specs" / "etcd.yaml").read_text().replace("for: 3m ", "for: 3s ")
TIMEOUT = 60.0
CHANGES = "max by (job) (etcd_server_leader_changes_seen_total)"


@dataclass
class Watched:
    """A cluster and the Prometheus that evaluates its cause alerts."""

    cluster: EtcdCluster
    server: PrometheusServer

    def fires(self, name: str) -> bool:
        """Whether the alert fires, for the one group that there is."""
        alert = f'ALERTS{{alertname="{name}",alertstate="firing",cluster="etcd",service="etcd"}}'
        return len(self.server.query(alert)) == 1


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Three members that are well, as Prometheus has seen for some seconds."""
    repository = Repository(tmp_path / "repository")
    repository.write(PROJECT, {"etcd": SPEC})
    with ExitStack() as stack:
        cluster = stack.enter_context(EtcdCluster(tmp_path / "etcd"))
        job = ScrapeJob("etcd", cluster.metrics_targets, options={"scrape_timeout": "500ms"})
        server = PrometheusServer(
            tmp_path / "prometheus", rule_files=[repository.rules], scrape=[job]
        )
        stack.enter_context(server)
        server.wait_until(lambda: len(server.query("up == 1")) == 3, "three members", TIMEOUT)
        server.wait_until(lambda: len(server.query("slokit:info")) > 0, "the rules", TIMEOUT)
        yield Watched(cluster, server)


def _wait_for_changes(server: PrometheusServer, changes: float) -> None:
    server.wait_until(lambda: server.value(CHANGES) >= changes, "a move of the leader", TIMEOUT)


def test_leader_thrash_and_a_lost_member_fire(watched: Watched) -> None:
    """Five moves of the leader are thrash; one of three members down puts the quorum at risk."""
    cluster, server = watched.cluster, watched.server
    assert not watched.fires("EtcdLeaderThrash")
    assert not watched.fires("EtcdQuorumAtRisk")

    seen = server.value(CHANGES)
    for moves in range(1, 6):
        cluster.move_leader()
        _wait_for_changes(server, seen + moves)
    server.wait_until(lambda: watched.fires("EtcdLeaderThrash"), "leader-thrash", TIMEOUT)
    assert not watched.fires("EtcdQuorumAtRisk")

    cluster.kill(cluster.followers()[0])
    server.wait_until(lambda: watched.fires("EtcdQuorumAtRisk"), "quorum-at-risk", TIMEOUT)
    assert server.failures() == 0
