"""Calendar windows begin anew at the local boundary: the rules of a bundle, by hand-made counts.

Counts of five minutes are written into a real Prometheus for the days around each boundary; the
rules on top are evaluated level by level. Before a boundary one event of ten is bad, behind it one
of a hundred: what reads exactly 1 % has kept nothing of the old period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pytest

from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import RecordingRule
from slokit.model.alerting import NONE
from slokit.model.bundle import Bundle
from slokit.model.window import CALENDAR_UNITS, CalendarWindow
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.settings import PrometheusSettings
from slokit.reporting import ReportRequest, build_report
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.made_up import bundle, slo
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

STEP, HOUR, DAY = 300, 3600, 86_400
# What a count holds reaches back over two ledger windows and an evaluation: the first count that is
# all behind a boundary is the third.
REACH = 2 * STEP + 30
HELD = 3 * STEP
BEFORE, AFTER, BUDGET = 0.1, 0.01, 0.001


@dataclass(frozen=True)
class Boundary:
    """A moment at which a window begins anew, as the clocks of a place show it."""

    unit: str
    place: str
    moment: str

    @property
    def at(self) -> int:
        return int(datetime.fromisoformat(self.moment).timestamp())

    @property
    def slo(self) -> str:
        return f"{self.unit}-{self.moment[:10]}-{self.place[:3].lower()}"


BOUNDARIES = (
    Boundary("month", "UTC", "2026-02-01T00:00:00+00:00"),
    # the clocks of Berlin change on the 29th of March and on the 25th of October
    Boundary("month", "Europe/Berlin", "2026-03-01T00:00:00+01:00"),
    Boundary("month", "Europe/Berlin", "2026-04-01T00:00:00+02:00"),
    Boundary("month", "Europe/Berlin", "2026-10-01T00:00:00+02:00"),
    Boundary("month", "Europe/Berlin", "2026-11-01T00:00:00+01:00"),
    # those of New York on the 8th of March and on the 1st of November
    Boundary("week", "America/New_York", "2026-03-09T00:00:00-04:00"),
    Boundary("week", "America/New_York", "2026-11-02T00:00:00-05:00"),
    Boundary("quarter", "America/New_York", "2026-04-01T00:00:00-04:00"),
    Boundary("quarter", "America/New_York", "2027-01-01T00:00:00-05:00"),
    Boundary("year", "Europe/Berlin", "2027-01-01T00:00:00+01:00"),
    Boundary("year", "UTC", "2028-01-01T00:00:00+00:00"),
    # half an hour of summer time begins two hours later
    Boundary("month", "Australia/Lord_Howe", "2028-10-01T00:00:00+10:30"),
    # its first midnight never was: clocks went on to one o'clock
    Boundary("quarter", "America/Asuncion", "2023-10-01T01:00:00-03:00"),
    # its first hour comes twice
    Boundary("month", "America/Havana", "2026-11-01T00:00:00-04:00"),
    Boundary("week", "Asia/Kolkata", "2026-11-02T00:00:00+05:30"),
    Boundary("quarter", "Pacific/Apia", "2026-10-01T00:00:00+13:00"),
)


def made_up() -> Bundle:
    windows = ((each.slo, CalendarWindow(each.unit, each.place)) for each in BOUNDARIES)
    return bundle(*(slo(name=name, window=window, policy=NONE) for name, window in windows))


def counted() -> list[History]:
    """Each SLO's counts, its budget and its info in the days around its boundaries."""
    made, found = made_up(), []
    for own, near in zip(made.slos, BOUNDARIES, strict=True):
        identity = {"bundle": made.name, "service": own.service, "slo": own.name}
        times = every(near.at - 2 * DAY, near.at + DAY, STEP)
        is_new = times - REACH >= near.at
        info = {**identity, **own.window.labels}
        found += [
            history({"__name__": names.INFO, **info}, times, 1),
            history({"__name__": names.BUDGET, **identity}, times, float(own.budget)),
            history({"__name__": "slokit:total:events5m", **identity}, times, 1000),
            history({"__name__": "slokit:total:rate5m", **identity}, times, 1000 / STEP),
            history(
                {"__name__": "slokit:bad:events5m", **identity},
                times,
                np.where(is_new, 1000 * AFTER, 1000 * BEFORE),
            ),
        ]
    return found


def of_calendars(made: Bundle) -> list[RecordingRule]:
    """The rules that calendar windows have, in the order in which they read each other."""
    wanted = {
        names.COUNTS_LOCAL_TIME,
        names.WINDOW_ELAPSED,
        *(names.window_burn(unit) for unit in CALENDAR_UNITS),
        *(
            names.labelled(f"slokit:{s}:events5m", u)
            for s in ("bad", "total")
            for u in CALENDAR_UNITS
        ),
        names.BUDGET_REMAINING,
    }
    groups = [
        g
        for part in ("slow", "period")
        for g in compile_bundle(made).groups
        if g.name.endswith(f":{part}")
    ]
    return [
        rule
        for group in groups
        for rule in group.rules
        if isinstance(rule, RecordingRule) and rule.record in wanted
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus with everything recorded: each level written before the next one is read."""
    known, made = counted(), made_up()
    rules = of_calendars(made)
    levels = [
        [r for r in rules if r.record == names.COUNTS_LOCAL_TIME],
        [r for r in rules if r.record == names.WINDOW_ELAPSED],
        [r for r in rules if ":events5m:" in r.record],
        [r for r in rules if r.record.startswith("slokit:burn:")],
        [r for r in rules if r.record == names.BUDGET_REMAINING],
    ]
    for number, level in enumerate(levels):
        directory = tmp_path_factory.mktemp(f"level-{number}")
        with server_with_history(directory, known) as running:
            known = [*known, *(s for rule in level for s in recorded(rule, running))]
    with server_with_history(tmp_path_factory.mktemp("all"), known) as running:
        yield running


def recorded(rule: RecordingRule, running: PrometheusServer) -> Iterator[History]:
    """What a rule would have recorded around each boundary."""
    found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for start in sorted({each.at for each in BOUNDARIES}):
        for series in running.query_range(rule.expr, start - DAY, start + DAY - STEP, STEP):
            labels = {**series.labels, **rule.labels, "__name__": rule.record}
            found.setdefault(tuple(sorted(labels.items())), []).extend(series.points)
    for key, points in found.items():
        pairs = np.asarray(sorted(set(points))).reshape(-1, 2)
        yield history(dict(key), pairs[:, 0], pairs[:, 1])


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda each: each.slo)
def test_a_calendar_window_begins_anew_at_its_boundary(
    server: PrometheusServer, boundary: Boundary
) -> None:
    """Before the boundary it has the old ratio, from the first count behind it on the new one."""
    own = f'{{bundle="made-up",service="shop",slo="{boundary.slo}"}}'
    burn = f"slokit:burn:{boundary.unit}{own}"
    turn = boundary.at + HELD

    assert server.value(burn, turn - STEP) == pytest.approx(BEFORE / BUDGET)
    for moment in (turn, turn + HOUR, boundary.at + DAY - STEP):
        assert server.value(burn, moment) == pytest.approx(AFTER / BUDGET)
    elapsed = f"last_over_time(slokit:window_elapsed:ratio{own}[1s])"
    window = CalendarWindow(boundary.unit, boundary.place)
    assert server.value(elapsed, turn) == pytest.approx(window.elapsed(turn - REACH))
    assert server.value(elapsed, turn - STEP) == pytest.approx(1, abs=2e-3)
    period = datetime.fromisoformat(boundary.moment).strftime("%Y%m%d")
    assert [s.labels["period"] for s in server.query(elapsed, turn)] == [period]


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda each: each.slo)
def test_a_whole_budget_is_there_when_a_window_begins(
    server: PrometheusServer, boundary: Boundary
) -> None:
    """What is spent is a share of the whole window's budget, by how much of it has passed."""
    own = f'{{bundle="made-up",service="shop",slo="{boundary.slo}",window="{boundary.unit}"}}'
    left = f"slokit:budget_remaining:ratio{own}"
    window = CalendarWindow(boundary.unit, boundary.place)

    for moment in (boundary.at + HELD, boundary.at + 20 * HOUR):
        share = window.elapsed(moment - REACH)
        assert server.value(left, moment) == pytest.approx(1 - share * AFTER / BUDGET)


@pytest.mark.parametrize("source", ["recorded", "auto"])
@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda each: each.slo)
def test_a_report_counts_what_happened_since_the_boundary(
    server: PrometheusServer, boundary: Boundary, source: str
) -> None:
    """Not one bad event of the old period, whose share of bad ones is ten times as large."""
    made, window = made_up(), CalendarWindow(boundary.unit, boundary.place)
    for seconds in (HELD + STEP, HOUR, 20 * HOUR):
        at = float(boundary.at + seconds)
        asked = ReportRequest(made, made.slos, at, HOUR, source)
        with PrometheusClient(PrometheusSettings(server.url)) as client:
            report = build_report(asked, client)
        (row,) = (row for row in report.rows if row.slo == boundary.slo)
        measured = row.window_measure

        assert measured.time_range.start == boundary.at
        assert measured.ratio_bad == pytest.approx(AFTER)
        assert measured.total == 1000 * ((seconds - HELD) / STEP + 1)
        assert measured.budget_spent_ratio == pytest.approx(window.elapsed(at) * AFTER / BUDGET)
