"""When budgets will be exhausted if the burning goes on as it did, with a range.

What was spent lately is drawn again, day by day, into the coming window: many futures, of all
groups at once. What leaves a rolling window is taken off as it was spent. The range holds the
truth in at least 90 % of simulated histories; docs/reference/forecast.md has the figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_DAY = 86_400.0
# Of less than half a window too little is known; of other unknown states nothing is known.
_NEW = "new"
# What is drawn from: two weeks, so that each weekday is in it twice.
_LATELY = 14
_FUTURES = 400
_LOW, _HIGH = 0.025, 0.975
# Two weeks whose weekdays differ by chance are this much alike once in some forty times.
_ALIKE, _SPREAD = 0.75, 3.0
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a budget will be gone, in Unix seconds: the earliest, the likeliest, and the latest.

    ``latest`` is None where a part of the futures has something left at the end of the window that
    begins now.
    """

    earliest: float
    likely: float
    latest: float | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What a group spends of its budget: by day, the oldest first, up to the moment of the report.

    ``left`` is the share that is left; ``days`` are those of the SLO window, None in ``spent``
    where nothing was measured. ``is_rolling`` says that what is older than the window comes back.
    """

    spent: Sequence[float | None]
    left: float
    days: int
    is_rolling: bool = True


class Charted(Protocol):
    """A row of a report, as far as forecasts read it."""

    @property
    def state(self) -> str:
        """Its state."""

    @property
    def window(self) -> str:
        """The name of its window."""

    @property
    def window_measure(self) -> Any:
        """What was measured in it."""

    @property
    def uncorrected_window(self) -> Any:
        """The same with the maintenance that is left out."""

    @property
    def series(self) -> Sequence[tuple[float, float, float, int]]:
        """Its slots: the end, the total, the bad, and how many ledger windows were measured."""


def forecasts_of(rows: Sequence[Charted], at: float, slot_seconds: float) -> dict[int, Forecast]:
    """The forecasts of a report's rows by their places, of rolling windows that have a series."""
    groups = {
        number: spending
        for number, row in enumerate(rows)
        if (spending := _spending(row, slot_seconds)) is not None
    }
    return forecasts(groups, at)


def _spending(row: Charted, slot_seconds: float) -> Spending | None:
    """What a row spent by days, counted back from the end of its series; None where unknown."""
    over = row.uncorrected_window or row.window_measure
    allowed, left = over.budget_allowed, over.budget_remaining_ratio
    is_known = row.series and allowed and left is not None and slot_seconds <= _DAY
    # a calendar window ends, and nothing here says when
    if not is_known or row.state == _NEW or not row.window[0].isdigit():
        return None
    assert allowed is not None
    assert left is not None
    end, days = row.series[-1][0], round(over.time_range.seconds / _DAY)
    bad: dict[int, float] = {}
    for slot_end, _, slot_bad, _ in row.series:
        ago = int((end - slot_end) // _DAY)
        bad[ago] = bad.get(ago, 0.0) + slot_bad / allowed
    return Spending([bad.get(ago) for ago in range(max(bad), -1, -1)], left, days)


def forecasts(groups: Mapping[int, Spending], at: float) -> dict[int, Forecast]:
    """The forecasts of the groups whose budgets are likely to be gone within a window's length.

    None of those that are gone already, and of those of which less than a week is known.
    """
    return {
        number: found
        for number, group in groups.items()
        if group.left > 0 and (found := _forecast(group, at)) is not None
    }


def _forecast(group: Spending, at: float) -> Forecast | None:
    lately = np.array([s for s in group.spent[-_LATELY:] if s is not None], dtype=float)
    if len(lately) < _LATELY // 2 or not lately.any():
        return None
    rng = np.random.default_rng(_SEED)
    lately, coming = _by_weekday(lately, group.days)
    # the mean itself is known from these days alone: each future has days of its own to draw from
    means = rng.choice(lately, (_FUTURES, len(lately)))
    drawn = np.take_along_axis(means, rng.integers(0, len(lately), (_FUTURES, group.days)), axis=1)
    left = group.left - np.cumsum(np.maximum(drawn + coming, 0.0) - _returned(group), axis=1)
    days = _first_gone(left, group.left)
    if np.isinf(np.median(days)):
        return None
    early, likely, late = np.quantile(days, (_LOW, 0.5, _HIGH), method="nearest")
    return Forecast(
        at + float(early) * _DAY,
        at + float(likely) * _DAY,
        None if np.isinf(late) else at + float(late) * _DAY,
    )


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


def _returned(group: Spending) -> Floats:
    """What comes back on each of the coming days: what was spent a window before it."""
    if not group.is_rolling:
        return np.zeros(group.days)
    own = [s or 0.0 for s in group.spent[-group.days :]]
    return np.array([0.0] * (group.days - len(own)) + own)


def _first_gone(left: Floats, now: float) -> Floats:
    """The day on which nothing is left, to a part of it; infinite where something stays."""
    gone = left <= 0
    first = gone.argmax(axis=1)
    rows = np.arange(len(left))
    before = np.where(first > 0, left[rows, np.maximum(first - 1, 0)], now)
    part = before / np.maximum(before - left[rows, first], 1e-12)
    return np.where(gone.any(axis=1), first + part, np.inf)
