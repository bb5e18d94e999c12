import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from slokit import api
from slokit.reporting.forecast import Spending, at_burn, by_days, forecast_of
from slokit.reporting.model import CURRENT_BURN, RECENT_DAYS, Forecast, Row, Slot
from tests.unit.reporting.reports import AT, DAY, MEASURED, ROW, UNKNOWN, report

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "forecast.md"
SHAPES = ("steady", "weekly", "noisy", "counted", "bursts")
HISTORY, FUTURE, WINDOW = 45, 30, 30
# None of these seeds was looked at when the forecast was made.
WANTED, SEEDS = 200, range(10_000, 12_000)


def _history(seed: int) -> tuple[str, "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Shares of a budget by day: two calm weeks and more, two of burning, and a month to come."""
    rng, shape, days = np.random.default_rng(seed), SHAPES[seed % 5], HISTORY + FUTURE
    pace, day = rng.uniform(1 / 25, 1 / 8), np.arange(days)
    if shape == "steady":
        factors = rng.normal(1, 0.1, days).clip(0)
    elif shape == "weekly":
        week = 1 + 0.3 * np.sin(2 * np.pi * (day + rng.integers(7)) / 7)
        factors = week * rng.normal(1, 0.05, days)
    elif shape == "noisy":
        factors = rng.gamma(9, 1 / 9, days)
    elif shape == "counted":
        factors = rng.poisson(20, days) / 20
    else:
        factors = 0.5 + rng.poisson(0.5, days)
    spent = pace * factors
    spent[: HISTORY - 14] *= rng.uniform(0, 0.2)
    return shape, spent


def _simulated() -> dict[str, list[tuple[bool, float]]]:
    """By shape: whether the range of a history holds the truth, and its width by the distance."""
    found: dict[str, list[tuple[bool, float]]] = {shape: [] for shape in SHAPES}
    for seed in SEEDS:
        shape, spent = _history(seed)
        left = 1 - float(spent[HISTORY - WINDOW : HISTORY].sum())
        later = left - np.cumsum(spent[HISTORY:] - spent[HISTORY - WINDOW : WINDOW + 15])
        gone = np.nonzero(later <= 0)[0]
        if left <= 0.1 or not len(gone):
            continue  # gone already, or never
        day = int(gone[0])
        before = later[day - 1] if day else left
        truth = day + before / (before - later[day])
        made = by_days(Spending([*map(float, spent[:HISTORY])], left, WINDOW), 0.0)
        if not made:
            found[shape].append((False, float("inf")))
        else:
            early, late = made.earliest / DAY, (made.latest or float("inf")) / DAY
            found[shape].append((early <= truth <= late, (late - early) * DAY / made.likely))
        if sum(map(len, found.values())) == WANTED:
            return found
    raise AssertionError("too few histories")


def test_the_range_holds_the_truth_and_is_narrow() -> None:
    """Of 200 histories in 90 % at least, with a median width under half of the distance.

    docs/reference/forecast.md has the figures, by shape.
    """
    by_shape = _simulated()
    every = [each for shape in by_shape.values() for each in shape]

    assert sum(held for held, _ in every) / WANTED >= 0.9
    assert median(width for _, width in every) < 0.5
    assert _table("recent-days") == _lines({**by_shape, "all": every})


def _lines(by_shape: Mapping[str, list[tuple[bool, float]]]) -> list[str]:
    """The lines of a table: shape, number, how many hold the truth, and the median width."""
    return [
        f"| {shape} | {len(of)} | {sum(held for held, _ in of) / len(of):.0%} |"
        f" {median(width for _, width in of):.0%} |"
        for shape, of in by_shape.items()
    ]


def _table(basis: str) -> list[str]:
    """The lines of the page's table about forecasts of a basis."""
    part = PAGE.read_text().partition(f"## By `{basis}`")[2].partition("## ")[0]
    return re.findall(r"^\| [a-z ]+ \| \d.*$", part, re.MULTILINE)


BURNING = ("even", "uneven", "young", "rising", "fading")
BEFORE, AFTER = 12 * 60, 3 * 24 * 60  # minutes


def _incident(seed: int) -> tuple[str, "np.ndarray[tuple[int], np.dtype[np.float64]]", float]:
    """Burn rates by minute, twelve hours before the moment and three days after, and what is left.

    An incident began within six hours before, a young one within one, and goes on.
    """
    rng, shape = np.random.default_rng(seed), BURNING[seed % 5]
    pace, minutes = np.exp(rng.uniform(np.log(20), np.log(400))), np.arange(AFTER)
    since = int(rng.integers(6, 60) if shape == "young" else rng.integers(60, 360))
    calm, each = rng.uniform(0, 1), AFTER // 5 + 1
    uneven = rng.gamma(9, 1 / 9, each) if shape == "uneven" else rng.normal(1, 0.1, each).clip(0)
    factors = np.repeat(uneven, 5)[:AFTER]
    if shape == "rising":
        factors = factors * (0.8 + 0.2 * minutes / 360)
    elif shape == "fading":
        factors = factors * np.exp(-minutes / rng.uniform(600, 1200))
    burn = np.concatenate([np.full(BEFORE - since, calm), pace * factors])
    return shape, burn, float(rng.uniform(0.05, 0.9))


def test_the_range_of_what_burns_now_holds_the_truth_and_is_narrow() -> None:
    """Of 200 incidents that go on in 90 % at least, and half as wide as far away in the median."""
    found: dict[str, list[tuple[bool, float]]] = {shape: [] for shape in BURNING}
    for seed in SEEDS:
        shape, burn, left = _incident(seed)
        gone = np.nonzero(np.cumsum(burn[BEFORE:]) / (WINDOW * 1440) >= left)[0]
        rates = float(burn[BEFORE - 5 : BEFORE].mean()), float(burn[BEFORE - 60 : BEFORE].mean())
        if not len(gone) or min(rates) <= 3:
            continue
        made = at_burn(Spending([0.0] * 30, left, WINDOW), rates, WINDOW, 0.0)
        assert made
        truth, late = (int(gone[0]) + 1) * 60, made.latest or float("inf")
        assert made.earliest < made.likely < late
        held = made.earliest <= truth <= late
        found[shape].append((held, (late - made.earliest) / made.likely))
        if sum(map(len, found.values())) == WANTED:
            break
    every = [each for shape in found.values() for each in shape]

    assert len(every) == WANTED
    assert sum(held for held, _ in every) / WANTED >= 0.9
    assert median(width for _, width in every) < 0.5
    assert _table("current-burn") == _lines({**found, "all of these": every})


@pytest.mark.parametrize(
    "spending",
    [
        Spending([0.03] * 40, -0.2, 30),
        Spending([0.03] * 5, 0.5, 30),
        Spending([0.0] * 40, 0.5, 30),
        Spending([0.02] * 40, 0.4, 30),
        Spending([None] * 40, 0.5, 30),
    ],
    ids=["gone", "short", "nothing burns", "as much comes back", "nothing measured"],
)
def test_nothing_is_forecast_where_nothing_is_known(spending: Spending) -> None:
    """Nor where the budget is likely to last."""
    assert by_days(spending, AT) is None


def test_a_steady_pace_is_forecast_by_hand() -> None:
    """Of a tenth a day after a calm month, seven tenths last for seven days."""
    exact = by_days(Spending([0.1] * 14, 0.7, 30, until=30.0), AT)
    found = by_days(Spending([0.0] * 30 + [0.05] * 7, 0.65, 60, until=60.0), AT)

    assert exact
    assert found
    assert exact.likely == pytest.approx(AT + 7 * DAY)
    assert exact.basis == RECENT_DAYS
    assert found.earliest < found.likely
    assert found.likely > AT + 13 * DAY


def test_a_calendar_window_ends() -> None:
    """What is gone after its boundary is not forecast: there the budget is a new one."""
    assert by_days(Spending([0.1] * 14, 0.7, 10, until=7.2), AT)
    assert by_days(Spending([0.1] * 14, 0.7, 10, until=6.8), AT) is None


def _burning(burn: Mapping[str, float], state: str = "burning") -> Row:
    measure = replace(MEASURED, budget_allowed=1000.0, budget_remaining_ratio=0.5)
    return replace(ROW, state=state, window_measure=measure, burn=burn)


def _forecast(row: Row, traffic: float | None = None) -> Forecast:
    found = forecast_of(row, AT, 10_800.0, traffic)
    assert found
    assert found.basis == CURRENT_BURN
    return found


def test_what_burns_now_is_forecast_by_its_burn_rate() -> None:
    """Half of a budget for 30 days is gone in 15 days / 900 = 24 minutes, the middle of both rates.

    The range is a fifth wider than those of 18 and 36 minutes. What was spent in two calm weeks
    says nothing about it.
    """
    calm = tuple(Slot(AT - n * DAY, 1e6, 1.0, 288) for n in range(14, -1, -1))
    found = _forecast(replace(_burning({"5m": 1200.0, "1h": 600.0}), series=calm))

    assert found.likely == pytest.approx(AT + 24 * 60, abs=1)
    assert found.earliest == pytest.approx(AT + 18 / 1.2 * 60, abs=1)
    assert found.latest == pytest.approx(AT + 36 * 1.2 * 60, abs=1)


def test_burn_rates_are_of_the_traffic_of_now() -> None:
    """At a tenth of the usual traffic it takes ten times as long; the range holds both."""
    found = _forecast(_burning({"5m": 720.0, "1h": 720.0}), traffic=0.1)

    assert found.likely == pytest.approx(AT + 18_000, abs=1)
    assert found.earliest == pytest.approx(AT + 1800 / 1.2, abs=1)
    assert found.latest == pytest.approx(AT + 18_000 * 1.2, abs=1)


@pytest.mark.parametrize("state", ["burning", "ok"])
def test_an_incident_needs_no_alert_to_be_forecast_so(state: str) -> None:
    """Both of the fastest rates above 3 are an incident, whether or not an alert fires."""
    assert _forecast(_burning({"5m": 10.0, "1h": 5.0}, state)).likely < AT + 4 * DAY


def test_a_slow_burn_goes_by_slower_rates() -> None:
    """A ticket of three days is forecast by six hours and three days."""
    found = _forecast(_burning({"5m": 0.0, "1h": 0.5, "6h": 1.5, "1d": 0.9, "3d": 1.2}))

    assert found.likely == pytest.approx(AT + 15 / ((1.5 + 1.2) / 2) * DAY)


def test_what_still_fires_but_has_stopped_burning_is_not_forecast() -> None:
    """Neither by a burn rate that is past nor by days that know nothing of it."""
    row = _burning({"5m": 0.0, "1h": 20.0, "6h": 0.8, "3d": 0.4})
    days = tuple(Slot(AT - n * DAY, 1e4, 100.0, 288) for n in range(14, -1, -1))

    assert forecast_of(replace(row, series=days), AT, DAY) is None


def test_a_burn_of_one_spends_what_comes_back() -> None:
    """A rolling window that has spent as fast all the time never runs out."""
    assert at_burn(Spending([1 / 30] * 30, 0.2, 30), (1.0, 1.0), 30, AT) is None


def test_a_month_is_forecast_by_the_length_of_the_month() -> None:
    """Half of the budget of a month of 31 days, at its 11th: at ten times in 1.55 days."""
    row = _burning({"5m": 10.0, "1h": 10.0})
    start = AT - 10 * DAY
    over = replace(row.window_measure, time_range=replace(MEASURED.time_range, start=start))
    found = _forecast(replace(row, window="month", window_measure=over, resets_at=start + 31 * DAY))

    assert found.likely == pytest.approx(AT + 1.55 * DAY)


def test_every_format_says_when_budgets_run_out() -> None:
    """Of a group whose slots burn a tenth of its budget a day; others are not named."""
    slots = tuple(
        Slot(AT - (15 * 8 - 1 - n) * 10_800, 1e4, 1000.0 / 80 if n >= 8 else 0.0, 36)
        for n in range(15 * 8)
    )
    row = replace(_burning({"1h": 0.1}, "ok"), series=slots, budget=0.001)
    row = replace(row, forecast=forecast_of(row, AT, 10_800.0))
    made = report(UNKNOWN, row, slot_seconds=10_800.0)

    assert list(made.forecasts()) == [1]
    assert made.forecasts()[1].likely == pytest.approx(AT + 5 * DAY, abs=DAY / 10)
    for form in ("html", "md", "table"):
        text = api.render_report(made, form)
        assert "When budgets run out" in text
        assert "gone on 6 Jan 2026" in " ".join(text.split())
        assert "When budgets run out" not in api.render_report(report(ROW), form)
    assert "2026-01-06T" in api.render_report(made, "csv")


def test_a_page_says_in_minutes_what_burns_now() -> None:
    """Not in days that know nothing of the outage, and no finer than a burn rate is known."""
    row = _burning({"5m": 1440.0, "1h": 720.0})
    row = replace(row, forecast=_forecast(row))

    for form in ("html", "md", "table"):
        text = " ".join(api.render_report(report(row), form).split())
        assert "gone in about 20 minutes at the current burn rate" in text
        assert "between 12 minutes and 36 minutes" in text
