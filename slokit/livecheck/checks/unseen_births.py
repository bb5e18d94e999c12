"""How many bad events are the first of their series, and so not seen without `starts_at_zero`?

Finds SLK626, from a week of history in steps of an hour. Asked of counters that are selectors; a
series that appears and ends within an hour is not found. Of many SLOs only some are measured.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.live import Rare
from slokit.model.slo import Slo
from slokit.sli.expressions import TARGET

_WEEK = 7 * 86_400.0
_STEP = 3600
_HOUR = "1h"
_MOST_MEASURED = 30
_MANY, _SHARE = 10, 0.01


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO that loses more than ten bad events, or one in a hundred."""
    wanted = [
        (slo, born)
        for slo in context.slos
        if (born := context.questions(slo).born)
        and any(map(context.exists, series_of_side(slo, born.against)))
    ]
    wanted = _most_different(wanted)
    context.batch.ask(q for slo, born in wanted for q in _first(context, slo, born))
    lossy = [(slo, born) for slo, born in wanted if _lost(context, slo, born)]
    context.batch.ask(q for slo, born in lossy for q in _counted(context, slo, born))
    for slo, born in lossy:
        lost = _lost(context, slo, born)
        answers = [context.batch.answer(query).value for query in _counted(context, slo, born)]
        bad = lost + sum(value or 0 for value in answers)
        if lost > _MANY or lost > _SHARE * bad:
            span = wording.seconds(_back(context))
            of = f"{wording.number(lost)} of {wording.number(bad)} bad events"
            message = f"in {span} {of} were the first of their series: rate() cannot see them"
            location = series_of_side(slo, born.side)[0].location
            yield Finding(codes.UNSEEN_BIRTHS, message, location, "set `starts_at_zero: true`")


def _most_different(wanted: list[tuple[Slo, Rare]]) -> list[tuple[Slo, Rare]]:
    """At most so many SLOs as are measured: first one of each metric, then a second one."""
    seen: Counter[str] = Counter()
    ranked = []
    for slo, born in wanted:
        name = series_of_side(slo, born.side)[0].name
        ranked.append((seen[name], (slo, born)))
        seen[name] += 1
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])[:_MOST_MEASURED]]


def _lost(context: CheckContext, slo: Slo, born: Rare) -> float:
    answers = [context.batch.answer(query) for query in _first(context, slo, born)]
    return sum(value for a in answers for row in a.series for _, value in row.points if value > 0)


def _first(context: CheckContext, slo: Slo, born: Rare) -> list[Query]:
    hour, totals = Fraction(_STEP), series_of_side(slo, born.against)
    then = " or ".join(total.earlier(hour) for total in totals)
    still = " or ".join(total.promql for total in totals)
    known = f"({then}) and ({still})" if len(totals) > 1 else f"{then} and {still}"
    return [
        Query(
            probes.first_values(one.over(_HOUR), one.earlier(hour), known, ", ".join(TARGET)),
            one.subject,
            back=_back(context),
            step=_STEP,
        )
        for one in series_of_side(slo, born.side)
    ]


def _counted(context: CheckContext, slo: Slo, born: Rare) -> list[Query]:
    return [_increase(context, series) for series in series_of_side(slo, born.side)]


def _increase(context: CheckContext, series: InputSeries) -> Query:
    samples = series.over(wording.seconds(_back(context)))
    return Query(probes.increase_over(samples), series.subject)


def _back(context: CheckContext) -> float:
    return min(_WEEK, context.server.look_back)


CHECK = Check("unseen-births", (codes.UNSEEN_BIRTHS,), run, __doc__)
