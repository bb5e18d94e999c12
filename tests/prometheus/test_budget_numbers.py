"""The numbers of reports over a ledger and raw series that are known to the event.

Everything ends at END; counts go on a little longer, so that a report can be made at any moment
between two ledger windows.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from slokit.compiler import names
from slokit.model.bundle import Project
from tests.prometheus.recorded_ledger import Ledger
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.prometheus_proxy import PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

MINUTE, HOUR, DAY = 60, 3600, 86_400
END = 1_767_225_600.0
AFTER = 1200
TOTAL, BAD = 3000.0, 6.0
EVENTS = "events: {bad: errors_total, total: requests_total}"
START = END - 4 * DAY


def bundle(name: str, window: int = 300) -> Project:
    return Project(bundle=name, ledger_window=Fraction(window))


def outage() -> tuple[float, float]:
    """An hour of the day before yesterday."""
    return END - 2 * DAY, END - 2 * DAY + HOUR


def steady(project: Project, **more: Any) -> Ledger:
    return Ledger(project, START, END + AFTER, TOTAL, BAD, **more)


def renamed_twice() -> list[Ledger]:
    """An SLO that was called `first`, then `second`, and promised twice as much until today."""
    project, old = bundle("twice"), END - 60 * HOUR
    first = {"slo": "first"}
    return [
        Ledger(project, START, old, TOTAL, 300.0, (old - 4 * HOUR, old - 3 * HOUR), 0.005, first),
        Ledger(project, old, END - DAY, TOTAL, BAD, budget=0.005, labels={"slo": "second"}),
        Ledger(project, END - DAY, END + AFTER, TOTAL, BAD),
    ]


def ledgers() -> list[History]:
    """One bundle for each case."""
    two = {"what": "red"}, {"what": "blue"}
    cases = [
        steady(bundle("steady")),
        steady(bundle("ten", 600)),
        Ledger(bundle("hour"), START, END + AFTER, TOTAL, 300.0, outage()),
        Ledger(bundle("young"), END - DAY, END + AFTER, TOTAL, 300.0),
        Ledger(bundle("gone"), START, END - HOUR, TOTAL, BAD),
        Ledger(bundle("renamed"), START, END - 2 * DAY, TOTAL, BAD, labels={"slo": "older"}),
        Ledger(bundle("renamed"), END - 2 * DAY, END + AFTER, TOTAL, BAD),
        *renamed_twice(),
        *(steady(bundle("colours"), labels=labels) for labels in two),
        steady(bundle("regrouped"), labels={"cluster": "a", "region": "eu"}),
        steady(bundle("regrouped"), labels={"cluster": "a"}),
    ]
    found = [series for case in cases for series in case.series()]
    found += steady(bundle("half")).series(without_bad=True)
    gap = bundle("gap")
    found += Ledger(gap, START, END - DAY, TOTAL, BAD).series()
    found += Ledger(gap, END - HOUR, END + AFTER, TOTAL, BAD).series()
    return found


def alerts() -> list[History]:
    """A page of ninety seconds in the bad hour."""
    labels = {
        "__name__": "ALERTS", "alertname": names.BURN_ALERT, "alertstate": "firing",
        "severity": "page", "alert_policy": "default",
        "bundle": "hour", "service": "edge", "slo": "one", "owner": "me",
    }  # fmt: skip
    start, of_first = outage()[0] + 20 * MINUTE + 60, END - 64 * HOUR + 30 * MINUTE
    first = {**labels, "bundle": "twice", "slo": "first"}
    return [
        history(labels, every(start, start + 90, 30), 1.0),
        history(first, every(of_first, of_first + 90, 30), 1.0),
    ]


def raw() -> list[History]:
    """Two days of a counter with errors in one hour, and a timeline that rose once, just now."""
    times = every(END - 2 * DAY, END + AFTER, 30)
    bad = np.clip(times - (END - DAY), 0, HOUR)
    timeline = np.where(times < END - 10 * MINUTE, 7.0, 8.0)
    return [
        history({"__name__": "requests_total", "job": "raw"}, times, 10 * (times - times[0])),
        history({"__name__": "errors_total", "job": "raw"}, times, bad),
        history({"__name__": "timeline", "job": "raw"}, times, timeline),
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    once = {(*sorted(s.labels.items()), s.times[0]): s for s in ledgers()}  # budgets are shared
    series = [*once.values(), *alerts(), *raw()]
    with server_with_history(tmp_path_factory.mktemp("ledgers"), series) as running:
        yield running


class Reports:
    """Makes reports about a bundle, at END unless given."""

    def __init__(self, server: PrometheusServer, directory: Path) -> None:
        self.server, self.directory = server, directory

    def whole(
        self,
        name: str,
        *options: str,
        at: float = END,
        sli: str = EVENTS,
        more: str = "objective: 99%",
        settings: str = "",
        groups: str = "[]",
        window: str = "3d",
    ) -> dict[str, Any]:
        """The JSON of the report."""
        (self.directory / "slokit.yaml").write_text(f"bundle: {name}\nspecs: s.yaml\n{settings}")
        (self.directory / "s.yaml").write_text(
            f"apiVersion: slokit/v1\nservice: edge\ndefaults: {{window: {window},"
            f" group_by: {groups}}}\nslos:\n  - name: one\n    {more}\n    sli: {{{sli}}}\n"
        )
        arguments = ["report", "--project", str(self.directory / "slokit.yaml")]
        given = [*arguments, "--prometheus", self.server.url, "--at", str(at), "--format", "json"]
        ran = CliRunner().invoke(app, [*given, *(options or ("--source", "recorded"))])
        assert ran.exit_code == 0, ran.output
        return dict(json.loads(ran.stdout))

    def row(self, name: str, *options: str, **more: Any) -> dict[str, Any]:
        """The only row of the report."""
        (row,) = self.whole(name, *options, **more)["rows"]
        return dict(row)


@pytest.fixture
def reports(server: PrometheusServer, tmp_path: Path) -> Reports:
    return Reports(server, tmp_path)


@pytest.mark.parametrize("late", [0, 1, 16.5, 17, 18, 150, 240, 250, 299])
def test_a_window_holds_the_same_counts_at_any_moment(reports: Reports, late: float) -> None:
    """864 ledger windows of five minutes make three days, wherever between two of them it is."""
    window = reports.row("steady", at=END + late)["window_measure"]

    assert window["total"] == 864 * TOTAL
    assert window["bad"] == 864 * BAD
    assert window["covered_seconds"] == 3 * DAY
    assert window["ratio_bad"] == pytest.approx(BAD / TOTAL)
    assert window["budget_allowed"] == pytest.approx(864 * TOTAL * 0.01)
    assert window["budget_remaining_ratio"] == pytest.approx(1 - BAD / TOTAL / 0.01)


@pytest.mark.parametrize(
    ("period", "slots"), [("1h", 12), ("1h3m", 12), ("1h7m", 13), ("1d", 288), ("4d", 1152)]
)
@pytest.mark.parametrize("late", [0, 140])
def test_a_period_of_any_length(reports: Reports, period: str, slots: int, late: float) -> None:
    """As many counts as lie in it; with an odd length one more or less, by where they end."""
    options = ["--period", period, "--source", "recorded"]
    measure = reports.row("steady", *options, at=END + late)["period_measure"]
    is_whole = period not in {"1h3m", "1h7m"}

    assert measure["total"] == pytest.approx(slots * TOTAL, abs=0 if is_whole else TOTAL)
    assert measure["covered_seconds"] == pytest.approx(slots * 300, abs=0 if is_whole else 300)


def test_a_ledger_window_of_ten_minutes(reports: Reports) -> None:
    """432 of them make three days."""
    row = reports.row("ten", settings="ledger_window: 10m\n")

    assert row["window_measure"]["total"] == 432 * TOTAL
    assert row["coverage"] == 1
    assert row["state"] == "ok"


def test_an_hour_is_one_incident_with_its_alert(reports: Reports) -> None:
    """Its start, its end, its cost, and the page that it set off."""
    start, end = outage()
    row = reports.row("hour", "--period", "3d", "--source", "recorded")
    (incident,) = row["incidents"]

    assert incident["bad"] == 12 * 300
    assert incident["budget_share"] == pytest.approx(12 * 300 / (864 * TOTAL * 0.01))
    assert incident["peak_burn"] == pytest.approx(10)
    assert incident["alerts"] == ["page"]
    assert row["state"] == "ok"
    assert row["window_measure"]["bad"] == 12 * 300
    assert abs(_seconds(incident["start"]) - start) <= 300
    assert abs(_seconds(incident["end"]) - end) <= 300


def test_a_period_longer_than_the_window(reports: Reports) -> None:
    """What lies before the window counts for the period only, and is an incident all the same."""
    more = "objective: 99%\n    alert_policy: none"
    row = reports.row("hour", "--period", "4d", "--source", "recorded", window="1d", more=more)

    assert row["window_measure"]["bad"] == 0
    assert row["period_measure"]["bad"] == 12 * 300
    assert len(row["incidents"]) == 1


def test_a_young_ledger_is_new(reports: Reports) -> None:
    """A day of three is too little to judge, however bad it was."""
    row = reports.row("young")

    assert row["state"] == "new"
    assert row["coverage"] == pytest.approx(1 / 3, abs=0.001)
    assert row["window_measure"]["budget_spent_ratio"] > 1


def test_a_renamed_slo_goes_on_with_its_history(reports: Reports) -> None:
    """With `formerly` no count is lost and none counted twice; without it the SLO is young."""
    formerly = "objective: 99%\n    formerly: older"
    row, bare = reports.row("renamed", more=formerly), reports.row("renamed")

    assert row["window_measure"]["total"] == 864 * TOTAL
    assert row["window_measure"]["bad"] == 864 * BAD
    assert (row["slo"], row["state"], row["coverage"]) == ("one", "ok", 1)
    assert bare["window_measure"]["total"] == 576 * TOTAL


@pytest.mark.parametrize("names_of_old", ["[second, first]", "[first, second]"])
def test_an_slo_that_was_renamed_twice_goes_on_with_all_of_it(
    reports: Reports, names_of_old: str
) -> None:
    """Counts, an incident and its alert of every name, by the objective of today."""
    row = reports.row("twice", more=f"objective: 99%\n    formerly: {names_of_old}")
    counted = row["window_measure"]

    assert (counted["total"], row["coverage"]) == (864 * TOTAL, 1)
    assert counted["bad"] == 12 * 300 + (60 * 12) * BAD
    assert counted["budget_allowed"] == pytest.approx(864 * TOTAL / 100)
    [incident] = row["incidents"]
    assert (incident["bad"], len(incident["alerts"])) == (12 * 300, 1)
    less = reports.row("twice", more="objective: 99%\n    formerly: second")
    assert less["window_measure"]["total"] == 720 * TOTAL


def test_a_gap_shows_in_the_coverage(reports: Reports) -> None:
    """What was not measured is neither good nor bad."""
    row = reports.row("gap")
    slots = 864 - 23 * 12

    assert row["coverage"] == pytest.approx(slots / 864, abs=0.002)
    assert row["window_measure"]["ratio_bad"] == pytest.approx(BAD / TOTAL)


def test_a_group_that_vanished_is_no_data(reports: Reports) -> None:
    """What was counted is reported all the same; what is left of its budget is unknown."""
    row = reports.row("gone")

    assert row["state"] == "no-data"
    assert row["window_measure"]["ratio_bad"] == pytest.approx(BAD / TOTAL)
    assert row["window_measure"]["budget_remaining_ratio"] is None


def test_a_missing_side_is_unknown(reports: Reports) -> None:
    """A total without a bad side is no perfect service."""
    row = reports.row("half")

    assert row["window_measure"]["bad"] is None
    assert row["window_measure"]["sli"] is None
    assert row["state"] == "new"


def test_each_group_keeps_its_labels(reports: Reports) -> None:
    """Also when a label is called as one might call a column."""
    rows = reports.whole("colours", groups="[what]")["rows"]

    assert [row["group"] for row in rows] == [{"what": "blue"}, {"what": "red"}]
    assert [row["window_measure"]["total"] for row in rows] == [864 * TOTAL] * 2


def test_labels_that_the_spec_does_not_know(reports: Reports) -> None:
    """Groups of an earlier group_by are left out of the numbers, and that is said."""
    report = reports.whole("regrouped", groups="[cluster]")
    (row,) = report["rows"]

    assert row["group"] == {"cluster": "a"}
    assert row["window_measure"]["total"] == 864 * TOTAL
    assert any("(region)" in text and "edge/one" in text for text in report["warnings"])


def test_a_bundle_counts_only_its_own(reports: Reports) -> None:
    """The same service and SLO of other bundles on the same server do not add up."""
    query = f'count(count by (bundle) ({names.total_events(Fraction(300))}{{slo="one"}}))'

    assert reports.server.value(query, at=END - 2 * DAY) > 5
    assert reports.row("steady")["window_measure"]["total"] == 864 * TOTAL


def test_an_edited_objective_judges_the_same_counts(reports: Reports) -> None:
    """A stricter objective has less to spend of the same history."""
    row = reports.row("steady", more="objective: 99.9%")

    assert row["window_measure"]["bad"] == 864 * BAD
    assert row["window_measure"]["budget_spent_ratio"] == pytest.approx(2)
    assert row["state"] == "exhausted"


@pytest.mark.parametrize("at", [END - 30 * DAY, END + 30 * DAY])
def test_a_moment_without_data(reports: Reports, at: float) -> None:
    """Everything is unknown long before the first count and long after the last one."""
    row = reports.row("steady", at=at)

    assert row["state"] == "no-data"
    assert row["coverage"] == 0
    assert row["window_measure"]["total"] is None
    assert set(row["burn"].values()) == {None}


def test_raw_history_shorter_than_the_window(reports: Reports) -> None:
    """Retention of two days under a window of three: two thirds are covered and judged."""
    row = reports.row("raw", "--source", "auto")
    window = row["window_measure"]

    assert row["coverage"] == pytest.approx(2 / 3, abs=0.005)
    assert window["total"] == pytest.approx(10 * 2 * DAY, rel=5e-3)
    assert window["bad"] == pytest.approx(HOUR, rel=1e-3)


def test_history_that_is_not_there_costs_a_request_a_month(reports: Reports) -> None:
    """Ninety days of which two are there: two questions about where they begin, and one range.

    Two more about labels that the store adds: no ledger is there that could show them.
    """
    with PrometheusProxy(reports.server.url) as proxy:
        options = ["--source", "raw", "--prometheus", proxy.url]
        row = reports.row("raw", *options, window="90d")
        requests = len(proxy.log.paths)

    assert row["state"] == "new"
    assert row["window_measure"]["bad"] == pytest.approx(HOUR, rel=1e-3)
    assert requests == 5


@pytest.mark.parametrize("period", ["3d", "3d2m", "1h7m"])
def test_raw_slots_end_at_the_moment_of_the_report(reports: Reports, period: str) -> None:
    """An odd period shifts no ledger window: the newest one is complete, the state is known."""
    row = reports.row("raw", "--source", "raw", "--period", period)

    assert row["state"] == "ok"
    assert row["burn"]["5m"] == 0
    assert row["window_measure"]["bad"] == pytest.approx(HOUR, rel=1e-3)


def test_one_failover_does_not_burn(reports: Reports) -> None:
    """Raw history is judged as the alerts judge: a page waits for three failovers."""
    sli, more = "rate: {epoch: timeline, at_most: 3/2d}", "alert_policy: page-only"
    counted = reports.row("raw", "--source", "raw", sli=sli, more=more)
    row = reports.row("raw", "--source", "raw", sli=sli, more=more, at=END - 4 * MINUTE)

    assert counted["period_measure"]["bad"] == pytest.approx(1, rel=0.01)
    assert min(row["burn"]["1h"], row["burn"]["5m"]) > 14.4
    assert row["state"] == "ok"


@pytest.mark.parametrize(("at", "state"), [(END - DAY + HOUR, "burning"), (END, "ok")])
def test_raw_history_burns_as_the_alerts_do(reports: Reports, at: float, state: str) -> None:
    """At the end of the bad hour a page would fire; a day later none does."""
    row = reports.row("raw", "--source", "raw", at=at, more="objective: 99.5%", window="2d")

    assert row["state"] == state


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
