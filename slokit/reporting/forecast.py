"""When budgets will be exhausted if the burning goes on as it did, with a range.

Where something burns now, that is by the burn rates of now. Elsewhere what was spent lately is
drawn again, day by day, into the coming window: many futures. What leaves a rolling window is taken
off as it was spent; a calendar window ends. The range holds the truth in at least 90 % of simulated
histories; docs/reference/forecast.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slokit.reporting.budget import BURNING, NEW
from slokit.reporting.model import CURRENT_BURN, Forecast, Row

Floats = npt.NDArray[np.float64]

_DAY = 86_400.0
# What is drawn from: two weeks, so that each weekday is in it twice.
_LATELY = 14
_FUTURES = 400
_LOW, _HIGH = 0.025, 0.975
# Two weeks whose weekdays differ by chance are this much alike once in some forty times.
_ALIKE, _SPREAD = 0.75, 3.0
_SEED = 20_260_101
# Pairs of burn rates that say of each other that the burning goes on, the fastest first, and how
# fast both must be: without an alert only what an incident burns.
_PAIRS = (("5m", "1h"), ("1h", "6h"), ("6h", "1d"), ("6h", "3d"))
_FAST, _BURNS = 3.0, 1.0
# Five minutes of a burning that goes on differ from its mean: by so much a range is wider.
_WIDER = 1.2


@dataclass(frozen=True, slots=True)
class Spending:
    """What a group spends of its budget: by day, the oldest first, up to the moment of the report.

    ``left`` is the share that is left; in ``spent``, None stands where nothing was measured.
    ``days`` are those of a rolling window: what is older than those comes back. ``until`` is in how
    many days the budget is a new one, of a calendar window.
    """

    spent: Sequence[float | None]
    left: float
    days: int
    until: float | None = None

    @property
    def horizon(self) -> int:
        """How many days are looked at."""
        return self.days if self.until is None else math.ceil(self.until)

    def returned(self) -> Floats:
        """What comes back on each of the coming days: what was spent a window before it."""
        if self.until is not None:
            return np.zeros(self.horizon)
        own = [s or 0.0 for s in self.spent[-self.days :]]
        return np.array([0.0] * (self.days - len(own)) + own)

    def gone(self, spent: Floats) -> Floats:
        """Of each future, the day on which nothing is left, to a part of it; else infinite.

        ``spent`` has the futures' coming days.
        """
        left = self.left - np.cumsum(spent - self.returned(), axis=1)
        is_gone = left <= 0
        first = is_gone.argmax(axis=1)
        rows = np.arange(len(left))
        before = np.where(first > 0, left[rows, np.maximum(first - 1, 0)], self.left)
        part = before / np.maximum(before - left[rows, first], 1e-12)
        days = np.where(is_gone.any(axis=1), first + part, np.inf)
        return days if self.until is None else np.where(days < self.until, days, np.inf)


def forecast_of(
    row: Row, at: float, slot_seconds: float, traffic: float | None = None
) -> Forecast | None:
    """When the budget of a row will be gone; None where that is unknown or unlikely.

    ``traffic`` is how much there is now for what there was in the window on average: burn rates
    are of what there is.
    """
    spending = _spending(row, at, slot_seconds)
    if spending is None or spending.left <= 0:
        return None
    is_burning = row.state == BURNING
    least = _BURNS if is_burning else _FAST
    pairs = [(row.burn.get(short), row.burn.get(long)) for short, long in _PAIRS]
    burning = [(a, b) for a, b in pairs if a and b and min(a, b) > least]
    if is_burning or (burning and burning[0] == pairs[0]):
        whole = spending.days if row.resets_at is None else _whole_days(row)
        return at_burn(spending, burning[0], whole, at, traffic) if burning else None
    return by_days(spending, at)


def at_burn(
    group: Spending,
    rates: tuple[float, float],
    whole: float,
    at: float,
    traffic: float | None = None,
) -> Forecast | None:
    """When the budget is gone at two burn rates, of a shorter and a longer time, as a range.

    It is likely in the middle of both: of a young incident the longer one knows a part alone, and
    the shorter one jumps. The range is a fifth wider than both, each way. A burn rate of 1 spends
    the budget in the ``whole`` days of the window (SRE workbook, chapter 5). None where the budget
    lasts.
    """
    more, less = max(traffic or 1.0, 1.0), min(traffic or 1.0, 1.0)
    middle = sum(rates) / 2 * (traffic or 1.0)
    paces = max(rates) * more * _WIDER, middle, min(rates) * less / _WIDER
    coming = np.repeat(np.array(paces)[:, None] / whole, group.horizon, axis=1)
    early, likely, late = (float(days) for days in group.gone(coming))
    if math.isinf(likely):
        return None
    return Forecast(
        at + early * _DAY,
        at + likely * _DAY,
        None if math.isinf(late) else at + late * _DAY,
        CURRENT_BURN,
    )


def by_days(group: Spending, at: float) -> Forecast | None:
    """When the budget is gone if days go on as they were; None where it is likely to last.

    Neither of a budget that is gone, nor where less than a week is known.
    """
    lately = np.array([s for s in group.spent[-_LATELY:] if s is not None], dtype=float)
    if group.left <= 0 or len(lately) < _LATELY // 2 or not lately.any():
        return None
    rng, days = np.random.default_rng(_SEED), group.horizon
    lately, coming = _by_weekday(lately, days)
    # the mean itself is known from these days alone: each future has days of its own to draw from
    means = rng.choice(lately, (_FUTURES, len(lately)))
    drawn = np.take_along_axis(means, rng.integers(0, len(lately), (_FUTURES, days)), axis=1)
    gone = group.gone(np.maximum(drawn + coming, 0.0))
    if np.isinf(np.median(gone)):
        return None
    early, likely, late = np.quantile(gone, (_LOW, 0.5, _HIGH), method="nearest")
    return Forecast(
        at + float(early) * _DAY,
        at + float(likely) * _DAY,
        None if np.isinf(late) else at + float(late) * _DAY,
    )


def _spending(row: Row, at: float, slot_seconds: float) -> Spending | None:
    """What a row spent by days, counted back from the moment of the report; None where unknown."""
    over = row.uncorrected_window or row.window_measure
    allowed, left = over.budget_allowed, over.budget_remaining_ratio
    if not allowed or left is None or row.state == NEW:
        return None
    bad: dict[int, float] = {}
    for slot_end, _, slot_bad, _ in row.series if slot_seconds <= _DAY else ():
        ago = int((at - slot_end) // _DAY)
        bad[ago] = bad.get(ago, 0.0) + slot_bad / allowed
    spent = [bad.get(ago) for ago in range(max(bad), -1, -1)] if bad else []
    until = None if row.resets_at is None else (row.resets_at - at) / _DAY
    return Spending(spent, left, round(over.time_range.seconds / _DAY), until)


def _whole_days(row: Row) -> float:
    """The days of a calendar window from one boundary to the next."""
    assert row.resets_at is not None
    return (row.resets_at - row.window_measure.time_range.start) / _DAY


def _by_weekday(lately: Floats, days: int) -> tuple[Floats, Floats]:
    """What is drawn from, and what is added by the weekday, where two weeks are alike."""
    if len(lately) < _LATELY or not lately[:7].std() or not lately[7:].std():
        return lately, np.zeros(days)
    weeks = lately.reshape(2, 7)
    if float(np.corrcoef(lately[:7], lately[7:]).item(1)) < _ALIKE:
        return lately, np.zeros(days)
    usual = weeks.mean(axis=0)
    # two weeks say little about how far days differ from their usual
    rest = (weeks - usual).ravel() * _SPREAD
    return rest, np.resize(usual, days)
