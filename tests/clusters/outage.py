"""A bad minute of a real etcd cluster: its leader dies, a follower hangs, quorum is lost.

Time is compressed: scrapes and evaluations every second, a ledger window of five. The burn alerts
keep their real windows, so the objectives of the test's own service are chosen to be burnt within
seconds; the catalog's etcd spec is taken as it is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from slokit.compiler import names
from tests.clusters.observers import CODES, Client, Witness
from tests.prometheus.bundles import Repository
from tests.support.history.recorded_history import long_there
from tests.support.servers.etcd_cluster import EtcdCluster, Member
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

SCRAPE, LEDGER = 1, 5
PROJECT = (
    f"bundle: live\nspecs: slo-specs\ninterval: {SCRAPE}s\nscrape_interval: {SCRAPE}s\n"
    f"ledger_window: {LEDGER}s\n"
)
# A page wants 14.4 times the budget: 28.8 % of the time without a leader, 14.4 % failed writes.
CLIENTS = """\
apiVersion: slokit/v1
service: clients
slos:
  - name: leader-present
    objective: 98%
    sli: {threshold: {metric: 'etcd_server_has_leader{job="etcd"}', at_least: 1, aggregate: best,
                      expected: 'up{job="etcd"}'}}
  - name: writes
    objective: 99%
    sli: {events: {bad: 'client_requests_total{code="failed"}', total: client_requests_total}}
"""
CATALOG = Path(__file__).parents[2] / "slo-specs" / "etcd.yaml"
SLOS = ("leader-present", "writes")
CHANGES = "etcd_server_leader_changes_seen_total"
# Until a scrape of a hung member is given up, its last word still counts.
QUICK = {"scrape_timeout": "500ms"}
OUTAGE, TIMEOUT = 10.0, 60.0


@dataclass
class Outage:
    """What happened; moments are Unix seconds. `survivor` never died and never hung."""

    repository: Repository
    server: PrometheusServer
    cluster: EtcdCluster
    client: Client
    witness: Witness
    survivor: Member
    started: float = field(default_factory=time.time)
    quorum_lost: float = 0.0
    quorum_back: float = 0.0
    ended: float = 0.0
    elections: float = 0.0
    fired: frozenset[str] = frozenset()

    def paging(self) -> set[str]:
        """The SLOs that page, and burn too fast over the shortest windows, just now.

        The page itself goes on while longer ones burn.
        """
        quick = f'{names.BURN_TOO_FAST}{{service="clients",severity="page",short="5m"}}'
        pages = f'ALERTS{{alertname="{names.BURN_ALERT}",severity="page",alertstate="firing"}}'
        found = self.server.query(f"{quick} and on (service, slo) {pages}")
        return {sample.labels[names.SLO] for sample in found}

    def run(self) -> None:
        """Let it all happen, each step as soon as Prometheus has seen the one before."""
        before = leader_changes(self.survivor)
        with self.client.running():
            warm = self.started + 2 * LEDGER
            self._wait(lambda: self._counted_until() > warm, "the first counts")
            self._lose_the_leader()
            self._hang_a_follower()
            self._lose_quorum()
        self.ended = time.time()
        whole = self.ended + 2 * LEDGER + 2 * SCRAPE
        self._wait(lambda: self._counted_until() > whole, "the last counts")
        self.elections = leader_changes(self.survivor) - before

    def _counted_until(self) -> float:
        """The moment of the newest counts of the ledger."""
        counts = f'{names.bad_events(Fraction(LEDGER))}{{service="clients",slo="writes"}}'
        return max((one.value for one in self.server.query(f"timestamp({counts})")), default=0.0)

    def _lose_the_leader(self) -> None:
        lost = self.cluster.leader()
        self.cluster.kill(lost)
        self._is_up(lost, up=0)
        self.cluster.leader()
        self.cluster.start(lost)
        self._is_up(lost, up=1)

    def _hang_a_follower(self) -> None:
        hung = next(name for name in self.cluster.followers() if name != self.survivor.name)
        self.cluster.pause(hung)
        self._is_up(hung, up=0)
        self.cluster.resume(hung)
        self._is_up(hung, up=1)

    def _lose_quorum(self) -> None:
        hung = [name for name in self.cluster.members if name != self.survivor.name]
        self.quorum_lost = time.time()
        for name in hung:
            self.cluster.pause(name)
        self._wait(lambda: self.paging() >= set(SLOS), "the pages")
        self._wait(lambda: time.time() > self.quorum_lost + OUTAGE, "the end of the outage")
        self.fired = frozenset(self.paging())
        for name in hung:
            self.cluster.resume(name)
        self.cluster.leader()
        self.quorum_back = time.time()
        self.client.hurry()
        self._wait(lambda: not self.paging(), "the end of the pages")

    def _is_up(self, name: str, up: int) -> None:
        """Wait until three scrapes of a member in a row went well, or failed."""
        of = f'up{{instance="{self.cluster.members[name].client}"}}'
        lasting = f"{'min' if up else 'max'}_over_time({of}[2s])"
        self._wait(lambda: self.server.value(lasting) == up, f"{name} {'up' if up else 'down'}")

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        self.server.wait_until(holds, what, TIMEOUT)


@contextmanager
def bad_minute(directory: Path) -> Iterator[Outage]:
    """The outage, over; its servers run on until the block ends."""
    repository = Repository(directory / "repository")
    specs = {"etcd": CATALOG.read_text(), "clients": CLIENTS}
    repository.write(PROJECT, specs)
    with ExitStack() as stack:
        cluster = stack.enter_context(EtcdCluster(directory / "etcd"))
        exposed = stack.enter_context(Exposition())
        survivor = cluster.members[cluster.followers()[0]]
        exposed.set_samples({f'client_requests_total{{code="{code}"}}': 0.0 for code in CODES})
        server = PrometheusServer(
            directory / "prometheus",
            rule_files=[repository.rules],
            scrape=[ScrapeJob("etcd", cluster.metrics_targets, options=QUICK), exposed.target],
        )
        # Not on their first day: pages are wanted of the seconds to come.
        own = {names.BUNDLE: "live", names.SERVICE: "clients"}
        long_there(server, *({**own, names.SLO: slo} for slo in SLOS))
        stack.enter_context(server)
        server.wait_until(lambda: len(server.query("client_requests_total")) == 2, "scraped")
        server.wait_until(lambda: len(server.query(CHANGES)) == 3, "scraped three members")
        witness = stack.enter_context(Witness(list(cluster.members.values())))
        client = Client(survivor, exposed)
        outage = Outage(repository, server, cluster, client, witness, survivor)
        outage.run()
        yield outage


def leader_changes(member: Member) -> float:
    """What a member itself says about how many leaders it saw."""
    lines = member.session.get(f"{member.url}/metrics", timeout=5).text.splitlines()
    (line,) = [line for line in lines if line.startswith(f"{CHANGES} ")]
    return float(line.split()[1])
