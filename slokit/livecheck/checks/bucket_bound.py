"""Is the latency limit the bound of a bucket?

Finds SLK609, also where the metric has no buckets at all. It asks classic histograms only: a native
one takes any limit. Whether the limit is a sensible one is not asked.
"""

import math
import re
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.live import Bound
from slokit.text.numbers import express

_MOST_BOUNDS = 1000


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each limit between two buckets, with the two nearest ones."""
    wanted = [
        (bound, series)
        for slo in context.slos
        for bound in context.questions(slo).bounds
        for series in series_of_side(slo, bound.buckets)
        if series.number in bound.numbers
    ]
    context.batch.ask(_bounds(series) for _, series in wanted)
    for bound, series in wanted:
        yield from _of_series(context, bound, series)


def _of_series(context: CheckContext, bound: Bound, buckets: InputSeries) -> Iterator[Finding]:
    answer = context.batch.answer(_bounds(buckets))
    bounds = {row.labels.get("le", "") for row in answer.samples} - {""}
    same_side = [s for s in context.series_of(buckets.slo) if s.side.key == buckets.side.key]
    if answer.is_empty and context.exists(same_side[buckets.number]):
        message = f"{buckets.name} has no series: the metric is not a classic histogram"
        hint = "is it a summary, or a native histogram (`native: true`)?"
        yield Finding(codes.NO_BUCKET, message, buckets.location, hint)
    elif bounds and not any(re.fullmatch(bound.matcher, le) for le in bounds):
        slo = buckets.slo
        # an entry of `objectives` may set the limit
        is_own = bound.key == ("at_most",)
        location = slo.location_of("at_most") if is_own else slo.sli_location.at(*bound.key)
        message = f"{bound.text} is not the bound of a bucket of {buckets.name}"
        yield Finding(codes.NO_BUCKET, message, location, _nearest(bound, bounds))


def _nearest(bound: Bound, bounds: set[str]) -> str:
    """The bounds on both sides of the limit, in the unit that the limit is written in."""
    values = sorted(value for le in bounds if math.isfinite(value := _number(le)))
    limit = float(bound.limit)
    below = [value for value in values if value < limit][-1:]
    above = [value for value in values if value > limit][:1]
    if not below and not above:
        return "it has no bucket but +Inf"
    near = ", ".join(express(value, bound.unit, like=bound.text) for value in below + above)
    return f"nearest: {near}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _bounds(buckets: InputSeries) -> Query:
    return Query(probes.groups(buckets.promql, ["le"], _MOST_BOUNDS), buckets.subject)


CHECK = Check("bucket-bound", (codes.NO_BUCKET,), run, __doc__)
