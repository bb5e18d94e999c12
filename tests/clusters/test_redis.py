"""The catalog's spec of Redis on a real one with Sentinel, whose primary hangs.

The test looks itself, ten times a second, at who says that it is the primary: that is the oracle.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clusters.catalog_lab import LEDGER, SCRAPE, CatalogLab, catalog_lab
from tests.clusters.witness import Witness
from tests.conftest import require_programs
from tests.support.servers.prometheus_server import ScrapeJob
from tests.support.servers.redis_sentinel import PROGRAMS, RedisSentinel, redis_sentinel

pytestmark = pytest.mark.programs("prometheus", *PROGRAMS)
# An exporter that waits for a server that hangs is given up soon: its last word counts until then.
QUICK = {"scrape_timeout": "500ms"}


@dataclass(frozen=True)
class Failover:
    """A failover, over: the primary hung until its replica was promoted, and is back."""

    lab: CatalogLab
    redis: RedisSentinel
    witness: Witness


@pytest.fixture(scope="module")
def failover(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Failover]:
    require_programs("prometheus", *PROGRAMS)
    directory = tmp_path_factory.mktemp("redis")
    with redis_sentinel(directory) as redis:
        of = {"cluster": "sessions"}
        scrape = [
            ScrapeJob("redis", [one.metrics for one in redis.servers], of, QUICK),
            ScrapeJob("redis-sentinel", [one.metrics for one in redis.sentinels], of, QUICK),
        ]
        with catalog_lab(directory, "redis", scrape) as lab:
            first, second = redis.servers
            quorum = "min(redis_sentinel_master_ckquorum_status) == 1"
            lab.prometheus.wait_for(quorum, timeout=60)
            lab.prometheus.wait_for("redis_master_link_up == 1")
            lab.prometheus.wait_for('slokit:total:rate5s{slo="command-time"}')
            for slo in ("one-primary", "servers-up", "replication-lag"):
                lab.recovers(slo)
            # a promotion counts where the server was a replica one window ago
            lab.prometheus.wait_for(f'redis_instance_info{{role="slave"}} offset {LEDGER}s')
            with Witness(redis.has_one_primary) as witness:
                first.hang()
                lab.prometheus.wait_until(second.is_primary, "a new primary", 60)
                lab.goes_bad("failovers")
                first.go_on()
                lab.prometheus.wait_until(lambda: not first.is_primary(), "a new replica", 60)
                for slo in ("one-primary", "servers-up", "replication-lag", "failovers"):
                    lab.recovers(slo)
            yield Failover(lab, redis, witness)


def test_a_failover_counts_once(failover: Failover) -> None:
    """By the ledger, and by the epoch that the Sentinels agreed upon."""
    epochs = [one.ask("SENTINEL", "MASTERS") for one in failover.redis.sentinels]

    assert {text.split("config-epoch")[1].split()[1] for text in epochs} == {"1"}
    counted = failover.lab.counted("failovers", until=time.time())
    # Five looks see the promotion, a fifth each: what a busy machine did not scrape, none can see.
    unseen = failover.lab.unseen(failover.redis.servers[1].metrics)
    assert counted <= 1.21
    assert counted >= 1 - (1 + unseen) * SCRAPE / LEDGER
    assert counted > 0


def test_the_time_without_one_primary_is_what_the_servers_say(failover: Failover) -> None:
    """Within two scrapes, before and after; and a server was down."""
    seen = failover.witness.seconds

    assert seen > 1
    assert failover.lab.counted("one-primary", until=time.time()) == pytest.approx(
        seen, abs=max(2 * SCRAPE, 0.1 * seen)
    )
    assert failover.lab.counted("servers-up") > 0


def test_every_indicator_has_data(failover: Failover) -> None:
    """All but `memory`, for there is no limit; the live check misses nothing else."""
    assert failover.lab.without_ledger() == {"memory"}
    assert failover.lab.missing() == []
