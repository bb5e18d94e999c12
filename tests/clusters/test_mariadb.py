"""The catalog's spec of MariaDB on a real primary and its replica, of which the primary dies.

The test itself asks who accepts writes, and it counts the connections that are refused to it.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clusters.catalog_lab import SCRAPE, CatalogLab, catalog_lab
from tests.clusters.witness import Witness
from tests.conftest import require_programs
from tests.support.servers.mariadb_pair import CONNECTIONS, PROGRAMS, MariadbPair, mariadb_pair
from tests.support.servers.prometheus_server import ScrapeJob

pytestmark = pytest.mark.programs("prometheus", *PROGRAMS)
SLOS = (
    "servers-up",
    "one-primary",
    "replication-lag",
    "replicas-running",
    "connections",
    "refused-connections",
)


A_SECOND = 50


@dataclass
class Client:
    """Opens more connections than there may be, and counts those that are refused."""

    opened: int = 0
    refused: int = 0

    def crowd(self, pair: MariadbPair, lab: CatalogLab) -> None:
        """Hold all connections of the primary and ask for more, until the ledger has seen it."""
        held: list[socket.socket] = []
        while len(held) <= CONNECTIONS and (one := self._open(pair)):
            held.append(one)
        lab.goes_bad("connections")
        for _ in range(5 * A_SECOND):
            self._open(pair)
            time.sleep(1 / A_SECOND)
        lab.goes_bad("refused-connections")
        for one in held:
            one.close()

    def _open(self, pair: MariadbPair) -> socket.socket | None:
        one = pair.primary.connect()
        self.opened += 1
        self.refused += one is None
        return one


@dataclass(frozen=True)
class Day:
    """A day with a crowd, a failover and a broken replication, all of it over."""

    lab: CatalogLab
    client: Client
    witness: Witness
    ended: float


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """More connections than there may be; then the primary dies, and its replica is promoted."""
    require_programs("prometheus", *PROGRAMS)
    directory = tmp_path_factory.mktemp("mariadb")
    with mariadb_pair(directory) as pair:
        targets = [one.metrics for one in (pair.primary, pair.replica)]
        scrape = [ScrapeJob("mariadb", targets, {"cluster": "orders"})]
        with catalog_lab(directory, "mariadb", scrape) as lab:
            for slo in SLOS:
                lab.recovers(slo)
            client = Client()
            client.crowd(pair, lab)
            for slo in ("connections", "refused-connections"):
                lab.recovers(slo)
            with Witness(pair.has_one_primary) as witness:
                pair.primary.process.kill()
                lab.goes_bad("servers-up")
                lab.goes_bad("one-primary")
                lab.prometheus.wait_until(lambda: witness.seconds > 4, "without a primary")
                pair.fail_over()
                lab.recovers("servers-up")
                lab.recovers("one-primary")
            pair.replica.sql("STOP SLAVE")
            lab.goes_bad("replicas-running")
            lab.goes_bad("replication-lag")
            pair.replica.sql("START SLAVE")
            for slo in SLOS:
                lab.recovers(slo)
            yield Day(lab, client, witness, time.time())


def test_refused_connections_are_as_many_as_the_client_saw(day: Day) -> None:
    """Within one scrape; and the attempts are the client's, besides those of the exporters."""
    assert day.client.refused >= 5 * A_SECOND
    counted = day.lab.counted("refused-connections", until=day.ended)
    assert counted == pytest.approx(day.client.refused, abs=A_SECOND * SCRAPE)
    total = day.lab.counted("refused-connections", "total")
    assert total >= day.client.opened - A_SECOND * SCRAPE


def test_the_time_without_one_primary_is_what_the_servers_say(day: Day) -> None:
    """Within two scrapes, before and after; and a server was down."""
    seen = day.witness.seconds

    assert seen > 4
    assert day.lab.counted("one-primary", until=day.ended) == pytest.approx(
        seen, abs=max(2 * SCRAPE, 0.1 * seen)
    )
    assert day.lab.counted("servers-up") > 0


def test_every_indicator_has_data(day: Day) -> None:
    """No SLO of the catalog is without a ledger, and the live check misses no metric."""
    assert day.lab.without_ledger() == set()
    assert day.lab.missing() == []
