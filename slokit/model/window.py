"""SLO windows: the time over which an error budget is counted, and what its rules look like.

Code that means the SLO window asks the window: its name, how long it is at most, what it covers at
a moment, and how counts are added up over it; nowhere else is there arithmetic on its seconds. Burn
alerts have windows of their own, which are plain seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Protocol

from slokit.model.time_zone import UTC_NAME, time_zone
from slokit.text.durations import format_duration

_MINUTE = Fraction(60)
_DAY = 86_400


class Window(Protocol):
    """The time over which a budget is counted; two are equal when their rules are the same.

    ``counts`` is a selector of a series of counts: one sample a ledger window, which holds the
    events of that ledger window.
    """

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """As it stands in the label ``window`` and in names of series: ``30d``."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What the info series of its SLOs says about it, and no other window's: its name."""

    @property
    def longest(self) -> Fraction:
        """Seconds that it covers at most."""

    @property
    def described(self) -> str:
        """What an objective is over, in words."""

    @property
    def is_rolling(self) -> bool:
        """Whether it always covers the same length of time, up to now."""

    def span(self, at: float) -> tuple[float, float]:
        """Start and end of what it covers at a moment, in Unix seconds; the end is ``at``."""

    def elapsed(self, at: float) -> float:
        """Which share of it has passed at a moment: its budget is that of the whole window."""

    def resets(self, at: float) -> float | None:
        """When it begins anew after a moment, in Unix seconds; None where it never does."""

    def summed(self, counts: str) -> str:
        """The events of the window, out of the counts; of a calendar window those of one period."""

    def halfway(self, series: str, lasting: Fraction | None = None) -> str:
        """Holds where there was a sample in the older half of the window, wherever in it.

        The moment half a window ago decides nothing: it may lie in a night or in an outage. Of a
        series that is there for longer it is enough to look back for so many seconds from there.
        """


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last so many seconds, whenever one looks.

    >>> window = RollingWindow(Fraction(30 * 86_400))
    >>> window.name
    '30d'
    >>> window.summed("slokit:bad:events5m")
    'sum_over_time(slokit:bad:events5m[29d23h59m])'
    >>> window.halfway("slokit:total:events5m")
    'present_over_time(slokit:total:events5m[15d] offset 15d)'
    >>> window.halfway("slokit:budget_remaining:ratio", Fraction(86_400))
    'present_over_time(slokit:budget_remaining:ratio[1d] offset 15d)'
    """

    seconds: Fraction

    def __hash__(self) -> int:
        # that of a fraction takes many times as long, and windows are looked up for every SLO
        return hash(self.seconds.as_integer_ratio())

    @property
    def name(self) -> str:
        """Its length: ``30d``."""
        return format_duration(self.seconds)

    @property
    def labels(self) -> Mapping[str, str]:
        """Its name."""
        return {"window": self.name}

    @property
    def longest(self) -> Fraction:
        """Its length in seconds."""
        return self.seconds

    @property
    def described(self) -> str:
        """Its length."""
        return self.name

    @property
    def is_rolling(self) -> bool:
        """It is."""
        return True

    def span(self, at: float) -> tuple[float, float]:
        """The last so many seconds."""
        return at - float(self.seconds), at

    def elapsed(self, at: float) -> float:
        """All of it: the last so many seconds have always passed."""
        return 1.0

    def resets(self, at: float) -> float | None:
        """Never: what was spent comes back as it leaves the window."""
        return None

    def summed(self, counts: str) -> str:
        """The sum of a range; see :func:`summed_over`."""
        return summed_over(counts, self.seconds)

    def halfway(self, series: str, lasting: Fraction | None = None) -> str:
        """Any sample of the half that ended half a window ago."""
        half = self.seconds / 2
        length = format_duration(lasting or half)
        return f"present_over_time({series}[{length}] offset {format_duration(half)})"


WEEK, MONTH, QUARTER, YEAR = "week", "month", "quarter", "year"
# Days that a period has at most.
_MOST_DAYS = {WEEK: 7, MONTH: 31, QUARTER: 92, YEAR: 366}
CALENDAR_UNITS = tuple(_MOST_DAYS)
# A month with the end of summer time in it is an hour longer than its days.
_CLOCK_CHANGE = Fraction(3600)


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """The week, month, quarter or year so far, by the clocks of a place; weeks begin on Monday.

    Windows of one unit have one name and share their rules, whatever their time zones.

    >>> window = CalendarWindow(MONTH, "Europe/Berlin")
    >>> window.name, window.longest / 86_400
    ('month', Fraction(31, 1))
    >>> window.span(1_796_504_400)  # the 5th of December 2026, 21:00 UTC
    (1796079600.0, 1796504400)
    """

    unit: str
    timezone: str = UTC_NAME

    @property
    def name(self) -> str:
        """Its unit: ``month``."""
        return self.unit

    @property
    def labels(self) -> Mapping[str, str]:
        """Its name, and by which clocks it begins."""
        return {"window": self.unit, "timezone": self.timezone}

    @property
    def longest(self) -> Fraction:
        """The days of the longest one, in seconds; days of 24 hours."""
        return Fraction(_MOST_DAYS[self.unit] * _DAY)

    @property
    def described(self) -> str:
        """Its unit and whose clocks it goes by.

        >>> CalendarWindow(WEEK, "Europe/Berlin").described
        'each week in Europe/Berlin'
        """
        return f"each {self.unit} in {self.timezone}"

    @property
    def is_rolling(self) -> bool:
        """It begins anew at each boundary."""
        return False

    def span(self, at: float) -> tuple[float, float]:
        """From the last boundary on; at a boundary it is the whole period that ends there."""
        zone = time_zone(self.timezone)
        begin = zone.moment(self._begin(self._local(at)))
        if begin >= at:
            begin = zone.moment(self._begin(self._local(at) - timedelta(seconds=1)))
        return float(begin), at

    def elapsed(self, at: float) -> float:
        """How far it is by local clocks, so that each of its days is as long as the others."""
        zone = time_zone(self.timezone)
        start, _ = self.span(at)
        local = at + zone.offset_at(at - 1)
        begin = self._begin(datetime.fromtimestamp(start + zone.offset_at(start), UTC))
        whole = (_after(self.unit, begin) - begin).total_seconds()
        return (local - begin.timestamp()) / whole

    def resets(self, at: float) -> float | None:
        """The next boundary; at a boundary it is that one.

        >>> CalendarWindow(WEEK, "Europe/Berlin").resets(1_796_504_400)
        1796598000.0
        """
        zone = time_zone(self.timezone)
        start, _ = self.span(at)
        begin = datetime.fromtimestamp(start + zone.offset_at(start), UTC)
        return float(zone.moment(_after(self.unit, begin)))

    def summed(self, counts: str) -> str:
        """A range that the longest period fits in: which of the counts are its own, a label says.

        >>> CalendarWindow(WEEK).summed("slokit:bad:events5m:week")
        'sum_over_time(slokit:bad:events5m:week[7d59m])'
        """
        return summed_over(counts, self.longest + _CLOCK_CHANGE)

    def halfway(self, series: str, lasting: Fraction | None = None) -> str:
        """As of a rolling window: a group's history does not end at a boundary."""
        return RollingWindow(self.longest).halfway(series, lasting)

    def _local(self, at: float) -> datetime:
        """What local clocks show at a moment, in whole seconds, as if it were UTC."""
        moment = math.floor(at)
        return datetime.fromtimestamp(moment + time_zone(self.timezone).offset_at(moment), UTC)

    def _begin(self, local: datetime) -> datetime:
        """The midnight with which its period begins, as local clocks show it."""
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.unit == WEEK:
            return day - timedelta(days=day.weekday())
        months = {MONTH: day.month, QUARTER: day.month - (day.month - 1) % 3, YEAR: 1}
        return day.replace(month=months[self.unit], day=1)


def _after(unit: str, begin: datetime) -> datetime:
    """The begin of the period after the one that begins so."""
    if unit == WEEK:
        return begin + timedelta(days=7)
    months = begin.month - 1 + {MONTH: 1, QUARTER: 3, YEAR: 12}[unit]
    return begin.replace(year=begin.year + months // 12, month=months % 12 + 1)


def summed_over(counts: str, seconds: Fraction) -> str:
    """The events of the last so many seconds, out of the counts of its ledger windows.

    A minute short, so that the same number of counts is read on every version of Prometheus,
    whether its ranges are closed on both ends (2.x) or left-open (3.x): two hours hold 24 counts
    of five minutes, not 25.

    >>> summed_over("slokit:bad:events5m", Fraction(7200))
    'sum_over_time(slokit:bad:events5m[1h59m])'
    """
    return f"sum_over_time({counts}[{format_duration(seconds - _MINUTE)}])"
