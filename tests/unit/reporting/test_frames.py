"""Rows and series as DataFrames, against plain arithmetic on the same slots."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from slokit.reporting.model import RECORD, Slot
from slokit.reporting.trends import trends
from tests.unit.reporting.reports import AT, DAY, MONTH, ROW, UNKNOWN, report
from tests.unit.reporting.series import BUDGET, PER_SLOT, SLOT, row_of, slots

WEEK_SECONDS = 7 * DAY


def test_rows_are_a_frame_of_the_csvs_columns() -> None:
    """One row a group; what is unknown is NaN, times are UTC."""
    frame = report(ROW, UNKNOWN).to_frame()

    assert list(frame.columns) == list(RECORD)
    assert list(frame["state"]) == ["ok", "no-data"]
    assert math.isnan(frame["window_sli"].iloc[1])
    assert frame["period_to"].iloc[0] == pd.Timestamp(AT, unit="s", tz="UTC")


def test_slots_are_a_frame_of_every_series() -> None:
    """Bad and total are those of the slots, burn is bad / total / budget, in the order of time."""
    series = slots([DAY])
    frame = report(UNKNOWN, row_of(series), slot_seconds=SLOT).slots()

    assert list(frame["row"].unique()) == [1]
    assert list(frame["bad"]) == [slot.bad for slot in series]
    assert list(frame["burn"]) == pytest.approx([s.bad / PER_SLOT / BUDGET for s in series])
    assert set(frame["measured"]) == {1.0}
    assert (frame["end"] - frame["start"]).unique() == [pd.Timedelta(SLOT, unit="s")]


def test_no_series_is_an_empty_frame() -> None:
    """With the same columns, and nothing to draw."""
    made = report(ROW, UNKNOWN)

    assert made.slots().empty
    assert list(made.slots().columns)[:3] == ["row", "service", "slo"]
    assert trends(made) == {}


def test_a_burn_down_ends_at_what_the_report_says() -> None:
    """Each point is what the slots up to it have left of the whole; the last is the row's own."""
    row = row_of(slots([DAY, 20 * DAY]))
    trend = trends(report(row, slot_seconds=SLOT))[0]
    inside = [slot for slot in row.series if slot.end > MONTH.start]
    allowed = sum(slot.total for slot in inside) * BUDGET
    spent, expected = 0.0, [(MONTH.start, 1.0)]
    for slot in inside:
        spent += slot.bad / allowed
        expected.append((slot.end, 1 - spent))

    assert [moment for moment, _ in trend.left] == [moment for moment, _ in expected]
    assert [left for _, left in trend.left] == pytest.approx([left for _, left in expected])
    assert trend.left[-1][1] == pytest.approx(row.window_measure.budget_remaining_ratio)


def test_what_lies_before_the_first_slot_is_not_lost() -> None:
    """Where the window begins within a slot, the line begins below 100 % by what that cost."""
    row = row_of(slots())
    more = (
        replace(
            row.window_measure,
            budget_remaining_ratio=row.window_measure.budget_remaining_ratio - 0.1,
        )
        if row.window_measure.budget_remaining_ratio is not None
        else row.window_measure
    )
    trend = trends(report(replace(row, window_measure=more), slot_seconds=SLOT))[0]

    assert trend.left[0][1] == pytest.approx(0.9)


def test_weeks_add_up() -> None:
    """What five weeks spent is the sum of their slots; the oldest comes first."""
    row = row_of(slots([DAY, 9 * DAY]))
    weeks = trends(report(row, slot_seconds=SLOT))[0].weeks
    allowed = row.window_measure.budget_allowed
    assert allowed is not None
    expected = [
        sum(
            s.bad
            for s in row.series
            if AT - n * WEEK_SECONDS < s.end <= AT - (n - 1) * WEEK_SECONDS
        )
        / allowed
        for n in (5, 4, 3, 2, 1)
    ]

    assert [week.spent for week in weeks] == pytest.approx(expected)
    assert all(week.is_whole for week in weeks)
    assert weeks[-1].over.end == AT
    assert sum(week.spent for week in weeks) == pytest.approx(
        sum(s.bad for s in row.series) / allowed
    )


def test_gaps_are_where_nothing_was_measured() -> None:
    """A gap of two days is one stretch of the trend; a whole series has none."""
    gap = trends(report(row_of(slots(gap=(14 * DAY, 16 * DAY))), slot_seconds=SLOT))[0].gaps
    none = trends(report(row_of(slots()), slot_seconds=SLOT))[0].gaps

    assert none == ()
    assert [(AT - each.end, AT - each.start) for each in gap] == [
        (14 * DAY - SLOT + SLOT, 16 * DAY)
    ]


def test_silence_burns_nothing() -> None:
    """A slot without traffic has no burn rate, and costs no budget."""
    quiet = tuple(Slot(s.end, 0.0, 0.0, 36) if n % 2 else s for n, s in enumerate(slots()))
    made = report(row_of(quiet), slot_seconds=SLOT)
    frame = made.slots()

    assert frame["burn"].isna().sum() == len(quiet) // 2
    assert trends(made)[0].left[-1][1] == pytest.approx(
        made.rows[0].window_measure.budget_remaining_ratio
    )


@pytest.mark.parametrize("state", ["new", "no-data"])
def test_an_unknown_budget_is_not_drawn(state: str) -> None:
    """Burn rates are, but no line of what is left."""
    row = row_of(slots(), state=state)
    if state == "no-data":
        measure = replace(row.window_measure, budget_allowed=None, budget_remaining_ratio=None)
        row = replace(row, window_measure=measure)
    trend = trends(report(row, slot_seconds=SLOT))[0]

    assert trend.left == ()
    assert len(trend.burn) == 240
