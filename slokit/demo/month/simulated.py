"""What a simulation gives: the series as they are scraped, and what really happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import erf, log, sqrt
from typing import TypeVar

import numpy as np

from slokit.demo.month.timeline import Floats, Integers, Mask, Timeline

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
