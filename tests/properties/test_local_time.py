"""Local time and recurring times agree with the time zone database at any moment."""

from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.model.maintenance import MINUTES, Range, TimeInterval, merged
from slokit.model.time_zone import BEGIN, END, time_zone, zone_names
from slokit.model.window import CALENDAR_UNITS, CalendarWindow

DAY = 86_400

ZONES = st.sampled_from(
    [
        *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"),
        *("Africa/Casablanca", "Europe/Dublin", "America/Santiago", "Pacific/Apia"),
    ]
) | st.sampled_from(sorted(zone_names()))
MOMENTS = st.integers(BEGIN, END - 1)


@cache
def zone_of(name: str) -> ZoneInfo:
    """Python's own reading of the pinned database: the machine's may be an older one."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as opened:
        return ZoneInfo.from_file(opened)


def near_changes(zone: str) -> st.SearchStrategy[int]:
    """Any moments, and those around clock changes more often."""
    changes = [at for at, _ in time_zone(zone).changes]
    if not changes:
        return MOMENTS
    near = st.tuples(st.sampled_from(changes), st.integers(-7200, 7200)).map(sum)
    return (near | MOMENTS).filter(lambda at: BEGIN <= at < END)


def ranges(first: int, last: int) -> st.SearchStrategy[tuple[Range, ...]]:
    pair = st.tuples(st.integers(first, last), st.integers(first, last))
    ordered = pair.map(lambda each: (min(each), max(each)))
    return st.lists(ordered, max_size=2).map(tuple)


@st.composite
def intervals(draw: st.DrawFn) -> TimeInterval:
    times = draw(ranges(0, MINUTES))
    days = draw(ranges(1, 31) | ranges(-31, -1) | st.just(((25, -1),)))
    return TimeInterval(
        weekdays=draw(ranges(0, 6)),
        times=tuple(each for each in times if each[0] < each[1]),
        days_of_month=days,
        months=draw(ranges(1, 12)),
        years=draw(st.just(()) | ranges(2020, 2037)),
        location=draw(ZONES),
    )


def is_in(interval: TimeInterval, moment: int) -> bool:
    """The same question to Python's own local time, field by field."""
    local = datetime.fromtimestamp(moment, zone_of(interval.location))
    next_month = local.replace(day=28, tzinfo=None).toordinal() + 4
    first_of_next = datetime.fromordinal(next_month).replace(day=1).toordinal()
    length = first_of_next - local.replace(day=1, tzinfo=None).toordinal()

    def day(bound: int) -> int:
        return bound if bound > 0 else length + 1 + bound

    def any_of(number: int, wanted: tuple[Range, ...]) -> bool:
        return not wanted or any(first <= number <= last for first, last in wanted)

    minute = local.hour * 60 + local.minute
    return (
        any_of(int(local.strftime("%w")), interval.weekdays)
        and any_of(local.month, interval.months)
        and any_of(local.year, interval.years)
        and any_of(local.day, tuple((day(a), day(b)) for a, b in interval.days_of_month))
        and (not interval.times or any(a <= minute < b for a, b in interval.times))
    )


@given(st.data(), ZONES)
def test_offsets_are_those_of_the_database(data: st.DataObject, zone: str) -> None:
    """Of any zone, at any moment from 2020 to 2037, to the second around clock changes."""
    moment = data.draw(near_changes(zone))
    offset = datetime.fromtimestamp(moment, zone_of(zone)).utcoffset()

    assert offset is not None
    assert time_zone(zone).offset_at(moment) == offset.total_seconds()


@settings(deadline=None)
@given(st.data(), intervals())
def test_a_recurring_time_is_where_local_time_says(
    data: st.DataObject, interval: TimeInterval
) -> None:
    """A moment is in a span exactly when its local weekday, day, month, year and time fit."""
    moment = data.draw(near_changes(interval.location))
    spans = interval.spans(moment - 2 * DAY, moment + 2 * DAY)

    assert any(start <= moment < end for start, end in spans) == is_in(interval, moment)


@settings(deadline=None)
@given(intervals(), MOMENTS, st.integers(0, 40 * 86_400), st.integers(0, 40 * 86_400))
def test_parts_of_a_time_make_the_whole(
    interval: TimeInterval, start: int, first: int, second: int
) -> None:
    """The spans of two halves, joined, are the spans of both; none is empty, none overlap."""
    middle, end = start + first, start + first + second
    whole = interval.spans(start, end)

    assert merged([*interval.spans(start, middle), *interval.spans(middle, end)]) == whole
    assert all(begin < until for begin, until in whole)
    assert all(a[1] < b[0] for a, b in pairwise(whole))


def test_nothing_comes_again_before_the_tables_begin() -> None:
    """Neither in reports nor in rules: promtool's tests, in 1970, know no maintenance."""
    always = TimeInterval(years=((1970, 2100),))
    begin = datetime(2020, 1, 1, tzinfo=UTC).timestamp()

    assert always.spans(0, begin + 60) == ((begin, begin + 60),)


def period_of(unit: str, zone: str, moment: float) -> tuple[int, int]:
    """The year and the week, month or quarter in which a moment is, by Python's own local time."""
    local = datetime.fromtimestamp(moment, zone_of(zone))
    week = local.isocalendar()
    return {
        "week": (week.year, week.week),
        "month": (local.year, local.month),
        "quarter": (local.year, (local.month - 1) // 3),
        "year": (local.year, 0),
    }[unit]


@settings(deadline=None)
@given(st.data(), ZONES, st.sampled_from(CALENDAR_UNITS))
def test_a_calendar_window_is_the_period_of_local_time(
    data: st.DataObject, zone: str, unit: str
) -> None:
    """From its first second to its last, in any zone and around any clock change."""
    moment = data.draw(
        near_changes(zone).filter(lambda at: BEGIN + 400 * DAY < at < END - 400 * DAY)
    )
    window = CalendarWindow(unit, zone)
    begin, _ = window.span(moment)
    end = window.resets(moment)

    # at a boundary the period that ends there is meant
    own = period_of(unit, zone, moment - 1)
    assert end is not None
    assert begin < moment <= end
    assert period_of(unit, zone, begin) == own == period_of(unit, zone, end - 1)
    assert period_of(unit, zone, begin - 1) != own != period_of(unit, zone, end)
    assert 0 < window.elapsed(moment) <= 1
