"""Maintenance in a real vmalert: what it leaves out is seen by when samples were recorded."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler import names
from tests.prometheus.test_vmalert import Traffic
from tests.support.servers.exposition import Exposition
from tests.support.servers.victoria_metrics import VictoriaMetrics

pytestmark = pytest.mark.programs("vmalert", "victoria-metrics")

# As at the defaults, an evaluation is as long as the store hides what is new: marks of maintenance
# are three evaluations ahead.
LATENCY, LEDGER = 5, 20
PROJECT = f"""\
bundle: planned
interval: {LATENCY}s
scrape_interval: {LATENCY}s
ledger_window: {LEDGER}s
targets: [vmalert]
specs: jobs.yaml
"""
SPEC = "---\n".join(
    f"""\
apiVersion: slokit/v1
service: {service}
slos:
  - name: failing
    objective: 99%
    sli: {{events: {{good: 'job_total{{result="ok"}}', total: job_total}}}}
"""
    for service in ("moved", "stays")
)
SIDES = ("total", "bad")
SOON, LONG = 25, 20  # seconds until the maintenance begins, and of it


@dataclass(frozen=True)
class Maintained:
    """What was recorded around a maintenance of one service, by Unix seconds."""

    server: VictoriaMetrics
    begin: float
    end: float

    def recorded(self, name: str, **labels: str) -> list[float]:
        """When a series was written."""
        return self.server.written(name, bundle="planned", **labels)

    def firing(self, service: str) -> list[float]:
        """When the page of a service fired."""
        own = {"alertname": names.BURN_ALERT, "severity": "page", "alertstate": "firing"}
        return self.recorded("ALERTS", service=service, **own)

    def within(self, times: list[float]) -> list[float]:
        """Those in the maintenance."""
        return [at for at in times if self.begin <= at <= self.end]


def load_rules(directory: Path, more: str = "") -> list[Path]:
    """The rule files of both services."""
    (directory / "jobs.yaml").write_text(SPEC)
    (directory / "slokit.yaml").write_text(PROJECT + more)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    assert not loaded.errors, loaded.errors
    api.write(loaded)
    return sorted(directory.rglob("*.rules.yaml"))


@pytest.fixture(scope="module")
def maintained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintained]:
    """Both services page; then one has a maintenance, which ends while its jobs still fail."""
    directory = tmp_path_factory.mktemp("maintained")
    with (
        Exposition() as exposed,
        Traffic(exposed),
        VictoriaMetrics(
            directory / "servers",
            scrape=[exposed.target],
            scrape_interval=f"{LATENCY}s",
            latency=f"{LATENCY}s",
        ) as server,
    ):
        for service in ("moved", "stays"):
            own = f'bundle="planned",service="{service}",slo="failing"'
            hour_ago = int(time.time() - 3600) * 1000
            server.write(f"slokit:since:timestamp{{{own}}} 0 {hour_ago}\n")
        server.evaluate(load_rules(directory))
        before = Maintained(server, 0, 0)
        server.wait_until(
            lambda: bool(before.firing("moved") and before.firing("stays")), "paging for both"
        )
        begin = int(time.time()) + SOON
        ends = [datetime.fromtimestamp(at, UTC).isoformat() for at in (begin, begin + LONG)]
        times = f'from: "{ends[0]}", to: "{ends[1]}"'
        entry = f"{{name: move, reason: Racks, services: [moved], {times}}}"
        load_rules(directory, f"maintenance: [{entry}]\n")
        server.reload()
        found = Maintained(server, begin, begin + LONG)
        server.wait_until(lambda: max(found.firing("moved")) > found.end, "paging again")
        yield found


def test_nothing_is_counted_in_its_time(maintained: Maintained) -> None:
    """Total and bad stop together; what comes after it holds nothing of it."""
    total, bad = (maintained.recorded(f"slokit:{side}:rate20s", service="moved") for side in SIDES)

    assert total == bad
    assert min(total) < maintained.begin
    assert maintained.within(total) == []
    assert min(at for at in total if at > maintained.end) >= maintained.end + LEDGER


def test_another_service_is_counted_all_the_while(maintained: Maintained) -> None:
    """Nobody else's ledger or page is touched."""
    ledger = maintained.recorded("slokit:total:rate20s", service="stays")

    assert maintained.within(ledger)
    assert maintained.within(maintained.firing("stays"))


def test_its_page_ends_and_comes_again(maintained: Maintained) -> None:
    """It fired before, is silent for all of the time, and fires afterwards, as jobs still fail."""
    pages = maintained.firing("moved")

    assert min(pages) < maintained.begin
    assert maintained.within(pages) == []
    assert max(pages) > maintained.end


def test_a_series_says_that_it_is_on(maintained: Maintained) -> None:
    """By its name, ahead of its time."""
    marks = maintained.recorded("slokit:maintenance:active", maintenance="move")

    assert maintained.within(marks)


def test_no_rule_fails(maintained: Maintained) -> None:
    """In and around the maintenance."""
    assert maintained.server.faults() == []
