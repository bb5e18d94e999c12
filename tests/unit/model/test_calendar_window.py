"""Calendar windows: from which midnight on, and how much of them has passed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from slokit.model.window import CALENDAR_UNITS, MONTH, WEEK, CalendarWindow

PLACES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
FIRST, LAST, STEP = 1_600_000_000, 2_100_000_000, 7_654_321


def unix(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def midnight(unit: str, place: str, at: float) -> float:
    """The begin of the period, by Python's own calendar."""
    zone = ZoneInfo(place)
    local = datetime.fromtimestamp(at, zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == WEEK:
        monday = day.replace(tzinfo=None) - timedelta(days=day.weekday())
        return monday.replace(tzinfo=zone).timestamp()
    months = {MONTH: local.month, "quarter": local.month - (local.month - 1) % 3, "year": 1}
    return day.replace(day=1, month=months[unit]).timestamp()


@pytest.mark.parametrize("unit", CALENDAR_UNITS)
@pytest.mark.parametrize("place", PLACES)
def test_a_window_begins_at_local_midnight(unit: str, place: str) -> None:
    """At any moment from 2020 to 2036, whatever the clocks of the place have done since."""
    window = CalendarWindow(unit, place)
    for at in range(FIRST, LAST, STEP):
        assert window.span(at) == (midnight(unit, place, at), at)


def test_at_a_boundary_the_whole_period_before_is_meant() -> None:
    """Of which all has passed; a second later the new one has begun."""
    window, begin = CalendarWindow(MONTH, "Europe/Berlin"), unix("2026-11-01T00:00:00+01:00")

    assert window.span(begin)[0] == unix("2026-10-01T00:00:00+02:00")
    assert window.elapsed(begin) == 1
    assert window.span(begin + 1)[0] == begin
    assert window.elapsed(begin + 1) == pytest.approx(1 / 30 / 86_400)


def test_each_day_of_a_month_is_as_long_as_any_other() -> None:
    """Also the one of 25 hours, with which summer time ends in Berlin."""
    window = CalendarWindow(MONTH, "Europe/Berlin")

    assert window.elapsed(unix("2026-10-25T00:00:00+02:00")) == pytest.approx(24 / 31)
    assert window.elapsed(unix("2026-10-26T00:00:00+01:00")) == pytest.approx(25 / 31)
