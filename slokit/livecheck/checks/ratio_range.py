"""Is a given ratio between 0 and 1?

Finds SLK622: an error where it is so far above that it must be a percentage, which clamped to 1
would be all bad or all good. It looks back over a day; whether the ratio is right is not asked.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.slo import Slo

_BACK, _STEP = "1d", "5m"
_SURE = 2.0
"""What is above counts more bad events than there are, twice: it is no ratio."""
_SLACK = 0.01
"""Both sides of a quotient are scraped at different moments, so it may be beyond by a little."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each ratio that left the range from 0 to 1."""
    wanted = [series for slo in context.slos for series in _shares(context, slo)]
    context.batch.ask(query for series in wanted for query in (_largest(series), _smallest(series)))
    for series in wanted:
        yield from _of_series(context, series)


def _of_series(context: CheckContext, series: InputSeries) -> Iterator[Finding]:
    largest = context.batch.answer(_largest(series)).value
    smallest = context.batch.answer(_smallest(series)).value
    if largest is not None and largest > 1 + _SLACK:
        message = f"{series.name} is no ratio: it was {largest:.4g} within {_BACK}"
        hint = "what is above 1 counts as 1; divide a percentage by 100"
        severity = Severity.ERROR if largest > _SURE else Severity.WARNING
        yield Finding(codes.NO_RATIO, message, series.location, hint, severity=severity)
    elif smallest is not None and smallest < -_SLACK:
        message = f"{series.name} is no ratio: it was {smallest:.4g} within {_BACK}"
        hint = "what is below 0 counts as 0; leave out values that stand for missing ones"
        yield Finding(codes.NO_RATIO, message, series.location, hint)


def is_beyond(context: CheckContext, slo: Slo) -> bool:
    """Whether an SLO is made of a ratio that left the range."""
    return any(any(_of_series(context, one)) for one in _shares(context, slo))


def _shares(context: CheckContext, slo: Slo) -> tuple[InputSeries, ...]:
    share = context.questions(slo).share
    return series_of_side(slo, share) if share else ()


def _largest(series: InputSeries) -> Query:
    return Query(probes.largest(series.over(_BACK, _STEP)), series.subject)


def _smallest(series: InputSeries) -> Query:
    return Query(probes.smallest(series.over(_BACK, _STEP)), series.subject)


CHECK = Check("ratio-range", (codes.NO_RATIO,), run, __doc__)
