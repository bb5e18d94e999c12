"""What charts show, computed over all series at once: burn-downs, burn rates, week over week.

Owns pandas together with :mod:`slokit.reporting.frames`. A trend is plain values: who draws it
needs neither. Nothing is drawn of a budget that is not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from slokit.reporting import frames
from slokit.reporting.budget import NEW
from slokit.reporting.model import Report, Row, TimeRange

_WEEK = 7 * 86_400.0
_MOST_WEEKS = 5
_WHOLE = 0.5
# Moments from a server and windows from a calendar may differ by rounding.
_SLACK = 1.0


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, and the share of the SLO window's budget that they spent.

    ``is_whole`` says that at least half of it was measured.
    """

    over: TimeRange
    spent: float
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of one group over its SLO window.

    ``left`` are moments and the share of the budget that was left then, the last one the report's
    own; it is empty where that is unknown. ``burn`` are the ends of slots and their burn rates,
    ``gaps`` where nothing was measured. ``weeks`` are the oldest first, and may reach back further.
    """

    left: tuple[tuple[float, float], ...]
    burn: tuple[tuple[float, float], ...]
    gaps: tuple[TimeRange, ...]
    weeks: tuple[Week, ...]


def trends(report: Report) -> dict[int, Trend]:
    """The trends of the rows that have a series, by their places in the report."""
    rows, seconds = report.rows, report.slot_seconds
    numbers = frames.numbers(rows, seconds, report.window_seconds)
    if numbers.empty:
        return {}
    slots = numbers.join(_budgets(rows), on="row").sort_values(["row", "end"])
    slots["spent"] = slots["bad"] / slots["allowed"]
    # a slot that reaches into the window from before it would count what the window does not
    inside = slots[slots["end"] - seconds > slots["begin"] - _SLACK]
    left, weeks = _left(inside, seconds), _weeks(slots, report)
    return {
        row: Trend(
            left=left.get(row, ()),
            burn=tuple(zip(of_row["end"], of_row["burn"], strict=True)),
            gaps=tuple(_gaps(list(of_row["end"]), rows[row].window_measure.time_range, seconds)),
            weeks=weeks.get(row, ()),
        )
        for row, of_row in _by_row(inside)
    }


def _budgets(rows: Sequence[Row]) -> pd.DataFrame:
    """By row: where its window begins, the bad events it may have, and the share that is left.

    Slots hold what times of maintenance left out of a row's numbers, so these are with it as well.
    """
    known = [
        (row.uncorrected_window or row.window_measure) if row.state != NEW else None for row in rows
    ]
    return pd.DataFrame(
        {
            "begin": [row.window_measure.time_range.start for row in rows],
            "allowed": [each.budget_allowed if each else None for each in known],
            "remaining": [each.budget_remaining_ratio if each else None for each in known],
        },
        dtype="float64",
    )


def _left(inside: pd.DataFrame, seconds: float) -> dict[int, tuple[tuple[float, float], ...]]:
    """The burn-downs, counted back from what is left at the end of each window.

    So the last point is the report's own number, whatever lies before the first whole slot.
    """
    known = inside[inside["spent"].notna() & inside["remaining"].notna()]
    spent = known.groupby("row")["spent"]
    later = spent.transform("sum") - spent.cumsum()
    points = known.assign(left=known["remaining"] + later)
    found = {}
    for row, of_row in _by_row(points):
        first = of_row.iloc[0]
        begin = float(first["end"]) - seconds, float(first["left"] + first["spent"])
        found[row] = (begin, *zip(of_row["end"], of_row["left"], strict=True))
    return found


def _weeks(slots: pd.DataFrame, report: Report) -> dict[int, tuple[Week, ...]]:
    """What each week spent, counted back from the moment of the report; none of one week alone."""
    known = slots[slots["spent"].notna()]
    ago = ((report.at - known["end"]) // _WEEK).astype("int64")
    sums = known.groupby([known["row"], ago.rename("ago")])[["spent", "windows"]].sum()
    most = _WEEK / report.window_seconds
    found: dict[int, list[Week]] = {}
    for (row, weeks_ago), spent, windows in zip(
        sums.index, sums["spent"], sums["windows"], strict=True
    ):
        if weeks_ago < _MOST_WEEKS:
            end = report.at - weeks_ago * _WEEK
            week = Week(TimeRange(end - _WEEK, end), float(spent), bool(windows / most >= _WHOLE))
            found.setdefault(int(row), []).append(week)
    return {row: tuple(reversed(weeks)) for row, weeks in found.items() if weeks[1:]}


def _gaps(ends: Sequence[float], over: TimeRange, seconds: float) -> Iterator[TimeRange]:
    """Stretches of a window in which no slot holds anything."""
    last = over.start
    for end in (*ends, over.end + seconds):
        if end - seconds - last >= seconds - _SLACK:
            yield TimeRange(last, min(end - seconds, over.end))
        last = max(last, end)


def _by_row(frame: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    for row, of_row in frame.groupby("row"):
        assert isinstance(row, int)
        yield row, of_row
