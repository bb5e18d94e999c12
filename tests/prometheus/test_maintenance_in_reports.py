"""Reports leave out maintenance after the fact, from the ledger and from raw history alike."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slokit.model.bundle import Project
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command_here import slokit
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

HOUR, DAY, SLOT = 3600, 86_400, 300
END = 1_767_225_600.0
OUTAGE = END - 2 * DAY
PER_SECOND = 10.0
TOTAL = PER_SECOND * SLOT
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 4d, group_by: []}
slos:
  - {name: one, objective: 90%, sli: {events: {bad: errors_total, total: requests_total}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Five days of a ledger and of the counters behind it; all fails for one hour of them."""
    start = END - 5 * DAY
    ledger = Ledger(
        Project(bundle="planned"),
        start,
        END + 1200,
        TOTAL,
        TOTAL,
        between=(OUTAGE, OUTAGE + HOUR),
        budget=0.1,
    )
    times = every(start - HOUR, END + 1200, 30)
    good = PER_SECOND * (times - times[0])
    bad = PER_SECOND * np.clip(times - OUTAGE, 0, HOUR)
    raw = [
        history({"__name__": "requests_total", "job": "edge"}, times, good),
        history({"__name__": "errors_total", "job": "edge"}, times, bad),
    ]
    with server_with_history(tmp_path_factory.mktemp("left"), [*ledger.series(), *raw]) as running:
        yield running


def at(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def planned(name: str, start: float, end: float, applies: str = "report") -> str:
    times = f'from: "{at(start)}", to: "{at(end)}"'
    return f"{{name: {name}, reason: Agreed, {times}, applies: [{applies}]}}"


class Reports:
    """Reports of the one SLO under different maintenances."""

    def __init__(self, server: PrometheusServer, directory: Path) -> None:
        self._server, self._directory = server, directory

    def made(self, source: str, *maintenances: str, form: str = "json", moment: float = END) -> str:
        listed = f"maintenance: [{', '.join(maintenances)}]\n" if maintenances else ""
        text = f"bundle: planned\nspecs: s.yaml\n{listed}"
        (self._directory / "slokit.yaml").write_text(text)
        (self._directory / "s.yaml").write_text(SPEC)
        options = ["--prometheus", self._server.url, "--at", str(moment), "--format", form]
        ran = slokit(self._directory, "report", "--source", source, *options)
        assert ran.code == 0, ran.err
        return ran.out

    def report(self, source: str, *maintenances: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.made(source, *maintenances))
        return found

    def row(self, source: str, *maintenances: str) -> dict[str, Any]:
        (row,) = self.report(source, *maintenances)["rows"]
        assert isinstance(row, dict)
        return row


@pytest.fixture
def reports(server: PrometheusServer, tmp_path: Path) -> Reports:
    return Reports(server, tmp_path)


WHOLE = planned("whole", OUTAGE, OUTAGE + HOUR)


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_what_is_agreed_afterwards_is_left_out(reports: Reports, source: str) -> None:
    """Nothing bad is left, and beside it stands what there was; coverage is less by the time."""
    plain, row = reports.row(source), reports.row(source, WHOLE)

    assert plain["uncorrected_window"] is None
    assert plain["window_measure"]["bad"] == pytest.approx(PER_SECOND * HOUR, rel=0.01)
    assert row["window_measure"]["bad"] == 0
    assert row["window_measure"]["budget_remaining_ratio"] == 1
    assert row["uncorrected_window"] == plain["window_measure"]
    assert row["uncorrected_period"] == plain["period_measure"]
    less = plain["window_measure"]["total"] - row["window_measure"]["total"]
    assert less == pytest.approx(TOTAL * 14, abs=TOTAL)
    assert plain["incidents"]
    assert row["incidents"] == []


def test_the_ledger_and_raw_history_agree(reports: Reports) -> None:
    """Both leave out the same slots."""
    recorded, raw = (reports.row(source, WHOLE) for source in ("recorded", "raw"))

    for key in ("bad", "total", "budget_remaining_ratio"):
        expected = recorded["window_measure"][key]
        assert raw["window_measure"][key] == pytest.approx(expected, rel=0.002)


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_no_slot_is_taken_off_twice(reports: Reports, source: str) -> None:
    """Maintenances that overlap, hold one another or touch are the same as one."""
    parts = (
        planned("a", OUTAGE, OUTAGE + HOUR / 2),
        planned("b", OUTAGE + HOUR / 4, OUTAGE + 3 * HOUR / 4),
        planned("c", OUTAGE + HOUR / 3, OUTAGE + HOUR / 2),
        planned("d", OUTAGE + 3 * HOUR / 4, OUTAGE + HOUR),
    )

    assert reports.row(source, *parts) == reports.row(source, WHOLE)


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_no_length_and_no_match_change_nothing(reports: Reports, source: str) -> None:
    """A maintenance that ends when it begins, and one that is for another SLO."""
    other = WHOLE.replace("{name: whole", "{name: other, match: 'slo=\"two\"'")
    never = planned("never", OUTAGE + 600, OUTAGE + 600)

    assert reports.row(source, other, never) == reports.row(source)


def test_half_of_an_outage_leaves_the_other_half(reports: Reports) -> None:
    """What was before the time that is left out counts, to a slot."""
    row = reports.row("recorded", planned("half", OUTAGE + HOUR / 2, OUTAGE + HOUR))

    assert row["window_measure"]["bad"] == pytest.approx(TOTAL * 6, abs=TOTAL)


def test_raw_history_skips_what_ledgers_do_not_count(reports: Reports) -> None:
    """The ledger was not stopped here, and says so; raw history leaves the time out by itself."""
    stopped = planned("whole", OUTAGE, OUTAGE + HOUR, "ledger, alerts, report")

    assert reports.row("raw", stopped)["window_measure"]["bad"] == 0
    assert reports.row("raw", stopped)["uncorrected_window"] is None
    assert reports.row("recorded", stopped) == reports.row("recorded")


def test_reports_list_maintenance_with_its_reason(reports: Reports) -> None:
    """In JSON, and as a sentence in what people read, with both numbers."""
    (listed,) = reports.report("recorded", WHOLE)["maintenance"]
    text = reports.made("recorded", WHOLE, form="table")

    assert (listed["name"], listed["reason"], listed["corrected"]) == ("whole", "Agreed", True)
    assert [each["from"] for each in listed["times"]] == ["2025-12-30T00:00:00Z"]
    assert "whole, 2025-12-30 00:00 UTC for 1h: Agreed (all services" in text
    assert "of the budget is left; with what was left out it would be 89.6" in text
    for form in ("md", "html"):
        assert "Agreed" in reports.made("recorded", WHOLE, form=form)


def test_silence_of_a_maintenance_is_no_missing_data(reports: Reports) -> None:
    """While a ledger is stopped its budget is known; without a plan, silence is what it is."""
    begin, later = END + 1200, END + 1200 + HOUR
    planned_now = planned("now", begin, later + HOUR, "ledger, alerts, report")

    def state(*maintenances: str) -> tuple[str, bool]:
        report = json.loads(reports.made("recorded", *maintenances, moment=later))
        (row,) = report["rows"]
        return row["state"], row["window_measure"]["budget_remaining_ratio"] is None

    assert state() == ("no-data", True)
    assert state(planned_now) == ("idle", False)
