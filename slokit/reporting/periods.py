"""Periods as people write them: 7d, a week, a month, or from one day to another, in a time zone.

Owns what such a text means in Unix seconds, and which period another one is compared with. It reads
no clock: what has not ended yet ends at the moment that it is given.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from slokit.model.time_zone import TimeZone, time_zone, zone_names
from slokit.reporting.model import TimeRange
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

PREVIOUS = "previous"
_SHORTEST, _LONGEST = 3600, 366 * 86_400
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_FORMS = "write 7d, 2026-W47, 2026-10, or 2026-10-01/2026-10-15"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time as it was written: ``over`` is all of it, ``until`` is where it is cut.

    ``name`` is how people call it, empty of one that is merely so long.
    """

    kind: Literal["length", "week", "month", "range"]
    over: TimeRange
    until: float
    zone: TimeZone
    name: str = ""

    @property
    def known(self) -> TimeRange:
        """As much of it as there is."""
        return TimeRange(self.over.start, self.until)

    @property
    def is_whole(self) -> bool:
        """Whether it has ended."""
        return self.until == self.over.end

    @property
    def title(self) -> str:
        """Its name, and the time zone by which it begins and ends."""
        if not self.name or self.zone.name == "UTC":
            return self.name
        return f"{self.name} in {self.zone.name}"


def parse_period(text: str, at: float, zone: str = "UTC") -> Period:
    """The period that a text means, of which nothing after ``at`` (Unix seconds) is known.

    >>> parse_period("2026-W01", 2_000_000_000.0).known
    TimeRange(start=1766966400.0, end=1767571200.0)
    >>> parse_period("7d", 1_767_571_200.0).known
    TimeRange(start=1766966400.0, end=1767571200.0)

    Raises:
        InvalidTextError: it is no period, one that has not begun, or one that no report is about.
    """
    clocks = _zone(zone)
    if _WEEK.fullmatch(text) or _MONTH.fullmatch(text) or "/" in text:
        found = _named(text, clocks, at)
    else:
        found = _length(text, clocks, at)
    if found.over.end <= found.over.start:
        raise InvalidTextError(f"{clip(text)!r} ends before it begins")
    if found.over.start >= at:
        raise InvalidTextError(f"{clip(text)!r} has not begun")
    if not _SHORTEST <= found.known.seconds <= _LONGEST:
        raise InvalidTextError("between 1h and 1y")
    return found


def compared_with(text: str, period: Period) -> Period:
    """The period that another one is compared with: ``previous``, or one by its own name.

    Of a period that has not ended, ``previous`` is as much of the one before.

    Raises:
        InvalidTextError: it is no period, or it ends after the other one.
    """
    if text == PREVIOUS:
        return _previous(period)
    try:
        found = parse_period(text, period.until, period.zone.name)
    except InvalidTextError as cause:
        raise InvalidTextError(f"{cause}; or write previous") from cause
    if not found.is_whole:
        raise InvalidTextError(f"{clip(text)!r} has not ended by the end of the period")
    if found.kind == "length":
        raise InvalidTextError(f"{clip(text)!r} says how long, not when; or write previous")
    return found


def _previous(period: Period) -> Period:
    start, zone = period.over.start, period.zone
    if period.kind in ("length", "range"):
        before = TimeRange(start - period.known.seconds, start)
        return Period("range", before, start, zone, "the time before")
    local = datetime.fromtimestamp(start + zone.offset_at(start), UTC).date()
    first = local - timedelta(days=7 if period.kind == "week" else 1)
    name = _week_name(first) if period.kind == "week" else f"{first:%Y-%m}"
    whole = _named(name, zone, start)
    if period.is_whole:
        return whole
    until = min(whole.over.start + period.known.seconds, whole.over.end)
    title = f"as much of {name}"
    return Period("range", TimeRange(whole.over.start, until), until, zone, title)


def _named(text: str, zone: TimeZone, at: float) -> Period:
    """A week, a month or a range, by the clocks of a place."""
    kind: Literal["week", "month", "range"]
    try:
        if found := _WEEK.fullmatch(text):
            first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            kind, ends = "week", (_midnight(first), _midnight(first + timedelta(days=7)))
        elif found := _MONTH.fullmatch(text):
            first = date(int(found[1]), int(found[2]), 1)
            after = (first + timedelta(days=31)).replace(day=1)
            kind, ends = "month", (_midnight(first), _midnight(after))
        else:
            begin, _, end = text.partition("/")
            kind, ends = "range", (datetime.fromisoformat(begin), datetime.fromisoformat(end))
        over = TimeRange(*(_unix(moment, zone) for moment in ends))
    except (ValueError, OverflowError) as cause:
        raise InvalidTextError(f"{clip(text)!r} is no period; {_FORMS}") from cause
    return Period(kind, over, min(over.end, at), zone, text)


def _length(text: str, zone: TimeZone, at: float) -> Period:
    try:
        seconds = float(parse_duration(text))
    except InvalidTextError as cause:
        raise InvalidTextError(f"{cause}; {_FORMS}") from cause
    return Period("length", TimeRange(at - seconds, at), at, zone)


def _zone(name: str) -> TimeZone:
    try:
        return time_zone(name)
    except KeyError as cause:
        hint = did_you_mean(name, zone_names(), "write it like Europe/Berlin")
        raise InvalidTextError(f"{clip(name)!r} is no time zone; {hint}") from cause


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _week_name(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _unix(moment: datetime, zone: TimeZone) -> float:
    """A moment by the clocks of a place, unless it has an offset of its own; to the second."""
    if moment.tzinfo is not None:
        return float(int(moment.timestamp()))
    wall = moment.replace(tzinfo=UTC).timestamp()
    # the offset before a change is not the one after: what is near it is looked up twice
    near = wall - zone.offset_at(wall)
    return float(int(wall - zone.offset_at(near)))
