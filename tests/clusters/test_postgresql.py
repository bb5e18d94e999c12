"""The catalog's spec of PostgreSQL on a real primary and standby, with their faults."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import require_programs
from tests.support.command import slokit
from tests.support.compile.compiled import compiled
from tests.support.servers.postgres_cluster import PROGRAMS, PostgresCluster
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

pytestmark = pytest.mark.programs("prometheus", *PROGRAMS)
SPEC = Path(__file__).parents[2] / "slo-specs" / "postgresql.yaml"
WINDOW = 8
# node_exporter does not run here.
ELSEWHERE = "disk-space"


@dataclass(frozen=True)
class Lab:
    """A cluster, the Prometheus that scrapes it every second, and the bundle's directory."""

    cluster: PostgresCluster
    prometheus: PrometheusServer
    directory: Path

    def ledger(self, side: str) -> dict[str, float]:
        """The recorded total or bad, by SLO."""
        series = f"slokit:{side}:rate{WINDOW}s"
        return {one.labels["slo"]: one.value for one in self.prometheus.query(series)}

    def recovers(self, slo: str) -> None:
        """Wait until nothing of an SLO is bad."""
        self.prometheus.wait_for(f'slokit:bad:rate{WINDOW}s{{slo="{slo}"}} == 0')

    def goes_bad(self, slo: str, share: float = 1) -> None:
        """Wait until this share of an SLO's total is bad."""
        bad, total = (f'slokit:{side}:rate{WINDOW}s{{slo="{slo}"}}' for side in ("bad", "total"))
        self.prometheus.wait_for(f"{bad} / {total} == {share}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A calm cluster whose ledger is complete; each test leaves it in a state for the next one."""
    require_programs("prometheus", *PROGRAMS)
    tmp_path = tmp_path_factory.mktemp("postgresql")
    timing = {"interval": "1s", "scrape_interval": "2s", "ledger_window": f"{WINDOW}s"}
    rules = compiled(tmp_path / "bundle", SPEC, **timing)
    with PostgresCluster() as cluster:
        scrape = [ScrapeJob("postgres", cluster.metrics_targets, {"cluster": "orders"})]
        server = PrometheusServer(
            tmp_path / "prometheus",
            scrape=scrape,
            scrape_interval="2s",  # the exporter of a dead server takes a second to say so
            rule_files=rules.files,
        )
        with server as prometheus:
            lab = Lab(cluster, prometheus, tmp_path / "bundle")
            prometheus.wait_for(f'slokit:total:rate{WINDOW}s{{slo="promotions"}}')
            prometheus.wait_for(f'slokit:total:rate{WINDOW}s{{slo="transactions"}} > 0')
            yield lab


def test_a_calm_cluster_has_every_indicator_and_nothing_bad(lab: Lab) -> None:
    """Each SLO has events; none is bad; the live check misses only node_exporter's metrics."""
    slos = {one.labels["slo"] for one in lab.prometheus.query("slokit:info")}
    ran = slokit(lab.directory, "check", "--prometheus", lab.prometheus.url, "--format", "json")
    errors = [f for f in json.loads(ran.out)["findings"] if f["severity"] == "error"]

    assert set(lab.ledger("total")) == slos - {ELSEWHERE}
    assert {slo for slo, bad in lab.ledger("bad").items() if bad} == set()
    assert {f["code"] for f in errors} == {"SLK601"}
    assert all("node_filesystem" in f["message"] for f in errors)


def test_a_standby_that_falls_behind_or_is_cut_off_is_seen(lab: Lab) -> None:
    """Paused replay breaks the lag in seconds, a lost connection the share of those that stream."""
    primary, standby = lab.cluster.members.values()
    primary.sql("CREATE TABLE rows AS SELECT 1 AS row")
    standby.sql("SELECT pg_wal_replay_pause()")
    primary.sql("INSERT INTO rows SELECT generate_series(1, 1000)")
    lab.goes_bad("replication-lag-critical")
    assert lab.ledger("bad")["replicas-streaming"] == 0

    standby.sql("SELECT pg_wal_replay_resume()")
    connection = standby.sql("SHOW primary_conninfo")
    standby.configure("primary_conninfo", "")
    lab.goes_bad("replicas-streaming")
    assert lab.ledger("bad")["servers-up"] == 0

    standby.configure("primary_conninfo", connection)
    lab.recovers("replicas-streaming")
    lab.recovers("replication-lag-critical")


def test_a_promotion_beside_a_living_primary_is_split_brain_and_counts_once(lab: Lab) -> None:
    """Two primaries are bad time, and the promotion is one event."""
    assert lab.ledger("bad")["promotions"] == 0
    lab.cluster.promote("pg1")
    lab.goes_bad("one-primary")

    bad = f'slokit:bad:rate{WINDOW}s{{slo="promotions"}}'
    lab.prometheus.wait_for(f"{bad} > 0")
    lab.recovers("promotions")
    # Eight evaluations see it, each as an eighth of an event; one more or less may.
    assert lab.prometheus.value(f"sum_over_time({bad}[1m])") == pytest.approx(1, abs=0.13)


def test_a_dead_server_is_bad_although_its_exporter_answers(lab: Lab) -> None:
    """Half of the servers are down; with both down there is no primary either."""
    first, second = lab.cluster.members.values()
    second.stop()
    lab.prometheus.wait_for(f'pg_up{{instance="{second.metrics}"}} == 0')
    lab.goes_bad("servers-up", 1 / 2)
    lab.recovers("one-primary")

    first.stop()
    lab.goes_bad("servers-up")
    lab.goes_bad("one-primary")
