"""What an archive is to a report: whole hours of the ledger, and which hours are taken from it.

An hour has one source, the server's or the archive's, whichever measured more of it: so nothing is
counted twice. Hours begin at full hours of UTC. Where archives are kept is not known here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from slokit.reporting.evidence import Key
from slokit.reporting.model import NOTHING, Counts, Slot, TimeRange

HOUR = 3600.0


class ArchivedHour(NamedTuple):
    """What one group counted in the hour that ends at ``end`` (Unix seconds)."""

    key: Key
    end: float
    total: float
    bad: float
    measured_seconds: float


class SlotArchive(Protocol):
    """Hours of the ledger of one bundle, wherever they are kept."""

    @property
    def name(self) -> str:
        """What users call it."""

    def hours(self, over: TimeRange) -> Mapping[float, float]:
        """The seconds that were measured in each whole hour, of all groups together, by its end."""

    def counts(self, ends: Collection[float]) -> Mapping[Key, Counts]:
        """The sums over the hours that end at these moments."""

    def slots(self, ends: Collection[float]) -> Mapping[Key, tuple[Slot, ...]]:
        """The hours that end at these moments, by group, the oldest first."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Which hours a report takes from an archive; all other times are the server's.

    ``taken`` and ``silent`` are ends of hours: of those that are taken, and of those in which the
    server has nothing.
    """

    archive: SlotArchive
    taken: frozenset[float]
    silent: frozenset[float]

    def inside(self, over: TimeRange) -> list[float]:
        """The ends of the taken hours that lie wholly in a time range, in order."""
        return sorted(e for e in self.taken if over.start <= e - HOUR and e <= over.end)

    def rest(self, over: TimeRange) -> Iterator[TimeRange]:
        """The stretches of a time range that are the server's, where it has anything."""
        begin = over.start
        for hours in stretches(self.inside(over)):
            if begin < hours.start and not self._is_silent(begin, hours.start):
                yield TimeRange(begin, hours.start)
            begin = hours.end
        if begin < over.end:
            yield TimeRange(begin, over.end)

    def _is_silent(self, start: float, end: float) -> bool:
        return all(hour in self.silent for hour in hour_ends(TimeRange(start, end), touched=True))


def shares(
    archive: SlotArchive, kept: Mapping[float, float], server: Mapping[float, float]
) -> Shares:
    """Who knows more of each hour, by the seconds that each measured; the server where they agree.

    A second more or less is no difference: sums are rounded.
    """
    taken = frozenset(end for end, seconds in kept.items() if seconds > server.get(end, 0.0) + 1)
    edges = hour_ends(TimeRange(min(kept) - 2 * HOUR, max(kept) + HOUR)) if kept else []
    return Shares(archive, taken, frozenset(end for end in edges if not server.get(end)))


def forgotten(ends: Iterable[float], hours: Iterable[Slot]) -> tuple[Slot, ...]:
    """The hours of one group that an archive knows better than the ledger windows with these ends.

    >>> forgotten([3900.0, 4200.0], [Slot(3600, 9, 0, 12), Slot(7200, 9, 0, 2)])
    (Slot(end=3600, total=9, bad=0, windows=12),)
    """
    known = Counter(-(-end // HOUR) * HOUR for end in ends)
    return tuple(hour for hour in hours if hour.windows > known[hour.end])


def beside(end: float, seconds: float, hours: Collection[float]) -> bool:
    """Whether a ledger window of so many seconds has no moment in hours with these ends.

    >>> beside(3900, 300, {3600}), beside(3899, 300, {3600})
    (True, False)
    """
    first, last = (end - seconds) // HOUR + 1, -(-end // HOUR)
    return first * HOUR not in hours and last * HOUR not in hours


def hour_ends(over: TimeRange, *, touched: bool = False) -> list[float]:
    """The ends of the whole hours of a time range, or of all that it touches.

    >>> hour_ends(TimeRange(1800, 9000))
    [7200.0]
    >>> hour_ends(TimeRange(1800, 9000), touched=True)
    [3600.0, 7200.0, 10800.0]
    """
    first, last = -(-over.start // HOUR) + 1, over.end // HOUR
    if touched:
        first, last = over.start // HOUR + 1, -(-over.end // HOUR)
    return [number * HOUR for number in range(int(first), int(last) + 1)]


def stretches(ends: Collection[float]) -> list[TimeRange]:
    """Hours in order, those without a gap between them as one time range.

    >>> stretches([3600.0, 7200.0, 14400.0])
    [TimeRange(start=0.0, end=7200.0), TimeRange(start=10800.0, end=14400.0)]
    """
    found: list[TimeRange] = []
    for end in ends:
        if found and found[-1].end == end - HOUR:
            found[-1] = TimeRange(found[-1].start, end)
        else:
            found.append(TimeRange(end - HOUR, end))
    return found


def added(one: Mapping[Key, Counts], other: Mapping[Key, Counts]) -> dict[Key, Counts]:
    """The sums of two stretches of time that do not overlap."""
    found = dict(one)
    for key, counts in other.items():
        found[key] = found.get(key, NOTHING) + counts
    return found


def folded(hours: Sequence[Slot], end: float, seconds: float) -> tuple[Slot, ...]:
    """Hours added up to slots that are counted back from ``end``.

    >>> folded([Slot(3600, 10, 1, 12), Slot(7200, 20, 0, 12)], 7300, 10800)
    (Slot(end=7300, total=30, bad=1, windows=24),)
    """
    found: dict[float, Slot] = {}
    for hour in hours:
        slot_end = end - (end - hour.end) // seconds * seconds
        before = found.get(slot_end, Slot(slot_end, 0, 0, 0))
        found[slot_end] = Slot(
            slot_end,
            before.total + hour.total,
            before.bad + hour.bad,
            before.windows + hour.windows,
        )
    return tuple(found[slot_end] for slot_end in sorted(found))
