"""Does the join find one partner for every series?

Finds SLK607, series that the join drops, and SLK608, an info metric that contradicts itself, which
makes the rules fail. Whether the info metric exists is asked by metric_exists; a PromQL side that
joins by itself is not looked into.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import INFO, InputSeries
from slokit.model.ledger import Join
from slokit.promql.counting import offset
from slokit.sli.sides import join_info


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each join that drops series, and each that Prometheus would refuse."""
    there = [series for series in context.series if context.exists(series)]
    infos = [series for series in there if series.side.role == INFO]
    with_info = {info.slo.id for info in infos}
    joined = [series for series in there if series.is_joined]
    context.batch.ask(query for s in joined for query in (_dropped(s), _all(s)))
    context.batch.ask(map(_ambiguous, infos))
    for series in joined:
        if series.slo.id in with_info:
            yield from _of_dropped(context, series)
    for info in infos:
        yield from _of_ambiguous(context, info)


def _of_dropped(context: CheckContext, series: InputSeries) -> Iterator[Finding]:
    dropped, of = (context.batch.answer(query).value for query in (_dropped(series), _all(series)))
    if not dropped or not of:
        return
    by = ", ".join(_join(series).by)
    how_many = "all" if dropped == of else f"{wording.number(dropped)} of {wording.number(of)}"
    message = f"the join drops {how_many} of {series.name} by ({by}): the info metric lacks them"
    severity = Severity.ERROR if dropped == of else Severity.WARNING
    hint = "compare the values of these labels on both metrics"
    location = series.slo.location_of("join")
    yield Finding(codes.JOIN_LOST, message, location, hint, severity=severity)


def _of_ambiguous(context: CheckContext, info: InputSeries) -> Iterator[Finding]:
    found = context.batch.answer(_ambiguous(info)).samples
    if not found:
        return
    labels = ", ".join(_join(info).labels)
    which = wording.groups(sample.labels for sample in found)
    message = f"{info.name} gives more than one value of ({labels}) for {which}: the rules fail"
    hint = "match by more labels, or narrow the info metric's selector"
    yield Finding(codes.JOIN_AMBIGUOUS, message, info.location, hint)


def _dropped(series: InputSeries) -> Query:
    info = f"{join_info(series.slo.folding)}{offset(series.slo.folding.offset)}"
    promql = probes.how_many_lack(series.promql, info, _join(series).by)
    return Query(promql, series.subject)


def _all(series: InputSeries) -> Query:
    return Query(probes.how_many(series.promql, _join(series).by), series.subject)


def _ambiguous(info: InputSeries) -> Query:
    promql = probes.ambiguous(info.promql, _join(info).by, _join(info).sources)
    return Query(promql, info.subject)


def _join(series: InputSeries) -> Join:
    assert series.slo.folding.join is not None
    return series.slo.folding.join


CHECK = Check("joins", (codes.JOIN_LOST, codes.JOIN_AMBIGUOUS), run, __doc__)
