"""Is a histogram that is said to be native a native one?

Finds SLK610. A histogram without `native: true` is asked about by bucket_bound.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries
from slokit.promql.counting import offset
from slokit.promql.selector import Selector


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each classic histogram, or anything else, under `native: true`."""
    native = [series for series in context.series if _is_meant_native(context, series)]
    answers = context.batch.ask(map(_native, native))
    for series in native:
        if is_classic(context, series):
            message = f"{series.name} is a classic histogram: it has buckets as series of their own"
            hint = "leave `native: true` out"
            yield Finding(codes.NOT_NATIVE, message, series.location, hint)
        elif context.exists(series) and answers[_native(series)].is_empty:
            message = f"{series.name} is not a native histogram: its samples are plain numbers"
            hint = "name a classic histogram without `native: true`"
            yield Finding(codes.NOT_NATIVE, message, series.location, hint)


def is_classic(context: CheckContext, series: InputSeries) -> bool:
    """Whether a series is said to be a native histogram, but is absent and has buckets instead."""
    if not isinstance(series.vector, Selector) or not _is_meant_native(context, series):
        return False
    if context.exists(series):
        return False
    buckets = f"{series.vector.renamed('_bucket')}{offset(series.slo.folding.offset)}"
    query = Query(probes.exists(buckets), series.subject)
    return bool(context.batch.answer(query).samples)


def _is_meant_native(context: CheckContext, series: InputSeries) -> bool:
    return series.side == context.questions(series.slo).native


def _native(series: InputSeries) -> Query:
    return Query(probes.native(series.promql), series.subject)


CHECK = Check("native-histogram", (codes.NOT_NATIVE,), run, __doc__)
