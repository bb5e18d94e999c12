"""Are series NaN?

Finds SLK627. They are left out of all numbers, as series without a sample are; which client writes
them, and why, is not asked.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import INFO, InputSeries

_SHOWN = 1


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each metric of which some series are NaN now."""
    wanted = _wanted(context)
    answers = context.batch.ask(questions(context))
    odd = [series for series in wanted if answers[_nan(series)].value]
    context.batch.ask(map(_example, odd))
    for series in odd:
        nan = context.batch.answer(_nan(series)).value or 0
        of = context.batch.answer(_all(series)).value or nan
        are = "is NaN and is left out" if nan == 1 else "are NaN and are left out"
        labels = [dict(s.labels) for s in context.batch.answer(_example(series)).samples]
        which = wording.groups({k: v for k, v in one.items() if k != "__name__"} for one in labels)
        message = f"{wording.number(nan)} of {wording.number(of)} series of {series.name} {are}"
        message += f": {which}" if which else ""
        hint = "what it counts is missing until its client is repaired, or restarts"
        yield Finding(codes.NOT_A_NUMBER, message, series.location, hint)


def questions(context: CheckContext) -> list[Query]:
    """What is asked of all metrics: other checks ask it along with theirs, in the same request."""
    # how many series there are, costly_counting asks as well
    return [query for series in _wanted(context) for query in (_nan(series), _all(series))]


def _wanted(context: CheckContext) -> list[InputSeries]:
    return context.widest(
        series
        for series in context.series
        if series.side.role != INFO and series.side != context.questions(series.slo).native
    )


def _nan(series: InputSeries) -> Query:
    return Query(probes.not_numbers(series.promql), series.subject)


def _all(series: InputSeries) -> Query:
    return Query(f"count({series.promql})", series.subject)


def _example(series: InputSeries) -> Query:
    promql = f"topk({_SHOWN}, group without () ({series.promql} != {series.promql}))"
    return Query(promql, series.subject)


CHECK = Check("not-a-number", (codes.NOT_A_NUMBER,), run, __doc__)
