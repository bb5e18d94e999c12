"""The catalog's spec of HAProxy on a real one whose servers die: the client counts along."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread
from typing import Self

import pytest

from slokit.demo.processes import HOST, free_ports
from tests.clusters.catalog_lab import CatalogLab, catalog_lab
from tests.conftest import require_programs
from tests.support.servers.exposition import Exposition
from tests.support.servers.process import ServerProcess, answers, loopback_session
from tests.support.servers.prometheus_server import ScrapeJob

pytestmark = pytest.mark.programs("prometheus", "haproxy")
CONFIGURATION = """\
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend shop
  bind {host}:{shop}
  default_backend app
backend app
  option httpchk GET /
  default-server check inter 300ms fall 2 rise 1
  server a {a}
  server b {b}
frontend metrics
  bind {host}:{metrics}
  http-request use-service prometheus-exporter if {{ path /metrics }}
"""


class Client:
    """Asks the shop some fifty times a second, and counts the answers by their status."""

    def __init__(self, url: str) -> None:
        self.answers: Counter[int] = Counter()
        self.seconds: Counter[int] = Counter()
        self._url = url
        self._done = Event()
        self._thread = Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._done.set()
        self._thread.join(10)

    def _ask(self) -> None:
        session = loopback_session()
        while not self._done.wait(0.02):
            self.answers[session.get(self._url, timeout=10).status_code] += 1
            self.seconds[int(time.time())] += 1


@dataclass(frozen=True)
class Day:
    """A load balancer of which both servers died and came back, and who asked it meanwhile."""

    lab: CatalogLab
    client: Client
    process: ServerProcess


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """One server dies, then the other, and both come back."""
    require_programs("prometheus", "haproxy")
    directory = tmp_path_factory.mktemp("haproxy")
    shop, metrics = free_ports(2)
    with Exposition() as first, Exposition() as second:
        file = directory / "haproxy.cfg"
        servers = {"a": first.target, "b": second.target}
        file.write_text(CONFIGURATION.format(host=HOST, shop=shop, metrics=metrics, **servers))
        process = ServerProcess(["haproxy", "-db", "-f", str(file)], directory / "haproxy.log")
        process.start()
        try:
            url, session = f"http://{HOST}:{shop}/", loopback_session()
            process.wait_until(lambda: answers(session, url), "serving")
            scrape = [ScrapeJob("haproxy", [f"{HOST}:{metrics}"])]
            with catalog_lab(directory, "haproxy", scrape) as lab:
                lab.prometheus.wait_for('slokit:total:rate5s{slo="availability"} >= 0')
                with Client(url) as client:
                    lab.prometheus.wait_for('slokit:total:rate5s{slo="availability"} > 5')
                    first.fail(500)
                    lab.goes_bad("servers-up")
                    second.fail(500)
                    lab.goes_bad("backend-up")
                    failures = 'sum(haproxy_frontend_http_responses_total{code="5xx"}) > 80'
                    lab.prometheus.wait_for(failures)
                    first.set("")
                    second.set("")
                    lab.recovers("servers-up")
                    lab.recovers("backend-up")
                yield Day(lab, client, process)
        finally:
            process.stop()


def test_requests_are_as_many_as_the_client_saw(day: Day) -> None:
    """Those that failed and all of them, within one scrape."""
    answers_of, at_once = day.client.answers, max(day.client.seconds.values())
    failed = sum(count for status, count in answers_of.items() if status >= 500)
    counted = day.lab.counted("availability", until=time.time())

    assert failed > at_once
    assert counted == pytest.approx(failed, abs=at_once)
    total = day.lab.counted("availability", "total")
    assert total == pytest.approx(answers_of.total(), abs=max(at_once, 0.01 * answers_of.total()))


def test_every_indicator_has_data(day: Day) -> None:
    """No SLO of the catalog is without a ledger, and the live check misses no metric."""
    assert day.lab.without_ledger() == set()
    assert day.lab.missing() == []


def test_a_restart_counts_once(day: Day) -> None:
    """The start time changes, by however much."""
    assert day.lab.counted("restarts") == 0
    day.process.stop()
    day.process.start()
    day.lab.goes_bad("restarts")
    day.lab.recovers("restarts")

    assert day.lab.counted("restarts", until=time.time()) == pytest.approx(1)
