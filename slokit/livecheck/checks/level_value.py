"""Is the value of a gauge what its limit is about?

Finds SLK647: a moment in time where the limit is a length of time, and a percentage where the limit
is a ratio. Either way the SLO is green for ever, or never. Whether the limit is right is not asked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.slo import Slo
from slokit.promql import build

_IN_SECONDS = {"seconds": 1, "ms": 1000}
_EARLIEST = 1e9
"""The year 2001, and as a length of time 31 years: longer than anything that runs."""
_YEAR = 366 * 86_400.0
_BACK, _STEP = "1d", "5m"
_SURE = 2.0
"""A part may be more than its whole, as load is on few processors: hardly twice as much all day."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding at each gauge whose value is something else than its limit."""
    wanted = [query for slo in context.slos for _, query in _questions(context, slo)]
    context.batch.ask(wanted)
    for slo in context.slos:
        yield from of_slo(context, slo)


def of_slo(context: CheckContext, slo: Slo) -> Iterator[Finding]:
    """What is found about one SLO, once it was asked."""
    for series, query in _questions(context, slo):
        value = context.batch.answer(query).value or 0.0
        if slo.sli.unit in _IN_SECONDS:
            seconds = value / _IN_SECONDS[slo.sli.unit]
            if _EARLIEST < seconds < context.batch.at + _YEAR:
                yield _of_time(series, seconds)
        elif value > _SURE:
            message = f"{series.name} is no ratio: it was {value:.3g} within {_BACK}"
            hint = "is it a percentage? write `unit: percent`"
            severity = Severity.WARNING
            yield Finding(codes.OTHER_VALUE, message, series.location, hint, severity=severity)


def _of_time(series: InputSeries, seconds: float) -> Finding:
    day = datetime.fromtimestamp(seconds, UTC).date()
    message = f"{series.name} is a moment in time ({day}), and its limit is a length of time"
    now = "time() * 1000" if series.slo.sli.unit == "ms" else "time()"
    name = series.selectors[0][0].metric() if series.is_selector else ""
    hint = (
        f"write its age: `{now} - {name or '…'}{{$selector}}`, with `unit: {series.slo.sli.unit}`"
    )
    return Finding(codes.OTHER_VALUE, message, series.location, hint)


def _questions(context: CheckContext, slo: Slo) -> Iterator[tuple[InputSeries, Query]]:
    """What is asked of each gauge, in units where its value can tell."""
    level = context.questions(slo).level
    if level is None:
        return
    limits = [limit for limit in (level.low, level.high) if limit is not None]
    is_share = slo.sli.unit == "ratio" and all(limit <= 1 for limit in limits)
    is_length = slo.sli.unit in _IN_SECONDS and all(
        limit < _EARLIEST * _IN_SECONDS[slo.sli.unit] for limit in limits
    )
    for series in series_of_side(slo, level.gauge):
        if is_share:
            yield series, Query(probes.typical(series.over(_BACK, _STEP)), series.subject)
        elif is_length:
            yield series, Query(f"max({build.own(series.promql)} < Inf)", series.subject)


CHECK = Check("level-value", (codes.OTHER_VALUE,), run, __doc__)
