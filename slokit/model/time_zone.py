"""Time zones as tables: when the clocks of a place change, and how far they are from UTC.

The tables come from the package ``tzdata`` alone, never from the machine: rules are made of them,
and the same specs give the same rules everywhere. They reach from 2020 to the end of 2037, the last
year that most copies of the time zone database know by heart; later moments have the last offset.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pkgutil import get_data
from zoneinfo import ZoneInfo

BEGIN = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2038, 1, 1, tzinfo=UTC).timestamp())
UTC_NAME = "UTC"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class TimeZone:
    """A place's clocks: ``offset`` seconds ahead of UTC, until the first of the ``changes``.

    Each change is a moment (Unix seconds) and the offset from then on, in the order of time.
    """

    name: str
    offset: int
    changes: tuple[tuple[int, int], ...] = ()

    def offset_at(self, moment: float) -> int:
        """How many seconds local clocks are ahead of UTC at a moment in Unix seconds."""
        number = bisect_right(self.changes, moment, key=lambda change: change[0])
        return self.changes[number - 1][1] if number else self.offset

    def moment(self, local: datetime) -> int:
        """When local clocks first show a time, given as if it were UTC; Unix seconds.

        Where they skip it, the moment of the skip.
        """
        shown = int(local.timestamp())
        for begin, until, offset in self.stretches(shown - 2 * _DAY, shown + 2 * _DAY):
            if shown - offset < until:
                return int(max(shown - offset, begin))
        return shown

    def stretches(self, start: float, end: float) -> Iterator[tuple[float, float, int]]:
        """The parts of a time range (Unix seconds) in which one offset holds, and that offset."""
        inner = [at for at, _ in self.changes if start < at < end]
        edges = [start, *inner, end]
        for begin, until in pairwise(edges):
            yield begin, until, self.offset_at(begin)


def is_zone(name: str) -> bool:
    """Whether the time zone database has a zone of this name, such as ``Europe/Berlin``."""
    return name in zone_names()


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of all zones."""
    return frozenset([*_data("zones").decode().split(), UTC_NAME])


@lru_cache(maxsize=64)
def time_zone(name: str) -> TimeZone:
    """The table of a zone.

    Raises:
        KeyError: there is no such zone.
    """
    if name == UTC_NAME:
        return TimeZone(UTC_NAME, 0)
    if not is_zone(name):
        raise KeyError(name)
    # not ZoneInfo(name): that prefers what the machine has
    zone = ZoneInfo.from_file(BytesIO(_data(f"zoneinfo/{name}")), key=name)
    return TimeZone(name, _offset(zone, BEGIN), tuple(_changes(zone)))


def _data(name: str) -> bytes:
    """A part of the package, which is installed with slokit."""
    return get_data("tzdata", name) or b""


def _offset(zone: ZoneInfo, moment: int) -> int:
    ahead = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
    return int((ahead or timedelta()).total_seconds())


def _changes(zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The changes, each found between two days with different offsets."""
    before = _offset(zone, BEGIN)
    for day in range(BEGIN, END, _DAY):
        after = _offset(zone, day + _DAY)
        if after != before:
            early, late = day, day + _DAY
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if _offset(zone, middle) == before else (early, middle)
            yield late, after
        before = after
