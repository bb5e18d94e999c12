"""Periods as they are written: weeks, months and ranges by the clocks of a place."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from slokit.reporting.periods import compared_with, parse_period
from slokit.text import InvalidTextError

LATE = datetime(2026, 12, 31, tzinfo=UTC).timestamp()
DAY = 86_400.0


def _times(text: str, zone: str = "UTC", at: float = LATE) -> list[str]:
    over = parse_period(text, at, zone).known
    return [f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M}" for end in (over.start, over.end)]


@pytest.mark.parametrize(
    ("text", "zone", "start", "end"),
    [
        ("2026-W47", "UTC", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("2026-W01", "UTC", "2025-12-29T00:00", "2026-01-05T00:00"),
        ("2026-W47", "Europe/Berlin", "2026-11-15T23:00", "2026-11-22T23:00"),
        ("2026-W47", "Asia/Kolkata", "2026-11-15T18:30", "2026-11-22T18:30"),
        # clocks go back on 25 October, so that this week has 169 hours
        ("2026-W43", "Europe/Berlin", "2026-10-18T22:00", "2026-10-25T23:00"),
        ("2026-10", "Europe/Berlin", "2026-09-30T22:00", "2026-10-31T23:00"),
        ("2026-03", "Europe/Berlin", "2026-02-28T23:00", "2026-03-31T22:00"),
        ("2026-02", "UTC", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("2026-10-01/2026-10-15", "UTC", "2026-10-01T00:00", "2026-10-15T00:00"),
        ("2026-10-01T08:00/2026-10-01T12:00", "Asia/Tokyo", "2026-09-30T23:00", "2026-10-01T03:00"),
        ("2026-10-01T08:00Z/2026-10-01T14:00+02:00", "Asia/Tokyo", "2026-10-01T08:00",
         "2026-10-01T12:00"),
        ("7d", "Europe/Berlin", "2026-12-24T00:00", "2026-12-31T00:00"),
    ],
)  # fmt: skip
def test_what_a_period_means(text: str, zone: str, start: str, end: str) -> None:
    """Its begin and its end by the clocks of the place, over changes of the clock as well."""
    assert _times(text, zone) == [start, end]


def test_weeks_and_months_leave_nothing_out() -> None:
    """Each begins where the one before ended, in a zone with and without changes."""
    for zone in ("UTC", "Europe/Berlin", "America/St_Johns"):
        for names in (
            [f"2026-W{week:02}" for week in range(1, 53)],
            [f"2026-{month:02}" for month in range(1, 13)],
        ):
            periods = [parse_period(name, LATE + 30 * DAY, zone) for name in names]
            for before, after in pairwise(periods):
                assert before.over.end == after.over.start
                assert compared_with("previous", after).over == before.over


def test_a_period_that_goes_on_ends_now() -> None:
    """What has not ended is known up to the moment, and compared with as much of the one before."""
    at = datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp()
    week = parse_period("2026-W47", at)
    before = compared_with("previous", week)

    assert not week.is_whole
    assert week.known.end == at
    assert before.known.seconds == week.known.seconds
    assert before.known.start == week.known.start - 7 * DAY


def test_a_length_is_compared_with_as_long_before() -> None:
    """The same length, which ends where the period begins."""
    week = parse_period("7d", LATE)
    before = compared_with("previous", week).known

    assert before.end == week.known.start
    assert before.seconds == week.known.seconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-W54", "is no period; write 7d, 2026-W47, 2026-10"),
        ("2026-13", "is no period"),
        ("2026-10-40/2026-11-01", "is no period"),
        ("/", "is no period"),
        ("9999-12", "is no period"),
        ("2027-W10", "has not begun"),
        ("2026-10-15/2026-10-01", "ends before it begins"),
        ("5m", "between 1h and 1y"),
        ("2020-01-01/2026-01-01", "between 1h and 1y"),
        ("fortnight", "write 7d"),
    ],
)
def test_what_is_no_period(text: str, words: str) -> None:
    """It is said what is wrong, and how periods are written."""
    with pytest.raises(InvalidTextError, match=words):
        parse_period(text, LATE)


@pytest.mark.parametrize(
    ("zone", "words"), [("Europe/Berlln", "did you mean 'Europe/Berlin'"), ("", "no time zone")]
)
def test_what_is_no_zone(zone: str, words: str) -> None:
    """The nearest name is said."""
    with pytest.raises(InvalidTextError, match=words):
        parse_period("2026-W47", LATE, zone)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-10/2026-11-20", "has not ended by the end of the period"),
        ("2026-W47", "has not begun"),
        ("7d", "says how long, not when"),
        ("before", "or write previous"),
    ],
)
def test_what_nothing_is_compared_with(text: str, words: str) -> None:
    """An earlier period has a name of its own, or is the previous one."""
    week = parse_period("2026-W46", LATE)

    with pytest.raises(InvalidTextError, match=words):
        compared_with(text, week)
