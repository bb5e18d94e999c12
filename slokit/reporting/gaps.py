"""Times in which nothing was measured: of no group, as when Prometheus or its rules stood still.

What one group alone lacks is its own coverage, and no news of the whole report.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from slokit.reporting.model import Slot, TimeRange


def unmeasured(
    series: Iterable[Sequence[Slot]], over: TimeRange, seconds: float, window_seconds: float
) -> Iterator[TimeRange]:
    """Stretches of a time range without any ledger window, that hold a whole slot at least.

    ``seconds`` is the length of a slot and ``window_seconds`` that of a ledger window. The time
    before the first sample is none: nothing was there yet. A slot that was measured in part and
    stands beside an empty one lacks what is on that side.

    >>> one = [Slot(600, 1, 0, 2), Slot(1200, 1, 0, 1), Slot(3600, 1, 0, 2)]
    >>> list(unmeasured([one], TimeRange(0, 3600), 600, 300))
    [TimeRange(start=900, end=3000)]
    """
    measured: dict[float, int] = {}
    for slots in series:
        for slot in slots:
            if slot.windows and over.start < slot.end <= over.end:
                measured[slot.end] = max(measured.get(slot.end, 0), slot.windows)
    whole = round(seconds / window_seconds)
    # what is missing at the end is a gap as well, up to a slot that would have been whole
    ends = [*sorted(measured), *([over.end + seconds] if measured else [])]
    for last, after in pairwise(ends):
        if after - last > 1.5 * seconds:
            start = last - (whole - measured[last]) * window_seconds
            lacking = whole - measured.get(after, whole)
            end = after - seconds + lacking * window_seconds
            yield TimeRange(start, min(end, over.end))
