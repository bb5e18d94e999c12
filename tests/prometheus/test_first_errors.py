"""A process that is deployed every day and counts its own failures, in fast motion.

Three instances of a shop that counts with prometheus_client, each restarted every "day" of twenty
seconds; a real Prometheus scrapes them and runs slokit's rules every second. Most failures are the
first of their series, as in any healthy service.
"""

import json
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit.demo.processes import HOST, free_ports
from tests.support.compile.compiled import compiled, rules_of
from tests.support.servers import shop_of_a_day
from tests.support.servers.process import ServerProcess
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob
from tests.support.servers.shop_of_a_day import FAILING, TWICE

pytestmark = pytest.mark.programs("prometheus")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "concepts.md"
INSTANCES, DAYS = 3, 3
# The last failure leaves the ledger window, and the evaluations of that time are stored.
TIME_TO_SETTLE = 7
BAD, TOTAL = 'http_requests_total{code=~"5.."}', "http_requests_total"
SPEC = f"""
apiVersion: slokit/v1
service: shop
defaults: {{window: 1d, alert_policy: none, selector: {{job: shop}}, offset: 1s}}
slos:
  - name: from-zero
    objective: 99.9%
    sli: {{events: {{bad: '{BAD}', total: {TOTAL}, starts_at_zero: true}}}}
  - name: without
    objective: 99.9%
    sli: {{events: {{bad: '{BAD}', total: {TOTAL}}}}}
"""
# In such fast motion scrapes take a good part of a second until they can be read: hence the offset.
TIMING = {"interval": "1s", "scrape_interval": "1s", "ledger_window": "4s"}
# The ways to count, as the table in docs/concepts.md calls them.
ITSELF, FROM_ZERO = "the process itself", "slokit with `starts_at_zero: true`"
WITHOUT = "slokit without it"
SLOTH = "Sloth: the mean of `rate(bad[5m]) / rate(total[5m])`"
INCREASE = "`sum(increase(bad[30d]))`"
RECORD = "slokit:bad:rate4s"
SLOTH_RATIO = f"sum(rate({BAD}[4s])) / sum(rate({TOTAL}[4s])) >= 0"


def live(directory: Path, targets: list[str]) -> Mapping[str, int]:
    """Live through all days; what the processes say of themselves, added up."""
    done = {"requests": 0, "failed": 0}
    for day in range(DAYS):
        written = [directory / f"{day}-{number}.json" for number in range(len(targets))]
        shops = [
            ServerProcess(
                [
                    sys.executable,
                    shop_of_a_day.__file__,
                    target,
                    str(100 * day + number),
                    str(file),
                ],
                directory / "shop.log",
            )
            for number, (target, file) in enumerate(zip(targets, written, strict=True))
        ]
        try:
            for shop in shops:
                shop.start()
            while any(shop.is_running for shop in shops):
                time.sleep(0.1)
        finally:
            for shop in shops:
                shop.stop()
        for file in written:
            own = json.loads(file.read_text())
            done = {key: value + own[key] for key, value in done.items()}
    return done


@dataclass(frozen=True)
class Counted:
    """Failed requests by each way to count, as of the stored scrapes.

    ``recorded`` is what the rules wrote live, ``missed`` how many evaluations of their group did
    not happen because the machine was too slow.
    """

    failed: Mapping[str, float]
    recorded: float
    missed: float

    def percent(self, way: str) -> float:
        """What one way sees of all failures."""
        return 100 * self.failed[way] / self.failed[ITSELF]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """Some days of the shop, lived through once."""
    directory = tmp_path_factory.mktemp("shop")
    made = compiled(directory / "c", SPEC, **TIMING)
    targets = [f"{HOST}:{port}" for port in free_ports(INSTANCES)]
    scrape = [ScrapeJob("shop", targets)]
    with PrometheusServer(directory / "s", rule_files=made.ledgers, scrape=scrape) as server:
        begun = time.time()
        itself = live(directory, targets)
        time.sleep(TIME_TO_SETTLE)
        now = time.time()
        span = f"{now - begun:.0f}s"
        from_zero, without = (
            rule["expr"] for rule in rules_of(made.ledgers[0]) if rule["record"] == RECORD
        )
        failed = {
            ITSELF: float(itself["failed"]),
            FROM_ZERO: server.value(f"sum(sum_over_time(({from_zero})[{span}:1s]))", now),
            WITHOUT: server.value(f"sum(sum_over_time(({without})[{span}:1s]))", now),
            SLOTH: server.value(f"avg_over_time(({SLOTH_RATIO})[{span}:1s])", now)
            * itself["requests"],
            INCREASE: server.value(f"sum(increase({BAD}[{span}]))", now),
        }
        assert not server.failures()
        recorded = server.value(f"sum(sum_over_time({RECORD}{{slo='from-zero'}}[{span}]))", now)
        return Counted(failed, recorded, server.missed_evaluations())


def test_slokit_counts_what_the_processes_count(counted: Counted) -> None:
    """With the key, within 1 % of what they say of themselves, live and from the stored scrapes.

    An evaluation that did not happen takes the events of a second with it: 5 % at most.
    """
    truth = counted.failed[ITSELF]

    assert truth == INSTANCES * DAYS * (FAILING + TWICE)
    assert counted.failed[FROM_ZERO] == pytest.approx(truth, rel=0.01)
    assert counted.recorded == pytest.approx(truth, rel=0.01 + 0.05 * counted.missed)


@pytest.mark.parametrize("way", [WITHOUT, SLOTH, INCREASE])
def test_growth_alone_misses_most_failures(counted: Counted, way: str) -> None:
    """Without the key, by Sloth's expression and by plain increase(), more than two thirds."""
    assert counted.percent(way) < 100 / 3


def test_the_concepts_page_shows_what_was_measured(counted: Counted) -> None:
    """The table of the page has these numbers; what is extrapolated differs by up to 8 %."""
    shown = re.findall(
        r"^\| ([^|]+) \| (\d+) % \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert [way for way, _ in shown] == list(counted.failed)
    for way, percent in shown:
        tolerance = 1 if way in {ITSELF, FROM_ZERO} else 8
        assert float(percent) == pytest.approx(counted.percent(way), abs=tolerance)
    assert f"{counted.failed[ITSELF]:.0f} requests failed" in PAGE.read_text(encoding="utf-8")
