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
    """The time over which events are counted: as seconds, and as PromQL writes them.

    ``now``, ``before`` and ``long_before`` are offset modifiers: of the evaluation, of the window's
    beginning, and of the beginning of the time in which a restart is looked for. ``over`` and
    ``around`` are the ranges from there, with their offsets. ``from_first`` says that a counter
    which is younger is counted from its first sample on, and not estimated: for windows so long
    that rates over them would see much that did not happen.
    """

    seconds: Fraction
    now: str
    before: str
    long_before: str
    over: str
    around: str
    from_first: bool = False

    @classmethod
    def of(
        cls,
        length: Fraction,
        guard: Fraction,
        late: Fraction = Fraction(0),
        *,
        from_first: bool = False,
    ) -> "CountingWindow":
        """A window of so many seconds.

        ``guard`` is how far back a restart is looked for: beyond ``length`` by two scrapes, so that
        one just outside of it is seen. ``late`` is how late the samples come.

        >>> CountingWindow.of(Fraction(300), Fraction(360), Fraction(600)).around
        '[6m] offset 10m'
        """
        now = offset(late)
        return cls(
            seconds=length,
            now=now,
            before=offset(late + length),
            long_before=offset(late + guard),
            over=f"[{format_duration(length)}]{now}",
            around=f"[{format_duration(guard)}]{now}",
            from_first=from_first,
        )


def offset(seconds: Fraction) -> str:
    """The modifier that reads a selector so much earlier; nothing for now.

    >>> offset(Fraction(300)), offset(Fraction(0)), offset(Fraction(-60))
    (' offset 5m', '', ' offset -1m')
    """
    sign = "-" if seconds < 0 else ""
    return f" offset {sign}{format_duration(abs(seconds))}" if seconds else ""


def growth(
    counter: str, window: CountingWindow, born: str = "", *, since_first: bool = False
) -> str:
    """What each counter grew by in the window, exact: the whole events of its series.

    >>> print(growth("x_total", CountingWindow.of(Fraction(300), Fraction(360))))
    (clamp_min(x_total - x_total offset 5m, 0) >= 0 < Inf
      unless (resets(x_total[6m]) > 0 unless min_over_time(x_total[5m]) > 0.5 * x_total offset 6m))
    or increase(x_total[5m]) >= 0 < Inf

    A restart is a fall to less than half of what was there: then, and for a target that is new or
    gone, ``increase()`` knows best. A smaller fall is an oddity of the client; it adds nothing, and
    nothing is made of the whole value after it. NaN is no sample: no comparison holds for it; and
    what is infinite is none, or it would be the sum of its group.

    ``born`` are first values of counters (:func:`births`), which come before what ``increase()``
    makes of them. With ``since_first`` a series that is new has grown by what came after its first
    sample, of which ``increase()`` makes more than one event of one, by where scrapes lie. So it
    has where the window counts from the first one.
    """
    now, before = f"{counter}{window.now}", f"{counter}{window.before}"
    if since_first or window.from_first:
        before = f"({before} < Inf or min_over_time({counter}{window.over}))"
    return (
        f"(clamp_min({now} - {before}, 0) >= 0 < Inf\n"
        f"  unless ({_restarted(counter, window)}))\n"
        f"{born and f'or ({born})'}{born and chr(10)}"
        f"or increase({counter}{window.over}) >= 0 < Inf"
    )


def births(counter: str, totals: Sequence[str], window: CountingWindow, target: str) -> str:
    """The first value of each counter that appeared on a target that was there before.

    A client library makes an error counter at its first error, which no difference shows. On a
    target whose series all appear at once (a new pod, a changed label, the end of a gap in the
    scrapes) nothing was born: the same scrape must have read one of ``totals`` that was there then.

    >>> window = CountingWindow.of(Fraction(300), Fraction(360))
    >>> print(births("x_total", ["t_total"], window, "job"))
    (x_total >= 0 < Inf unless x_total offset 5m
      and (timestamp(x_total)
        <= on (job) group_left () max by (job) (timestamp(t_total) and t_total offset 5m)))
      unless resets(x_total[6m]) > 0
    """
    now, before = f"{counter}{window.now}", f"{counter}{window.before}"
    known = known_since(totals, window.now, window.before)
    return (
        f"({now} >= 0 < Inf unless {before}\n"
        f"  and ({of_known_target(now, known, target)}))\n"
        f"  unless resets({counter}{window.around}) > 0"
    )


def known_since(totals: Sequence[str], now: str, before: str) -> str:
    """When totals that were there before were read last; the modifiers are those of offsets.

    >>> known_since(["t_total"], "", " offset 5m")
    'timestamp(t_total) and t_total offset 5m'
    """
    seen = [f"timestamp({total}{now}) and {total}{before}" for total in totals]
    return " or ".join(f"({one})" for one in seen) if len(seen) > 1 else seen[0]


def of_known_target(counter: str, known: str, target: str) -> str:
    """The series of a counter that a scrape read together with something that is known already.

    >>> print(of_known_target("x_total", "K", "job"))
    timestamp(x_total)
        <= on (job) group_left () max by (job) (K)
    """
    # Old series stay in view for up to five minutes where their labels changed: their last
    # scrape tells them apart, which is over when the new ones are read.
    return f"timestamp({counter})\n    <= on ({target}) group_left () max by ({target}) ({known})"


def growth_rate(counter: str, window: CountingWindow) -> str:
    """Events per second of a total that nothing is subtracted from, by few readings.

    >>> print(growth_rate("x_total", CountingWindow.of(Fraction(300), Fraction(360))))
    (x_total - x_total offset 5m >= 0 < Inf) / 300
    or (increase(x_total[5m]) / 300 >= 0 < Inf unless x_total > 0.5 * x_total offset 5m)

    A difference where the counter did not fall; after a restart a rate; after a small fall, which
    is no restart, nothing until the counter has made up for it.
    """
    now, before = f"{counter}{window.now}", f"{counter}{window.before}"
    return (
        f"({now} - {before} >= 0 < Inf) / {window.seconds}\n"
        f"or ({_mean_growth(counter, window)} unless {now} > 0.5 * {before})"
    )


def plain_growth_rate(counter: str, window: CountingWindow) -> str:
    """The same without a look at small falls, for what is hardly ever seen: fewer readings still.

    >>> print(plain_growth_rate("x_total", CountingWindow.of(Fraction(300), Fraction(360))))
    (x_total - x_total offset 5m >= 0 < Inf) / 300
    or increase(x_total[5m]) / 300 >= 0 < Inf
    """
    growth = f"{counter}{window.now} - {counter}{window.before} >= 0 < Inf"
    return f"({growth}) / {window.seconds}\nor {_mean_growth(counter, window)}"


def rate(counter: str, window: CountingWindow) -> str:
    """Events per second by ``rate()``: for selectors of hundreds of thousands of series.

    >>> print(rate("x_total", CountingWindow.of(Fraction(300), Fraction(360))))
    rate(x_total[5m]) >= 0 < Inf

    A series with a NaN has no rate that compares, and drops out alone.
    """
    return f"rate({counter}{window.over}) >= 0 < Inf"


def kept_growth_rate(counter: str, window: CountingWindow, born: str = "") -> str:
    """The same of every series that is there: after a small fall it is zero and not absent.

    >>> print(kept_growth_rate("x_total", CountingWindow.of(Fraction(300), Fraction(360))))
    (clamp_min(x_total - x_total offset 5m, 0) < Inf unless x_total < 0.5 * x_total offset 5m) / 300
    or increase(x_total[5m]) / 300 >= 0 < Inf

    ``born`` are first values of counters.
    """
    now, before = f"{counter}{window.now}", f"{counter}{window.before}"
    growth = f"clamp_min({now} - {before}, 0) < Inf unless {now} < 0.5 * {before}"
    first = f"or ({born}) / {window.seconds}\n" if born else ""
    return f"({growth}) / {window.seconds}\n{first}or {_mean_growth(counter, window)}"


def growth_beyond(count: str, bucket: str, window: CountingWindow, born: str = "") -> str:
    """What the count of each histogram grew by beyond its bucket: whole events.

    >>> print(growth_beyond("x_count", "x_bucket", CountingWindow.of(Fraction(300), Fraction(360))))
    (clamp_min((x_count - max without (le) (x_bucket))
        - (x_count offset 5m - max without (le) (x_bucket offset 5m)), 0) < Inf
      unless (max without (le) (x_bucket < 0.5 * x_bucket offset 5m)
        or resets(x_count[6m]) > 0 unless min_over_time(x_count[5m]) > 0.5 * x_count offset 6m))
    or clamp_min(increase(x_count[5m]) - max without (le) (increase(x_bucket[5m])), 0) < Inf

    What is beyond the bucket is a counter of its own, which begins anew with the count: so it is
    in the count that a restart is looked for. A bucket that began anew without its count would make
    all that it had held bad. Below zero is a count that stands still beside its bucket, and says
    nothing about other histograms. ``born`` are first values of such counters.
    """
    now, before = window.now, window.before
    return (
        f"(clamp_min(({beyond(f'{count}{now}', f'{bucket}{now}')})\n"
        f"    - ({beyond(f'{count}{before}', f'{bucket}{before}')}), 0) < Inf\n"
        f"  unless (max without (le) ({bucket}{now} < 0.5 * {bucket}{before})\n"
        f"    or {_restarted(count, window)}))\n"
        f"{born and f'or ({born})'}{born and chr(10)}"
        f"or clamp_min({beyond(_estimated(count, window), _estimated(bucket, window))}, 0) < Inf"
    )


def beyond(count: str, bucket: str) -> str:
    """What is in a count and not in its bucket.

    >>> beyond("x_count", "x_bucket")
    'x_count - max without (le) (x_bucket)'
    """
    # a server that is upgraded has the same bound as "1" and as "1.0" for a while
    return f"{count} - max without (le) ({bucket})"


def unjudged(count: str, bucket: str, window: CountingWindow) -> str:
    """The series of a histogram's count that have no such bucket, now or a window ago.

    >>> print(unjudged("x_count", "x_bucket", CountingWindow.of(Fraction(300), Fraction(360))))
    (x_count unless ignoring (le) x_bucket < Inf)
      or (x_count offset 5m unless ignoring (le) x_bucket offset 5m < Inf)

    Members of a rollout have other buckets for a while, and a bucket may be NaN alone.
    """
    sides = [
        f"({count}{at} unless ignoring (le) {bucket}{at} < Inf)"
        for at in (window.now, window.before)
    ]
    return "\n  or ".join(sides)


def _mean_growth(counter: str, window: CountingWindow) -> str:
    # VictoriaMetrics' rate() of a new series is over the time that it was there, so that a bad side
    # by increase() would be a smaller share of it.
    return f"{_estimated(counter, window)} / {window.seconds} >= 0 < Inf"


def _estimated(counter: str, window: CountingWindow) -> str:
    """What a counter grew by that has no sample as old as the window, or that began anew.

    >>> long = CountingWindow.of(Fraction(3600), Fraction(3660), from_first=True)
    >>> print(_estimated("x_total", long))
    (x_total - min_over_time(x_total[1h]) unless resets(x_total[1h1m]) > 0
      or increase(x_total[1h]))

    Of a counter that is a minute old, increase() over an hour makes 5.3 events of five.
    """
    increase = f"increase({counter}{window.over})"
    if not window.from_first:
        return increase
    grown = f"{counter}{window.now} - min_over_time({counter}{window.over})"
    return f"({grown} unless resets({counter}{window.around}) > 0\n  or {increase})"


def _restarted(counter: str, window: CountingWindow) -> str:
    # `resets` alone also sees a client that falls by one now and then. Only a fall below half of
    # what was there is a restart: then the counter began anew, and a difference says nothing.
    # A fall matters to a difference only where the sample after it is within the window.
    least, before = f"min_over_time({counter}{window.over})", f"{counter}{window.long_before}"
    return f"resets({counter}{window.around}) > 0 unless {least} > 0.5 * {before}"
