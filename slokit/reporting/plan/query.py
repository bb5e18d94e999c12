"""What a planned query is: PromQL, when to send it, and what its answer is for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from slokit.compiler import names
from slokit.promql.selector import quote
from slokit.reporting.model import TimeRange
from slokit.text.durations import format_duration

# A ledger window that burns faster than this belongs to an incident.
FAST_BURN = 3

# A query about fewer moments, or about fewer ledger windows, is small.
_FEW = 12

# A range closed on both ends, as all are before Prometheus 3, holds one sample more than fits into
# it whenever its end is the very moment of a sample. A millisecond less opens one end.
_OPEN_END = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class InstantQuery:
    """A query about one moment (Unix seconds). ``condition`` says when it is sent at all.

    ``smaller`` makes the queries that stand in for it where a server limits how much it reads, none
    of a small one. What their answers have to do with its own the reader knows.
    """

    purpose: str
    promql: str
    at: float
    condition: str = ""
    smaller: "Callable[[], Sequence[InstantQuery]] | None" = field(
        default=None, compare=False, repr=False
    )

    @property
    def over(self) -> TimeRange:
        """The moment, as a time range without length."""
        return TimeRange(self.at, self.at)


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """A query about each moment of a time range, ``step`` seconds apart, both ends included.

    ``condition`` says when it is sent at all.
    """

    purpose: str
    promql: str
    over: TimeRange
    step: float
    condition: str = ""

    def halves(self) -> "tuple[RangeQuery, ...]":
        """The earlier and the later half of its moments; none of a query about a few of them."""
        moments = int(self.over.seconds / self.step + 1e-6) + 1
        if moments < _FEW:
            return ()
        middle = self.over.start + (moments // 2) * self.step
        earlier = TimeRange(self.over.start, middle - self.step)
        return replace(self, over=earlier), replace(self, over=TimeRange(middle, self.over.end))


Query = InstantQuery | RangeQuery


def half_open(seconds: Fraction) -> str:
    """The length of a range in PromQL that holds as many ledger windows as fit into it.

    >>> half_open(Fraction(300))
    '4m59s999ms'
    """
    return format_duration(seconds - _OPEN_END)


def labelled(vector: str, side: str) -> str:
    """The vector with a label ``side`` that keeps its samples apart from those of other terms.

    >>> labelled("sum(up)", "total")
    'label_replace(sum(up), "side", "total", "", "")'
    """
    return f'label_replace({vector}, "{names.SIDE}", {quote(side)}, "", "")'


def union(vectors: Mapping[str, str]) -> str:
    """Several vectors in one answer, kept apart by :func:`labelled`.

    >>> print(union({"total": "sum(up)", "bad": "sum(down)"}))
    label_replace(sum(up), "side", "total", "", "")
    or
    label_replace(sum(down), "side", "bad", "", "")
    """
    return "\nor\n".join(labelled(vector, side) for side, vector in vectors.items())


def halves_of(over: TimeRange, window: float) -> tuple[TimeRange, ...]:
    """The two halves of a time range, of whole ledger windows from its end; none of a short one.

    >>> halves_of(TimeRange(0, 7500), 300.0)
    (TimeRange(start=0, end=3900.0), TimeRange(start=3900.0, end=7500))
    """
    windows = int(over.seconds // window)
    if windows < 2 * _FEW:
        return ()
    middle = over.end - windows // 2 * window
    return TimeRange(over.start, middle), TimeRange(middle, over.end)


def before_half(window: TimeRange) -> TimeRange:
    """The window that ended half a window before this one.

    A group that was measured in it has a history of half a window at least.

    >>> before_half(TimeRange(100, 200))
    TimeRange(start=50.0, end=150.0)
    """
    half = window.seconds / 2
    return TimeRange(window.start - half, window.end - half)


def slot_ends(over: TimeRange, step: float) -> TimeRange:
    """From the end of the first whole ledger window to that of the last one.

    They are counted back from the end of the time range, wherever between two recordings it is.
    """
    return TimeRange(over.end - (over.seconds // step - 1) * step, over.end)


def stretches_of(
    ranges: Mapping[TimeRange, TimeRange], most_seconds: float
) -> dict[TimeRange, tuple[TimeRange, ...]]:
    """The stretches that time ranges are made of, none longer than so many seconds.

    ``ranges`` has what is counted of each. A stretch ends wherever one of them begins or ends, so
    what several have in common is counted once.

    >>> month, week = TimeRange(0, 30), TimeRange(23, 30)
    >>> found = stretches_of({month: month, week: week}, 100)
    >>> found[month]
    (TimeRange(start=0, end=23), TimeRange(start=23, end=30))
    >>> found[week]
    (TimeRange(start=23, end=30),)
    """
    edges = sorted({round(edge, 3) for over in ranges.values() for edge in (over.start, over.end)})
    between = [part for pair in pairwise(edges) for part in _pieces(TimeRange(*pair), most_seconds)]
    return {
        over: tuple(
            part
            for part in between
            if round(counted.start, 3) <= part.start and part.end <= round(counted.end, 3)
        )
        for over, counted in ranges.items()
    }


def _pieces(over: TimeRange, most_seconds: float) -> Iterable[TimeRange]:
    """A time range in as few pieces as are no longer than so many seconds, to whole hours."""
    number = max(-int(-over.seconds // most_seconds), 1)
    step = -(-over.seconds / number // 3600) * 3600 if number > 1 else over.seconds
    edges = [*(over.end - step * n for n in range(number) if step * n < over.seconds), over.start]
    return (TimeRange(start, end) for start, end in pairwise(reversed(edges)))
