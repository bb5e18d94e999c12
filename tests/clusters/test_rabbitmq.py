"""The catalog's spec of RabbitMQ on a real node, with a client that counts what it publishes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clusters.catalog_lab import SCRAPE, CatalogLab, catalog_lab
from tests.conftest import require_programs
from tests.support.servers.prometheus_server import ScrapeJob
from tests.support.servers.rabbitmq_node import PROGRAMS, MqttClient, RabbitmqNode, rabbitmq_node

pytestmark = pytest.mark.programs("prometheus", *PROGRAMS)
A_SECOND = 50
LIMIT = 10_000  # of the catalog's `backlog`
MORE_THAN_ANY_DISK = str(10**15)


@dataclass
class Published:
    """What the client published, and what of it went nowhere: it knows, for it has no reader."""

    messages: int = 0
    unroutable: int = 0


@dataclass(frozen=True)
class Day:
    """A day with lost messages, a backlog, an alarm and a crash, all of it over."""

    lab: CatalogLab
    published: Published
    alarmed: float
    ended: float


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Messages without a reader; then too many that wait for one; then no disk; then a crash."""
    require_programs("prometheus", *PROGRAMS)
    directory = tmp_path_factory.mktemp("rabbitmq")
    with rabbitmq_node(directory) as node:
        each = {"metrics_path": "/metrics/per-object"}
        scrape = [
            ScrapeJob("rabbitmq", [node.metrics]),
            ScrapeJob("rabbitmq-queues", [node.metrics], options=each),
        ]
        with catalog_lab(directory, "rabbitmq", scrape) as lab:
            for slo in ("nodes-up", "alarms", "routed", "memory", "disk-space", "restarts"):
                lab.recovers(slo)
            published = Published()
            _lose_messages(node, lab, published)
            _fill_a_queue(node, lab, published)
            alarmed = _fill_the_disk(node, lab)
            node.process.kill()
            lab.goes_bad("nodes-up")
            node.start()
            lab.goes_bad("restarts")
            for slo in ("nodes-up", "alarms", "restarts"):
                lab.recovers(slo)
            yield Day(lab, published, alarmed, time.time())


def _lose_messages(node: RabbitmqNode, lab: CatalogLab, published: Published) -> None:
    for name in ("orders", "idle"):
        with MqttClient(node.mqtt, name, afresh=False) as reader:
            reader.subscribe(name)
    with MqttClient(node.mqtt) as client:
        for _ in range(5 * A_SECOND):
            client.publish("orders")
            client.publish("typo")
            published.unroutable += 1
            time.sleep(1 / A_SECOND)
        published.messages += client.published
    lab.goes_bad("routed")


def _fill_a_queue(node: RabbitmqNode, lab: CatalogLab, published: Published) -> None:
    with MqttClient(node.mqtt) as client:
        client.publish("orders", LIMIT + 1)
        published.messages += client.published
    lab.goes_bad("backlog")
    with MqttClient(node.mqtt, "orders"):
        lab.recovers("backlog")


def _fill_the_disk(node: RabbitmqNode, lab: CatalogLab) -> float:
    """For how many seconds there was an alarm."""
    node.control("set_disk_free_limit", MORE_THAN_ANY_DISK)
    started = time.monotonic()
    lab.goes_bad("alarms")
    lab.goes_bad("disk-space")
    node.control("set_disk_free_limit", "50000000")
    seconds = time.monotonic() - started
    lab.recovers("alarms")
    return seconds


def test_messages_are_as_many_as_the_client_published(day: Day) -> None:
    """Those that no queue wanted and all of them, within one scrape."""
    counted = day.lab.counted("routed", until=day.ended)
    assert counted == pytest.approx(day.published.unroutable, abs=A_SECOND * SCRAPE)

    total = day.lab.counted("routed", "total")
    allowed = max(A_SECOND * SCRAPE, 0.01 * day.published.messages)
    assert total == pytest.approx(day.published.messages, abs=allowed)


def test_the_time_of_an_alarm_is_what_the_operator_saw(day: Day) -> None:
    """Within two scrapes; the seconds in which the node was down count as well."""
    down = day.lab.counted("nodes-up", until=day.ended)

    assert down > 0
    assert day.lab.counted("alarms") == pytest.approx(day.alarmed + down, abs=3 * SCRAPE)


def test_a_crash_is_one_restart(day: Day) -> None:
    """The start time changes, by however much."""
    assert day.lab.counted("restarts", until=day.ended) == pytest.approx(1)


def test_every_indicator_has_data(day: Day) -> None:
    """No SLO of the catalog is without a ledger, and the live check misses no metric."""
    assert day.lab.without_ledger() == set()
    assert day.lab.missing() == []
