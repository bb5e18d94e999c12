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
from slokit.targets.promtool.ledger_history import (
    ALWAYS,
    BundleContext,
    Burst,
    LedgerHistory,
    settled,
)
from slokit.targets.promtool.long_window_tests import period_pace, slow_pace
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import Phase
from slokit.targets.promtool.unit_test import input_series, rounded_value

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - {name: requests, objective: 99.9%, sli: {events: {bad: errors_total, total: requests_total}}}
  - name: failovers
    sli: {rate: {counter: failovers_total, counted_by: every_member, at_most: 2/30d}}
"""
MINUTE, HOUR = Fraction(60), Fraction(3600)
Given = Callable[[str], tuple[Slo, BundleContext]]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """An SLO of the shop by its name, at default timing."""
    (tmp_path / "shop.yaml").write_text(SPEC)
    (tmp_path / "slokit.yaml").write_text("bundle: b\nspecs: shop.yaml\n")
    bundle = api.load(project=str(tmp_path / "slokit.yaml")).bundle
    context = BundleContext(bundle.project, windows_in_use(bundle.slos))
    return lambda name: (next(slo for slo in bundle.slos if slo.name == name), context)


def long_windows(given: Given, bad: Fraction, seconds: Fraction) -> list[Fraction]:
    """The long windows of the alerts that fire for failovers, in hours."""
    slo, context = given("failovers")
    history = LedgerHistory(slo, context, (Burst(ALWAYS, seconds, bad),))
    return [alert.long / HOUR for alert in history.firing(seconds)]


def test_events_of_a_young_ledger_are_those_since_it_began(given: Given) -> None:
    """One event a minute: 2 in two minutes wake nobody, 3 in three minutes page."""
    assert long_windows(given, 1 / MINUTE, 2 * MINUTE) == [24, 72]
    assert long_windows(given, 1 / MINUTE, 3 * MINUTE) == [1, 6, 24, 72]


def test_a_window_holds_no_more_events_than_fit_into_it(given: Given) -> None:
    """An event in half an hour: 2 in an hour do not page, 12 in six hours do."""
    assert long_windows(given, 1 / (30 * MINUTE), 100 * HOUR) == [6, 24, 72]


@pytest.mark.parametrize(("per_hour", "windows"), [(0, 1), (1, 1), (12, 4), (40, 1)])
def test_a_ledger_is_looked_at_when_its_events_are_clearly_few_or_enough(
    given: Given, per_hour: int, windows: int
) -> None:
    """Five minutes may count as fifteen: 12 an hour are 1 then, or 3; 1 or 40 are clear.

    At twice the time those 12 an hour are 2, or 4; at four times 4 at least.
    """
    slo, context = given("failovers")

    assert settled(slo, per_hour / HOUR, context) == windows * 5 * MINUTE


def test_a_burn_rate_is_the_share_of_a_burst_in_its_window(given: Given) -> None:
    """All bad for 5 of 60 minutes at 99.9 %: 1000 / 12; and over six hours 1000 / 72."""
    slo, context = given("requests")
    burst = Burst(10 * HOUR, 10 * HOUR + 5 * MINUTE, Fraction(1))
    history = LedgerHistory(slo, context, (burst,))

    assert history.burn(HOUR, 10 * HOUR) == 0
    assert history.burn(HOUR, 10 * HOUR + 5 * MINUTE) == Fraction(1000, 12)
    assert history.burn(6 * HOUR, 12 * HOUR) == Fraction(1000, 72)
    assert history.burn(HOUR, 11 * HOUR + 5 * MINUTE) == 0


def test_a_young_ledger_burns_by_the_time_that_it_has(given: Given) -> None:
    """Bad from the start for 5 of 20 minutes: a quarter of every longer window."""
    slo, context = given("requests")
    history = LedgerHistory(slo, context, (Burst(ALWAYS, 5 * MINUTE, Fraction(1)),))

    assert history.burn(HOUR, 20 * MINUTE) == history.burn(72 * HOUR, 20 * MINUTE) == 250


@pytest.mark.parametrize(
    ("factor", "is_clear", "fires"),
    [("1.02", False, True), ("2", True, True), ("0.5", True, False)],
)
def test_an_alert_is_left_open_where_one_sample_would_decide(
    given: Given, factor: str, is_clear: bool, fires: bool
) -> None:
    """At 1.02 times an alert's burn rate nothing is clear, at twice as much and at half it is."""
    slo, context = given("requests")
    page = slo.burn_alerts[0]
    bad = Fraction(factor) * Fraction(page.burn) * slo.budget
    history = LedgerHistory(slo, context, (Burst(HOUR, 4 * HOUR, bad),))

    assert history.is_clear(page, 3 * HOUR) is is_clear
    assert history.fires(page, 3 * HOUR) is fires


def test_a_steady_history_is_clear_however_near(given: Given) -> None:
    """Where all samples so far are alike, none of them decides."""
    slo, context = given("requests")
    page = slo.burn_alerts[0]
    bad = Fraction("1.02") * Fraction(page.burn) * slo.budget
    history = LedgerHistory(slo, context, (Burst(ALWAYS, HOUR, bad),))

    assert history.is_clear(page, HOUR)
    assert history.fires(page, HOUR)


def test_inputs_follow_the_history(given: Given) -> None:
    """Bad after minute 10 and up to minute 15: samples 21 to 30 at 30 s."""
    slo, context = given("requests")
    burst = Burst(10 * MINUTE, 15 * MINUTE, Fraction(1, 2))

    history = LedgerHistory(slo, context, (burst,))
    total, bad, since, budget, info = history.inputs(20 * MINUTE)
    new = LedgerHistory(slo, context, (burst,), is_new=True).inputs(20 * MINUTE)

    assert new == [total, bad, budget, info]
    assert since.values == "-1000000000x40"
    assert (total.values, budget.values, info.values) == ("1x40", "0.001x40", "1x40")
    assert bad.values == "0x20 0.5x9 0x9"


def values(*phases: Phase, grows: bool) -> str:
    """What one series does in phases of four samples each."""
    (series,) = {series for phase in phases for series in phase.values}
    (line,) = input_series(phases, [4] * len(phases), Fraction(30))
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


def test_few_samples_are_further_apart_than_a_ledger_window(given: Given) -> None:
    """Two hours in four, a month in sixty; a day with a ledger window of an hour in twenty."""
    _, context = given("requests")
    hourly = replace(context, project=replace(context.project, ledger_window=HOUR))

    assert slow_pace(context) == 30 * MINUTE
    assert slow_pace(hourly) == 2 * HOUR
    assert period_pace(RollingWindow(720 * HOUR), context) == 12 * HOUR
    assert period_pace(RollingWindow(24 * HOUR), hourly) == 72 * MINUTE


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 3), "0.333333"), (Fraction(-1, 2), "-0.5"), (Fraction(2, 3), "0.666667")],
)
def test_expected_values_are_rounded_as_prometheus_rounds(value: Fraction, text: str) -> None:
    """To a millionth, halves upwards, below nought too."""
    assert rounded_value(value) == Fraction(text)
