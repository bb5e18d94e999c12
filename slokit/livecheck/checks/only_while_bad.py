"""Is a gauge there only while it is beyond its limit?

Finds SLK623: a gauge that had samples, all of them bad, in a small part of the time. Exporters that
group by a state and metrics of clouds have no series at zero, so that absent means zero. Whether a
gauge that is always there is always bad is not asked.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.live import Level
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Selector
from slokit.text.durations import rough_duration

_LOOKS = 200
_SMALL_PART = 0.5
_DAY = 86_400.0
_STEP = "1m"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A gauge and what is asked of it; an expression is read of a day only, look by look."""

    slo: Slo
    level: Level
    series: InputSeries
    seen: Query
    existed: Query
    was_good: Query


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each gauge whose absence is taken for missing data, and hardly is."""
    asked = [
        _asked(context, slo, level, series)
        for slo in context.slos
        if (level := context.questions(slo).level) and level.is_zero_good
        for series in series_of_side(slo, level.gauge)
    ]
    context.batch.ask(one.seen for one in asked)
    rare = [one for one in asked if _share_seen(one, context) < _SMALL_PART]
    # what is mostly absent has few samples: only of those are all of them read
    context.batch.ask(one.existed for one in rare)
    existed = [one for one in rare if context.batch.answer(one.existed).value]
    context.batch.ask(one.was_good for one in existed)
    for one in existed:
        answer = context.batch.answer(one.was_good)
        if answer.is_empty:
            yield _found(context, one)


def _asked(context: CheckContext, slo: Slo, level: Level, series: InputSeries) -> _Asked:
    back = context.server.look_back if series.is_selector else _DAY
    samples = series.over(wording.seconds(back), _STEP)
    return _Asked(
        slo,
        level,
        series,
        seen=Query(probes.exists(series.promql), series.subject, back=back, step=_step(back)),
        existed=Query(probes.existed(samples), series.subject),
        was_good=Query(probes.any_within(samples, *_limits(level)), series.subject),
    )


def _step(back: float) -> float:
    return max(back // _LOOKS, 1.0)


def _limits(level: Level) -> tuple[str, str]:
    low, high = ("" if x is None else build.number(x) for x in (level.low, level.high))
    return low, high


def share_of_looks(moments: Collection[float], at: float, step: float) -> float:
    """In which part of the looks since the first of ``moments`` (seconds) something was there.

    ``at`` is the last look, ``step`` the seconds between two. 0 where none met anything. The
    server rounds its looks to milliseconds, so the last may lie just after ``at``.

    >>> share_of_looks([0.0, 10.0], at=30.0, step=10.0)
    0.5
    >>> share_of_looks([30.0004], at=30.0, step=10.0)
    1.0
    """
    return len(moments) / (round((at - min(moments)) / step) + 1) if moments else 0.0


def _share_seen(one: _Asked, context: CheckContext) -> float:
    moments = [at for series in context.batch.answer(one.seen).series for at, _ in series.points]
    return share_of_looks(moments, context.batch.at, one.seen.step)


def _found(context: CheckContext, one: _Asked) -> Finding:
    part = f"{_share_seen(one, context) * 100 // 1 + 1:.0f}%"
    message = (
        f"{one.series.name} was there in less than {part} of {rough_duration(one.seen.back)},"
        " and always beyond its limit: is it absent while it is 0?"
    )
    expected = "" if one.level.expected else " and `expected: 'up{…} == 1'`"
    labels = one.slo.folding.sources
    gauge, up = (build.fold("sum", labels, text) for text in (_short(one.series), "up{…} == 1"))
    hint = f"then set `no_data: good`{expected}, or write `metric: '{gauge} or 0 * {up}'`"
    return Finding(codes.ONLY_WHILE_BAD, message, one.series.location, hint)


def _short(series: InputSeries) -> str:
    """The metric's name, or dots for an expression."""
    return (isinstance(series.vector, Selector) and series.vector.name) or "…"


CHECK = Check("only-while-bad", (codes.ONLY_WHILE_BAD,), run, __doc__)
