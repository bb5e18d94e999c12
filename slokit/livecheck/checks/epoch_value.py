"""Is an epoch a number that events make grow, or a time?

Finds SLK634, where the largest value of an epoch is a time of these years, in seconds or in
milliseconds. Terms and timelines count from one; whether its steps are events is not asked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries
from slokit.model.slo import Slo
from slokit.promql import build

_YEAR = 366 * 86_400.0
_EARLIEST = 1e9
"""The year 2001: of no system that is monitored now an epoch counts so far in ones."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding at each epoch whose value is a time."""
    context.batch.ask(_largest(s) for s in context.series if s.side.role == "epoch")
    for slo in context.slos:
        for series, seconds in times(context, slo):
            day = datetime.fromtimestamp(seconds, UTC).date()
            message = (
                f"{series.name} is a time ({day}), no epoch: a step counts as many events as it"
                " has seconds"
            )
            yield Finding(codes.EPOCH_IS_TIME, message, series.location, _hint(series))


def times(context: CheckContext, slo: Slo) -> Iterator[tuple[InputSeries, float]]:
    """The epochs of an SLO that are times, and which, in Unix seconds."""
    for series in context.series_of(slo):
        if series.side.role == "epoch":
            value = context.batch.answer(_largest(series)).value or 0.0
            for seconds in (value, value / 1000):
                if _EARLIEST < seconds < context.batch.at + _YEAR:
                    yield series, seconds


def _hint(series: InputSeries) -> str:
    name = "…" if isinstance(series.vector, str) else series.selectors[0][0].metric()
    return f"count its changes instead: `changes: {name}`"


def _largest(series: InputSeries) -> Query:
    return Query(f"max({build.own(series.promql)} < Inf)", series.subject)


CHECK = Check("epoch-value", (codes.EPOCH_IS_TIME,), run, __doc__)
