"""Maintenance: planned times in which nothing is counted, alerts are silent, or reports leave out.

Values alone: when it is, and which SLOs and groups it is for. What is made of it in PromQL is in
:mod:`slokit.compiler.maintenance`; what reports make of it, in their plan.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from slokit.diagnostics.finding import Location
from slokit.model.time_zone import BEGIN, UTC_NAME, time_zone
from slokit.promql.pattern import is_match
from slokit.promql.selector import Matcher
from slokit.text.moments import rfc3339
from slokit.text.words import joined

LEDGER, ALERTS, REPORT = "ledger", "alerts", "report"
APPLIES = (LEDGER, ALERTS, REPORT)
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
MINUTES = 24 * 60
# Labels of `slokit:info` that no group has: an SLO is matched by them as a whole.
OWN_LABELS = ("service", "slo", "category", "owner")
_DAY = 86_400
# How many days ahead the next time is looked for: a 29th of February comes within eight years.
_LOOKS = (10, 40, 400, 3_000)

# The first and the last of something, both included; of times, the end is excluded.
Range = tuple[int, int]
# A stretch of time in Unix seconds, the end excluded.
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """A time that comes again, in the vocabulary of Alertmanager's time intervals.

    Each field is empty for any time, or holds ranges of which one must fit: ``weekdays`` from 0 for
    Sunday, ``times`` in minutes since midnight, ``days_of_month`` from 1, or from -1 for the last
    one backwards, ``months`` from 1. Local time of ``location`` decides, whatever its clocks do: an
    hour that is skipped never is, one that comes twice is twice.
    """

    weekdays: tuple[Range, ...] = ()
    times: tuple[Range, ...] = ()
    days_of_month: tuple[Range, ...] = ()
    months: tuple[Range, ...] = ()
    years: tuple[Range, ...] = ()
    location: str = UTC_NAME

    def holds_day(self, day: date) -> bool:
        """Whether a local day is one of it."""
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        backwards = day.day - last.day - 1

        def is_in(number: int, ranges: tuple[Range, ...]) -> bool:
            return not ranges or any(first <= number <= end for first, end in ranges)

        return (
            is_in(day.isoweekday() % 7, self.weekdays)
            and is_in(day.month, self.months)
            and is_in(day.year, self.years)
            and (
                not self.days_of_month
                or any(
                    (day.day if first > 0 else backwards) >= first
                    and (day.day if end > 0 else backwards) <= end
                    for first, end in self.days_of_month
                )
            )
        )

    def spans(self, start: float, end: float) -> tuple[Span, ...]:
        """When it is within a time range, in order; nothing before 2020, as in the rules."""
        found = []
        for begin, until, offset in time_zone(self.location).stretches(max(start, BEGIN), end):
            day = datetime.fromtimestamp(begin + offset, UTC).date()
            midnight = (begin + offset) // _DAY * _DAY - offset
            while midnight < until:
                if self.holds_day(day):
                    for first, last in self.times or ((0, MINUTES),):
                        inside = max(begin, midnight + first * 60), min(until, midnight + last * 60)
                        if inside[0] < inside[1]:
                            found.append(inside)
                day, midnight = day + timedelta(days=1), midnight + _DAY
        return merged(found)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A planned maintenance: ``once``, or ``when`` any of some intervals is.

    It is for SLOs of the ``services`` (all, where none is named) that ``match``: matchers on their
    :data:`OWN_LABELS` and on the labels of their groups. ``applies`` says what heeds it.
    """

    name: str
    reason: str
    services: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    once: Span | None = None
    when: tuple[TimeInterval, ...] = ()
    applies: frozenset[str] = frozenset(APPLIES)
    location: Location = field(default=Location(), compare=False)

    @property
    def is_corrected(self) -> bool:
        """Whether only reports heed it: what was counted is taken off when it is measured."""
        return REPORT in self.applies and LEDGER not in self.applies

    @property
    def subject(self) -> str:
        """What it is for, in words.

        >>> Maintenance("racks", "New racks", services=("shop", "till")).subject
        'shop and till'
        """
        matchers = ",".join(map(str, self.match))
        services = joined(self.services) if self.services else ""
        return f"{services} {matchers}".strip() or "all services"

    def next_span(self, at: float) -> Span | None:
        """When it is at a moment, or else when it will be next; None where never again.

        The span of one that is on begins at the moment, or before it where it happens once.
        """
        if self.once:
            return self.once if at < self.once[1] and self.once[0] < self.once[1] else None
        begin = at
        for days in _LOOKS:
            if found := self.spans(begin, at + days * _DAY):
                return found[0]
            begin = at + days * _DAY
        return None

    def spans(self, start: float, end: float) -> tuple[Span, ...]:
        """When it is within a time range (Unix seconds): stretches without overlap, in order."""
        own = [self.once] if self.once else []
        clipped = [(max(start, begin), min(end, until)) for begin, until in own]
        recurring = [span for interval in self.when for span in interval.spans(start, end)]
        return merged([*clipped, *recurring])

    def group_matchers(
        self, labels: Mapping[str, str], group: Iterable[str]
    ) -> tuple[Matcher, ...] | None:
        """What the groups of an SLO must match for it to be meant; None where none can.

        ``labels`` are the :data:`OWN_LABELS` of the SLO, ``group`` the names of its group labels. A
        group without a label has the empty value of it.
        """
        if self.services and labels["service"] not in self.services:
            return None
        names = set(group)
        fixed = [matcher for matcher in self.match if matcher.label not in names]
        if not all(is_match(matcher, labels.get(matcher.label, "")) for matcher in fixed):
            return None
        return tuple(matcher for matcher in self.match if matcher.label in names)


def when_text(maintenance: Maintenance) -> str:
    """When a maintenance is, as people write it.

    >>> sundays = TimeInterval(weekdays=((0, 0),), times=((120, 240),), location="Europe/Berlin")
    >>> when_text(Maintenance("patching", "Updates", when=(sundays,)))
    'sunday 02:00-04:00 Europe/Berlin'
    >>> when_text(Maintenance("racks", "New racks", once=(1796504400, 1796526000)))
    '2026-12-05T21:00:00Z to 2026-12-06T03:00:00Z'
    """
    if maintenance.once:
        start, end = map(rfc3339, maintenance.once)
        return f"{start} to {end}"
    return ", or ".join(map(_interval_text, maintenance.when))


def clock_text(minutes: int) -> str:
    """Minutes since midnight as they are written.

    >>> clock_text(150), clock_text(MINUTES)
    ('02:30', '24:00')
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _interval_text(interval: TimeInterval) -> str:
    def some(ranges: Iterable[Range], name: Callable[[int], str] = str, between: str = ":") -> str:
        return ", ".join(
            name(first) if first == last else f"{name(first)}{between}{name(last)}"
            for first, last in ranges
        )

    days = some(interval.days_of_month)
    parts = (
        some(interval.weekdays, lambda number: WEEKDAYS[number]),
        f"on day {days} of the month" if days else "",
        some(interval.months, lambda number: MONTHS[number - 1]),
        some(interval.years),
        some(interval.times, clock_text, "-"),
        interval.location,
    )
    return " ".join(part for part in parts if part)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Stretches of time in order, those that overlap or touch as one; empty ones are none.

    >>> merged([(5, 9), (1, 2), (2, 3), (7, 8), (4, 4)])
    ((1, 3), (5, 9))
    """
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)


def applying(maintenances: Iterable[Maintenance], to: str) -> Iterator[Maintenance]:
    """Those that apply to the ledger, to alerts or to reports."""
    return (each for each in maintenances if to in each.applies)
