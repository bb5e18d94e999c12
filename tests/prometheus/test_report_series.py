"""The series of a report: every slot against plain arithmetic on a ledger written by hand."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler import names
from slokit.reporting.model import Report, Threshold
from tests.prometheus.recorded_ledger import Ledger
from tests.support.history.history import server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, WINDOW = 86_400, 3600, 300
AT = 1_767_225_600.0
SLOT = 3 * HOUR
OUTAGE = (AT - 9 * DAY - 20 * 60, AT - 9 * DAY + 40 * 60)
BORN = AT - 20 * DAY
SERVICES = 12
SETTINGS = """\
bundle: shop
specs: [specs]
alert_policies: {parts: {budget_alerts: [{severity: ticket, spent: 75%}]}}
"""
SPEC = """\
apiVersion: slokit/v1
service: SERVICE
defaults: {window: 30d, group_by: [shard], alert_policy: parts}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


def _service(number: int) -> str:
    return "edge" if not number else f"edge-{number}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen services of one SLO each."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text(SETTINGS)
    (root / "specs").mkdir()
    for number in range(SERVICES):
        text = SPEC.replace("SERVICE", _service(number))
        (root / "specs" / f"{number}.yaml").write_text(text)
    return root


@pytest.fixture(scope="module")
def ledgers(project: Path) -> list[Ledger]:
    """Shard a has an outage of an hour, shard b is young and always a bit bad; the rest are calm.

    Ledger windows end 17 s after the full ones, so that none is shared by two slots.
    """
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    start = AT - 36 * DAY
    base = Ledger(settings, start, AT, 100.0, 40.0, OUTAGE, labels={"shard": "a"})
    young = Ledger(settings, BORN, AT, 50.0, 0.1, labels={"shard": "b"})
    calm = [
        replace(
            base,
            bad=1.0,
            between=(AT - 2 * DAY, AT - DAY),
            labels={"shard": "c", names.SERVICE: _service(number)},
        )
        for number in range(1, SERVICES)
    ]
    return [base, young, *calm]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, ledgers: list[Ledger]
) -> Iterator[PrometheusServer]:
    """A Prometheus that holds these ledgers."""
    every = [each for ledger in ledgers for each in ledger.series()]
    once = {tuple(sorted(each.labels.items())): each for each in reversed(every)}
    with server_with_history(tmp_path_factory.mktemp("series"), list(once.values())) as running:
        yield running


def _report(
    project: Path, server: PrometheusServer, series: int, slos: Sequence[str] | None = None
) -> Report:
    loaded = api.load(project=str(project / "slokit.yaml"))
    return api.report(
        loaded, server.url, at=AT, period="7d", source="recorded", slos=slos, series=series
    )


def _expected(ledger: Ledger, slot_end: float) -> tuple[float, float, int]:
    """Total and bad of a slot, and how many ledger windows end in it."""
    ends = [end for end in ledger.slots() if slot_end - SLOT < end <= slot_end]
    start, end = ledger.between or (ledger.start, ledger.end)
    bad = sum(ledger.bad for moment in ends if start < moment <= end)
    return ledger.total * len(ends), bad, len(ends)


def test_every_slot_is_the_sum_of_its_ledger_windows(
    project: Path, server: PrometheusServer, ledgers: list[Ledger]
) -> None:
    """Totals and bad events agree with the ledger, exactly; a slot without any is left out."""
    made = _report(project, server, 100, ["edge"])
    by_shard = {row.group["shard"]: row for row in made.rows}

    assert made.slot_seconds == SLOT
    for ledger in ledgers[:2]:
        series = by_shard[ledger.labels["shard"]].series
        for slot in series:
            total, bad, windows = _expected(ledger, slot.end)
            assert slot.windows == windows
            assert slot.total == pytest.approx(total)
            assert slot.bad == pytest.approx(bad)
        assert len(series) == math.ceil((AT - max(ledger.start, AT - 35 * DAY)) / SLOT)


def test_the_slots_of_a_window_add_up_to_it(project: Path, server: PrometheusServer) -> None:
    """Of each row, bad events and totals of its slots are those of its window."""
    for row in _report(project, server, 100).rows:
        inside = [slot for slot in row.series if slot.end > AT - 30 * DAY]

        assert sum(slot.bad for slot in inside) == pytest.approx(row.window_measure.bad)
        assert sum(slot.total for slot in inside) == pytest.approx(row.window_measure.total)


def test_series_cost_one_request_however_many_slos(project: Path, server: PrometheusServer) -> None:
    """One more than without them, of one SLO or of a dozen."""
    costs = [
        _report(project, server, 100, slos).requests - _report(project, server, 0, slos).requests
        for slos in (["edge"], None)
    ]

    assert costs == [1, 1]


def test_what_spent_most_has_its_series(project: Path, server: PrometheusServer) -> None:
    """Of a dozen groups the three that spent most; without any, no row has one."""
    found = [row.id for row in _report(project, server, 3).rows if row.series]

    assert found == ["edge/one", "edge/one", "edge-1/one"]
    assert not any(row.series for row in _report(project, server, 0).rows)


def test_what_is_spent_before_an_alert_fires_is_drawn(
    project: Path, server: PrometheusServer
) -> None:
    """An alert at three quarters is a threshold at a quarter left, in its own words."""
    row = _report(project, server, 100, ["edge"]).rows[0]

    assert row.thresholds == (Threshold(0.25, "ticket: 75% spent"),)
