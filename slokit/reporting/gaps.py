"""Times in which nothing was measured: of no group, as when Prometheus or its rules stood still.

What one group alone lacks is its own coverage, and no news of the whole report.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from slokit.reporting.model import Slot, TimeRange

_LEAST = 3600.0  # seconds: restarts are no news


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two moments nothing was measured for so many seconds: all of it, or a part."""

    over: TimeRange
    seconds: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing was measured from the one moment to the other."""
        return self.seconds >= self.over.seconds


def gaps(
    series: Iterable[Sequence[Slot]], over: TimeRange, seconds: float, window_seconds: float
) -> Iterator[Gap]:
    """The gaps of a time range that ends with a slot; the time before the first sample is none.

    ``seconds`` is the length of a slot and ``window_seconds`` that of a ledger window. A slot that
    was measured in part and stands beside an empty one lacks what is on that side.

    >>> one = [Slot(3600, 1, 0, 12), Slot(7200, 1, 0, 9), Slot(14_400, 1, 0, 12)]
    >>> list(gaps([one], TimeRange(0, 14_400), 3600, 300))
    [Gap(over=TimeRange(start=6300, end=10800), seconds=4500)]
    """
    whole = round(seconds / window_seconds)
    measured: dict[float, int] = {}
    for slots in series:
        for slot in slots:
            if slot.windows and over.start < slot.end <= over.end:
                measured[slot.end] = max(measured.get(slot.end, 0), min(slot.windows, whole))
    run: list[tuple[float, int]] = []
    end = min(measured, default=math.inf)
    measured[end] = whole  # what the first one lacks was before anything was there
    while end <= over.end + seconds / 2:
        known = measured.get(end, 0)
        is_lacking = (whole - known) * window_seconds >= _LEAST
        if is_lacking or (known < whole and (not run or run[-1][1] == 0)):
            run.append((end, known))
        else:
            yield from _gap(run, whole, seconds, window_seconds)
            run = []
        end += seconds
    yield from _gap(run, whole, seconds, window_seconds)


def _gap(
    run: Sequence[tuple[float, int]], whole: int, seconds: float, window_seconds: float
) -> Iterator[Gap]:
    """What slots in a row lack, each with its end and how many windows of it were measured."""
    lacking = sum(whole - known for _, known in run) * window_seconds
    if lacking < _LEAST:
        return
    start, end = run[0][0] - seconds, run[-1][0]
    if any(known == 0 for _, known in run):
        start += run[0][1] * window_seconds
        end -= run[-1][1] * window_seconds if len(run) > 1 else 0.0
    yield Gap(TimeRange(start, end), lacking)
