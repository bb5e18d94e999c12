"""Is the info metric of a join there whenever the metric is that it is joined to?

Finds SLK638: an info metric that was gone within a day while the metric was there, and one of the
same target as the `up` that shall say that the target is dead. Either way an outage reads as no
data. Series that the join drops now are asked for by joins.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import INFO, InputSeries
from slokit.model.ledger import Join
from slokit.promql.counting import offset
from slokit.sli.expressions import TARGET
from slokit.sli.sides import join_info
from slokit.text.durations import format_duration

_BACK, _STEP, _STEP_SECONDS = "1d", "5m", 300
_ALWAYS_THERE = "up"


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each metric that its info metric does not outlive."""
    there = [series for series in context.series if context.exists(series)]
    with_info = {series.slo.id for series in there if series.side.role == INFO}
    joined = [s for s in there if s.is_joined and s.slo.id in with_info]
    context.batch.ask(query for series in joined for query in _queries(context, series))
    for series in joined:
        if finding := _finding(context, series):
            yield finding


def _finding(context: CheckContext, series: InputSeries) -> Finding | None:
    info = f"'{join_info(series.slo.folding).metric()}'"
    answers = [context.batch.answer(query).value or 0 for query in _queries(context, series)]
    hint = "let the scrape configuration set its labels, or join an info metric of another target"
    if answers[0]:
        gone = format_duration(int(answers[0] * _STEP_SECONDS))
        message = f"{info} was gone for {gone} of the last day while {series.name} was there"
        message += ": that time reads as no data"
    elif any(answers[1:]):
        message = f"{info} dies with the target whose death {series.name} shall show"
        message += ": an outage would read as no data"
        hint += ", or add `remember: 1h`"
    else:
        return None
    return Finding(codes.INFO_GONE, message, series.slo.location_of("join"), hint)


def _queries(context: CheckContext, series: InputSeries) -> list[Query]:
    join, slo = _join(series), series.slo
    info = f"{join_info(slo.folding)}{offset(slo.folding.offset)}"
    found = [Query(probes.gone_while(series.promql, info, join.by, _BACK, _STEP), series.subject)]
    is_up = series.selectors[0][0].metric() == _ALWAYS_THERE
    if is_up and not context.questions(slo).is_remembered:
        found.append(Query(probes.of_one_target(series.promql, info, TARGET), series.subject))
    return found


def _join(series: InputSeries) -> Join:
    assert series.slo.folding.join is not None
    return series.slo.folding.join


CHECK = Check("info-gone", (codes.INFO_GONE,), run, __doc__)
