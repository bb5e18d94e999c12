import re
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from slokit import api
from slokit.reporting.forecast import Spending, forecasts
from slokit.reporting.model import Slot
from tests.unit.reporting.reports import AT, DAY, MEASURED, ROW, UNKNOWN, report

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "forecast.md"
SHAPES = ("steady", "weekly", "noisy", "counted", "bursts")
HISTORY, FUTURE, WINDOW = 45, 30, 30
WANTED = 200


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
    for seed in range(2000):
        shape, spent = _history(seed)
        left = 1 - float(spent[HISTORY - WINDOW : HISTORY].sum())
        later = left - np.cumsum(spent[HISTORY:] - spent[HISTORY - WINDOW : WINDOW + 15])
        gone = np.nonzero(later <= 0)[0]
        if left <= 0.1 or not len(gone):
            continue  # gone already, or never
        day = int(gone[0])
        before = later[day - 1] if day else left
        truth = day + before / (before - later[day])
        made = forecasts({0: Spending([*map(float, spent[:HISTORY])], left, WINDOW)}, 0.0)
        if not made:
            found[shape].append((False, float("inf")))
        else:
            early, late = made[0].earliest / DAY, (made[0].latest or float("inf")) / DAY
            found[shape].append((early <= truth <= late, (late - early) * DAY / made[0].likely))
        if sum(map(len, found.values())) == WANTED:
            return found
    raise AssertionError("too few histories")


def test_the_range_holds_the_truth_and_is_narrow() -> None:
    """Of 200 histories in 90 % at least, with a median width under half of the distance.

    docs/reference/forecast.md has the figures, by shape.
    """
    by_shape = _simulated()
    every = [each for shape in by_shape.values() for each in shape]
    rows = [
        f"| {shape} | {len(of)} | {sum(held for held, _ in of) / len(of):.0%} |"
        f" {median(width for _, width in of):.0%} |"
        for shape, of in {**by_shape, "all": every}.items()
    ]

    assert sum(held for held, _ in every) / WANTED >= 0.9
    assert median(width for _, width in every) < 0.5
    assert re.findall(r"^\| [a-z]+ \| \d.*$", PAGE.read_text(), re.MULTILINE) == rows


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
    assert forecasts({0: spending}, AT) == {}


def test_a_steady_pace_is_forecast_by_hand() -> None:
    """Of a tenth a day after a calm month, seven tenths last for seven days."""
    found = forecasts({3: Spending([0.0] * 30 + [0.05] * 7, 0.65, 60, is_rolling=False)}, AT)
    exact = forecasts({3: Spending([0.1] * 14, 0.7, 30, is_rolling=False)}, AT)

    assert exact[3].likely == pytest.approx(AT + 7 * DAY)
    assert found[3].earliest < found[3].likely
    assert found[3].likely > AT + 13 * DAY


def test_a_page_says_when_budgets_run_out() -> None:
    """Of a group whose slots burn a tenth of its budget a day; others are not named."""
    slots = tuple(
        Slot(AT - (15 * 8 - 1 - n) * 10_800, 1e4, 1000.0 / 80 if n >= 8 else 0.0, 36)
        for n in range(15 * 8)
    )
    measure = replace(MEASURED, budget_allowed=1000.0, budget_remaining_ratio=0.5)
    row = replace(ROW, series=slots, window_measure=measure, budget=0.001)
    made = report(UNKNOWN, row, slot_seconds=10_800.0)

    assert list(made.forecasts()) == [1]
    assert made.forecasts()[1].likely == pytest.approx(AT + 5 * DAY, abs=DAY / 10)
    assert "When budgets run out" in api.render_report(made, "html")
    assert "When budgets run out" not in api.render_report(report(ROW), "html")
