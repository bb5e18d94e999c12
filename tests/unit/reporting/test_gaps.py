"""When nothing was measured, by slots of hours and of days."""

import pytest

from slokit.reporting.gaps import Gap, gaps
from slokit.reporting.model import Slot, TimeRange

HOUR, DAY, WINDOW = 3600.0, 86_400.0, 300.0


def _found(seconds: float, *windows: int) -> list[Gap]:
    """The gaps of slots of so many seconds, of which so many windows were measured."""
    slots = [Slot((n + 1) * seconds, 1.0, 0.0, w) for n, w in enumerate(windows) if w]
    return list(gaps([slots], TimeRange(0, len(windows) * seconds), seconds, WINDOW))


def test_a_gap_has_its_moments_where_a_slot_is_empty() -> None:
    """To a ledger window: what stands beside an empty slot lacks that side."""
    assert _found(HOUR, 12, 9, 0, 0, 4, 12) == [
        Gap(TimeRange(1.75 * HOUR, 4 * HOUR + 40 * 60), 2.5 * HOUR + 25 * 60)
    ]
    assert _found(HOUR, 12, 0, 12)[0].is_whole


def test_what_two_days_lack_lies_between_them() -> None:
    """Where in them is not known, only for how long."""
    (gap,) = _found(DAY, 288, 200, 88, 288)

    assert (gap.over, gap.seconds) == (TimeRange(DAY, 3 * DAY), DAY)
    assert not gap.is_whole


@pytest.mark.parametrize(
    "windows",
    [(12, 12, 12), (0, 0, 12), (12, 10, 12), (12, 10, 10, 11, 10, 12), (1, 12), ()],
)
def test_restarts_and_the_time_before_are_no_gaps(windows: tuple[int, ...]) -> None:
    """A few windows here and there, and what was before the first sample."""
    assert _found(HOUR, *windows) == []


def test_what_is_missing_at_the_end_is_a_gap() -> None:
    """Up to the end of what was asked about."""
    assert _found(HOUR, 12, 12, 0, 0) == [Gap(TimeRange(2 * HOUR, 4 * HOUR), 2 * HOUR)]


def test_what_another_group_has_is_no_gap() -> None:
    """The one that was measured most counts."""
    one, other = [Slot(HOUR, 1, 0, 12), Slot(3 * HOUR, 1, 0, 12)], [Slot(2 * HOUR, 1, 0, 12)]

    assert list(gaps([one, other], TimeRange(0, 3 * HOUR), HOUR, WINDOW)) == []
