"""Events of counters, counted by differences: whole numbers, where ``rate()`` extrapolates.

``rate()`` and ``increase()`` extrapolate to the edges of their range: a burst of errors loses or
gains up to 1 %, and on Prometheus 3, whose ranges are open on the left, always something. What a
counter grew by between two instants is exact, and the differences of all evaluations add up to
what happened. Which counter counts how is in docs/reference/ledger.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.text.durations import format_duration


@dataclass(frozen=True, slots=True)
class CountingWindow:
    """The time over which events are counted, in seconds.

    ``guard`` is how far back a restart is looked for: beyond ``length`` by two scrapes, so that one
    just outside of it is seen. ``offset`` is for samples that come late.
    """

    length: Fraction
    guard: Fraction
    offset: Fraction = Fraction(0)

    def at(self, earlier: Fraction = Fraction(0)) -> str:
        """The offset modifier of a moment that lies ``earlier`` than the evaluation."""
        seconds = self.offset + earlier
        return f" offset {format_duration(seconds)}" if seconds else ""

    def over(self, selector: str, length: Fraction) -> str:
        """A selector's samples over a length."""
        return f"{selector}[{format_duration(length)}]{self.at()}"


def growth(counter: str, window: CountingWindow, born: str = "") -> str:
    """What each counter grew by in the window, exact: the whole events of its series.

    >>> print(growth("x_total", CountingWindow(Fraction(300), Fraction(360))))
    (clamp_min(x_total - x_total offset 5m, 0) >= 0
      unless (resets(x_total[6m]) > 0 unless min_over_time(x_total[6m]) > 0.5 * x_total offset 6m))
    or increase(x_total[5m]) >= 0

    A restart is a fall to less than half of what was there: then, and for a target that is new or
    gone, ``increase()`` knows best. A smaller fall is an oddity of the client; it adds nothing, and
    nothing is made of the whole value after it. NaN is no sample: no comparison holds for it.

    ``born`` are first values of counters (:func:`births`), which come before what ``increase()``
    makes of them.
    """
    now, before = f"{counter}{window.at()}", f"{counter}{window.at(window.length)}"
    return (
        f"(clamp_min({now} - {before}, 0) >= 0\n"
        f"  unless ({_restarted(counter, window)}))\n"
        f"{born and f'or ({born})'}{born and chr(10)}"
        f"or increase({window.over(counter, window.length)}) >= 0"
    )


def births(counter: str, totals: Sequence[str], window: CountingWindow, target: str) -> str:
    """The first value of each counter that appeared on a target that was there before.

    A client library makes an error counter at its first error, which no difference shows. On a
    target whose series all appear at once (a new pod, a changed label, the end of a gap in the
    scrapes) nothing was born: one of ``totals`` must have been there, then and now.

    >>> print(births("x_total", ["t_total"], CountingWindow(Fraction(300), Fraction(360)), "job"))
    (x_total unless x_total offset 5m) and on (job) (t_total offset 5m and t_total)
      unless resets(x_total[6m]) > 0
    """
    now, before = f"{counter}{window.at()}", f"{counter}{window.at(window.length)}"
    then = " or ".join(f"{total}{window.at(window.length)}" for total in totals)
    still = " or ".join(f"{total}{window.at()}" for total in totals)
    known = f"({then}) and ({still})" if len(totals) > 1 else f"{then} and {still}"
    return (
        f"({now} unless {before}) and on ({target}) ({known})\n"
        f"  unless resets({window.over(counter, window.guard)}) > 0"
    )


def growth_rate(counter: str, window: CountingWindow) -> str:
    """Events per second of a total that nothing is subtracted from, by few readings.

    >>> print(growth_rate("x_total", CountingWindow(Fraction(300), Fraction(360))))
    (x_total - x_total offset 5m >= 0) / 300
    or (rate(x_total[5m]) >= 0 unless x_total > 0.5 * x_total offset 5m)

    A difference where the counter did not fall; after a restart a rate; after a small fall, which
    is no restart, nothing until the counter has made up for it.
    """
    now, before = f"{counter}{window.at()}", f"{counter}{window.at(window.length)}"
    return (
        f"({now} - {before} >= 0) / {window.length}\n"
        f"or (rate({window.over(counter, window.length)}) >= 0 unless {now} > 0.5 * {before})"
    )


def rate(counter: str, window: CountingWindow) -> str:
    """Events per second by ``rate()``: for selectors of hundreds of thousands of series.

    >>> print(rate("x_total", CountingWindow(Fraction(300), Fraction(360))))
    rate(x_total[5m]) >= 0

    A series with a NaN has no rate that compares, and drops out alone.
    """
    return f"rate({window.over(counter, window.length)}) >= 0"


def _restarted(counter: str, window: CountingWindow) -> str:
    around = window.over(counter, window.guard)
    before = f"{counter}{window.at(window.guard)}"
    return f"resets({around}) > 0 unless min_over_time({around}) > 0.5 * {before}"
