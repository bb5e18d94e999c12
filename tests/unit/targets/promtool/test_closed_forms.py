"""What generated tests expect is arithmetic: its numbers, worked out by hand."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler.windows import windows_in_use
from slokit.model.slo import Slo
from slokit.model.window import RollingWindow
from slokit.targets.promtool.course import Course, Trouble
from slokit.targets.promtool.expected import firing, settled, usable
from slokit.targets.promtool.motion import Span, moves
from slokit.targets.promtool.period import period_pace
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import LedgerRow, Phase
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.slow_windows import slow_pace
from slokit.targets.promtool.unit_test import rounded_value

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - {name: requests, objective: 99.9%, sli: {events: {bad: errors_total, total: requests_total}}}
  - name: failovers
    sli: {rate: {counter: failovers_total, counted_by: every_member, at_most: 2/30d}}
"""
MINUTE, HOUR = Fraction(60), Fraction(3600)
Given = Callable[[str], tuple[Slo, Setting]]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """An SLO of the shop by its name, at default timing."""
    (tmp_path / "shop.yaml").write_text(SPEC)
    (tmp_path / "slokit.yaml").write_text("bundle: b\nspecs: shop.yaml\n")
    bundle = api.load(project=str(tmp_path / "slokit.yaml")).bundle
    setting = Setting(bundle.project, windows_in_use(bundle.slos))
    return lambda name: (next(slo for slo in bundle.slos if slo.name == name), setting)


def long_windows(slo: Slo, ledger: LedgerRow, seconds: Fraction) -> list[Fraction]:
    return [alert.long / HOUR for alert in firing(slo, ledger, seconds)]


def test_events_of_a_young_ledger_are_those_since_it_began(given: Given) -> None:
    """One event a minute: 2 in two minutes wake nobody, 3 in three minutes page."""
    slo, _ = given("failovers")
    once_a_minute = LedgerRow(Fraction(1), 1 / MINUTE)

    assert long_windows(slo, once_a_minute, 2 * MINUTE) == [24, 72]
    assert long_windows(slo, once_a_minute, 3 * MINUTE) == [1, 6, 24, 72]


def test_a_window_holds_no_more_events_than_fit_into_it(given: Given) -> None:
    """An event in half an hour: 2 in an hour do not page, 12 in six hours do."""
    slo, _ = given("failovers")

    assert long_windows(slo, LedgerRow(Fraction(1), 1 / (30 * MINUTE)), 100 * HOUR) == [6, 24, 72]


@pytest.mark.parametrize(("per_hour", "windows"), [(0, 3), (1, 3), (8, 6), (20, 3)])
def test_a_ledger_is_asked_when_its_events_are_clearly_few_or_enough(
    given: Given, per_hour: int, windows: int
) -> None:
    """A quarter of an hour may count as 25 minutes: 8 an hour are 2 then, or 3; 1 or 20 are clear.

    At twice the time those 8 an hour are 4 at least.
    """
    slo, setting = given("failovers")
    ledger = LedgerRow(Fraction(1), per_hour / HOUR)

    assert settled(slo, ledger, setting) == windows * 5 * MINUTE


def test_a_burn_rate_is_the_share_of_trouble_in_its_window(given: Given) -> None:
    """All bad for 5 of 60 minutes at 99.9 %: 1000 / 12; and over six hours 1000 / 72."""
    slo, setting = given("requests")
    course = Course(slo, setting, (Trouble(10 * HOUR, 10 * HOUR + 5 * MINUTE, Fraction(1)),))

    assert course.burn(HOUR, 10 * HOUR) == 0
    assert course.burn(HOUR, 10 * HOUR + 5 * MINUTE) == Fraction(1000, 12)
    assert course.burn(6 * HOUR, 12 * HOUR) == Fraction(1000, 72)
    assert course.burn(HOUR, 11 * HOUR + 5 * MINUTE) == 0


def test_a_young_ledger_burns_by_the_time_that_it_has(given: Given) -> None:
    """Bad from the start for 5 of 20 minutes: a quarter of every longer window."""
    slo, setting = given("requests")
    course = Course(slo, setting, (Trouble(Fraction(-1), 5 * MINUTE, Fraction(1)),))

    assert course.burn(HOUR, 20 * MINUTE) == course.burn(72 * HOUR, 20 * MINUTE) == 250


def test_an_alert_is_left_open_where_one_sample_would_decide(given: Given) -> None:
    """At 1.02 times an alert's burn rate nothing is claimed, at twice as much and at half it is."""
    slo, setting = given("requests")
    page = usable(slo)[0]
    fires = {
        factor: Course(
            slo,
            setting,
            (Trouble(Fraction(-1), HOUR, Fraction(factor) * Fraction(page.burn) * slo.budget),),
        ).fires(page, HOUR)
        for factor in ("1.02", "2", "0.5")
    }

    assert fires == {"1.02": None, "2": True, "0.5": False}


def test_inputs_follow_the_course(given: Given) -> None:
    """Bad after minute 10 and up to minute 15: samples 21 to 30 at 30 s."""
    slo, setting = given("requests")
    course = Course(slo, setting, (Trouble(10 * MINUTE, 15 * MINUTE, Fraction(1, 2)),))

    total, bad, budget, info = course.inputs(20 * MINUTE)

    assert (total.values, budget.values, info.values) == ("1x40", "0.001x40", "1x40")
    assert bad.values == "0x20 0.5x9 0x9"


def values(*phases: Phase, grows: bool) -> str:
    """What one series does in phases of four samples each."""
    (series,) = {series for phase in phases for series in phase.values}
    (line,) = moves([Span(phase, 4) for phase in phases], Fraction(30))
    assert series.grows is grows
    return line.values


def test_a_counter_goes_on_from_where_it_stood() -> None:
    """Two a second are 60 a sample; a jump comes on top, a reset begins at nought."""
    counter = RawSeries("x_total", (), grows=True)
    phases = [
        Phase("flow", {counter: Fraction(2)}, None),
        Phase("jump", {counter: Fraction(0)}, None, jumps={counter: Fraction(5)}),
        Phase("reset", {counter: Fraction(1)}, None, resets=frozenset([counter])),
    ]

    assert values(*phases, grows=True) == "1060+60x3 1245x3 30+30x3"


def test_a_series_that_stops_is_marked_and_comes_back() -> None:
    """The first missing sample is a staleness marker, as after a scrape."""
    gauge = RawSeries("x", ())
    phases = [
        Phase("there", {gauge: Fraction(7)}, None),
        Phase("gone", {}, None),
        Phase("back", {gauge: Fraction(7)}, None),
    ]

    assert values(*phases, grows=False) == "7x3 stale _x3 7x3"


def test_fast_motion_is_slower_than_a_ledger_window(given: Given) -> None:
    """Two hours in four, a month in sixty; a day with a ledger window of an hour in twenty."""
    _, setting = given("requests")
    hourly = replace(setting, project=replace(setting.project, ledger_window=HOUR))

    assert slow_pace(setting) == 30 * MINUTE
    assert slow_pace(hourly) == 2 * HOUR
    assert period_pace(RollingWindow(720 * HOUR), setting) == 12 * HOUR
    assert period_pace(RollingWindow(24 * HOUR), hourly) == 72 * MINUTE


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 3), "0.333333"), (Fraction(-1, 2), "-0.5"), (Fraction(2, 3), "0.666667")],
)
def test_expected_values_are_rounded_as_prometheus_rounds(value: Fraction, text: str) -> None:
    """To a millionth, halves upwards, below nought too."""
    assert rounded_value(value) == text
