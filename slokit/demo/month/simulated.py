"""What a simulation gives: minutes of a month, the series that are scraped, what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import erf, log, sqrt
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

MINUTE, HOUR, DAY = 60, 3600, 86_400
LEAD = 15
_FULL_MONTH = 30


@dataclass(frozen=True)
class Timeline:
    """``days`` days of minutes up to ``at`` (Unix seconds, a multiple of five minutes).

    Arrays over the timeline have one element a minute. The first LEAD minutes lie before the
    month, so that its first rates have something to look back on.
    """

    at: int
    days: int = _FULL_MONTH

    @property
    def start(self) -> int:
        """The beginning of the month."""
        return self.at - self.days * DAY

    @cached_property
    def minutes(self) -> Integers:
        """The beginnings of all minutes in Unix seconds, LEAD included."""
        return np.arange(self.start - LEAD * MINUTE, self.at, MINUTE, dtype=np.int64)

    @property
    def month(self) -> slice:
        """The minutes of the month itself."""
        return slice(LEAD, len(self.minutes))

    @property
    def counted(self) -> slice:
        """The minutes that the counts of the month hold, which end an evaluation earlier."""
        return slice(self.month.start - 1, self.month.stop - 1)

    def stretch(self, day: float, hour: float, minutes: int) -> slice:
        """So many minutes from an hour (UTC) of a day, days counted from 0 in a month of 30.

        In a shorter month the days lie closer to each other; the hour of the day stays.
        """
        midnight = (self.start + int(day / _FULL_MONTH * self.days * DAY)) // DAY * DAY
        begun = (midnight + int(hour * HOUR) - self.start) % (self.days * DAY) // MINUTE
        first = LEAD + min(begun, self.days * DAY // MINUTE - minutes)
        return slice(first, first + minutes)

    def last(self, minutes: int) -> slice:
        """The last minutes of the month."""
        return slice(len(self.minutes) - minutes, len(self.minutes))

    def seconds(self, stretch: slice) -> tuple[int, int]:
        """Beginning and end of a stretch in Unix seconds."""
        first = self.start + (stretch.start - LEAD) * MINUTE
        return first, first + (stretch.stop - stretch.start) * MINUTE

    def during(self, *stretches: slice) -> Mask:
        """The minutes that lie in one of the stretches."""
        mask = np.zeros(len(self.minutes), dtype=bool)
        for stretch in stretches:
            mask[stretch] = True
        return mask

    def day_and_night(self, peak_hour: float) -> Floats:
        """A curve from 0 in the dead of night to 1 at the peak hour (UTC), lower on weekends."""
        hours = self.minutes % DAY / HOUR
        wave = (1 + np.cos((hours - peak_hour) / 24 * 2 * np.pi)) / 2
        weekday = (self.minutes // DAY + 3) % 7
        return np.asarray(wave * np.where(weekday >= 5, 0.7, 1.0), dtype=np.float64)


Group = tuple[tuple[str, str], ...]
Key = tuple[str, str, Group]
Numbers = TypeVar("Numbers", Floats, Integers)


@dataclass(frozen=True)
class Scraped:
    """One series: its labels (with ``__name__``) and a value a minute of the timeline.

    ``offset`` is the second of the minute at which its target is scraped; ``missing`` has the
    minutes in which that did not work.
    """

    labels: Mapping[str, str]
    values: Floats | Integers
    offset: int
    missing: Mask | None = None


@dataclass(frozen=True)
class Truth:
    """What happened to one group of one SLO, a value a minute of the timeline.

    Events and bad events; for a level bad seconds and seconds, of each member where members count
    apart; for a rate events and seconds. ``missing`` has the minutes that were not measured.
    """

    bad: Floats | Integers
    total: Floats | Integers
    missing: Mask | None = None

    def within(self, stretch: slice) -> tuple[float, float]:
        """Bad and total of what was measured in a stretch."""
        seen = ~self.missing[stretch] if self.missing is not None else slice(None)
        return float(self.bad[stretch][seen].sum()), float(self.total[stretch][seen].sum())


@dataclass
class Simulated:
    """The series of some systems, and the truth by service, SLO and group."""

    series: list[Scraped] = field(default_factory=list)
    truth: dict[Key, Truth] = field(default_factory=dict)

    def add(self, other: "Simulated") -> None:
        """Take in another simulation."""
        self.series += other.series
        self.truth |= other.truth


@dataclass(frozen=True)
class Target:
    """One scrape target: the labels of all its series, its second of the minute, its gaps."""

    labels: Mapping[str, str]
    offset: int
    missing: Mask | None = None

    def series(self, name: str, values: Floats | Integers, **labels: str) -> Scraped:
        """A series of this target."""
        own = {"__name__": name, **self.labels, **labels}
        return Scraped(own, values, self.offset, self.missing)

    def up(self, timeline: Timeline) -> Scraped:
        """Whether Prometheus reaches it: the series that is there even when it does not."""
        count = len(timeline.minutes)
        reached = np.ones(count, np.int64) if self.missing is None else (~self.missing).astype(int)
        return Scraped({"__name__": "up", **self.labels}, reached, self.offset)


def counter(events: Numbers, restarts: tuple[int, ...] = ()) -> Numbers:
    """The counter of these events a minute, which starts again at 0 with these minutes."""
    sums: Numbers = np.cumsum(events, axis=0)
    for minute in restarts:
        sums[minute:] -= sums[minute - 1]
    return sums


def histogram(
    target: Target,
    name: str,
    bounds: tuple[float, ...],
    events: Integers,
    restarts: tuple[int, ...] = (),
) -> list[Scraped]:
    """A classic histogram; ``events`` holds a column for each bound and one for all above."""
    below = counter(np.cumsum(events, axis=1), restarts)
    shown = [*(f"{bound:g}" for bound in bounds), "+Inf"]
    middles = np.array([*bounds, 1.5 * bounds[-1]]) * 0.7
    found = [
        target.series(f"{name}_bucket", below[:, column], le=le) for column, le in enumerate(shown)
    ]
    found.append(target.series(f"{name}_count", below[:, -1]))
    found.append(target.series(f"{name}_sum", counter(np.round(events @ middles, 3), restarts)))
    return found


def shares(median: Floats, spread: float, bounds: tuple[float, ...]) -> Floats:
    """The share of each bucket and of all above, a row a minute.

    Log-normal: ``median`` in seconds, ``spread`` the standard deviation of the logarithm.
    """
    medians, rows = np.unique(np.round(median, 4), return_inverse=True)
    below = [[_normal(log(bound / each) / spread) for bound in bounds] for each in medians]
    edges = np.pad(np.array(below), ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    return np.asarray(np.diff(edges, axis=1)[rows], dtype=np.float64)


def _normal(x: float) -> float:
    """The standard normal distribution."""
    return (1 + erf(x / sqrt(2))) / 2
