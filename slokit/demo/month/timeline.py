"""The minutes of the month, and stretches of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

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
