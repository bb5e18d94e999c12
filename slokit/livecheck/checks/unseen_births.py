"""How many bad events are the first of their series, and so not seen without `starts_at_zero`?

Finds SLK626, from a week of history in steps of an hour. Asked of counters that are selectors; a
series that appears and ends within an hour is not found. Of many SLOs only some are measured, and
where bad events are a difference of two sides only those whose sides are not large.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.ledger import Side
from slokit.model.live import Births
from slokit.model.slo import Slo
from slokit.promql.counting import known_since, of_known_target, offset
from slokit.sli.expressions import known_target

_WEEK = 7 * 86_400.0
_STEP = 3600
_HOUR = "1h"
_MOST_MEASURED = 24
_MOST_SERIES = 5000
_MANY, _SHARE = 10, 0.01

Measured = tuple[Slo, Births]
Ask = Callable[[CheckContext, InputSeries, Births], Query]


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO that loses more than ten bad events, or one in a hundred."""
    wanted = [
        (slo, born)
        for slo in context.slos
        if (born := context.questions(slo).born)
        and any(map(context.exists, series_of_side(slo, born.known)))
    ]
    wanted = _small(context, _most_different(wanted))
    context.batch.ask(query for one in wanted for query in _queries(context, *one, _first))
    lossy = [one for one in wanted if _bad(context, *one, _first) > 0]
    context.batch.ask(query for one in lossy for query in _queries(context, *one, _increase))
    for slo, born in lossy:
        lost = _bad(context, slo, born, _first)
        bad = lost + _bad(context, slo, born, _increase)
        if lost > _MANY or lost > _SHARE * bad:
            span = wording.seconds(_back(context))
            of = f"{wording.number(lost)} of {wording.number(bad)} bad events"
            message = f"in {span} {of} were the first of their series: rate() cannot see them"
            location = series_of_side(slo, born.written)[0].location
            exact = "" if slo.folding.is_exact else "`counting: exact` and "
            yield Finding(
                codes.UNSEEN_BIRTHS, message, location, f"set {exact}`starts_at_zero: true`"
            )


def _most_different(wanted: Iterable[Measured]) -> list[Measured]:
    """At most so many SLOs as are measured: first one of each metric, then a second one."""
    seen: Counter[str] = Counter()
    ranked = []
    for slo, born in wanted:
        name = series_of_side(slo, born.written)[0].name
        ranked.append((seen[name], (slo, born)))
        seen[name] += 1
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])[:_MOST_MEASURED]]


def _small(context: CheckContext, wanted: list[Measured]) -> list[Measured]:
    """Without those whose good and bad events have too many series for a week of history."""
    counts = {
        slo.id: [
            Query(f"count({one.promql})", one.subject) for one in series_of_side(slo, born.counted)
        ]
        for slo, born in wanted
        if born.within
    }
    answers = context.batch.ask(query for queries in counts.values() for query in queries)
    many = {
        slo_id
        for slo_id, queries in counts.items()
        if sum(answers[query].value or 0 for query in queries) > _MOST_SERIES
    }
    return [(slo, born) for slo, born in wanted if slo.id not in many]


def _bad(context: CheckContext, slo: Slo, born: Births, ask: Ask) -> float:
    """What the answers say of bad events: those of one side, or of two less each other."""
    within = _sum(context, slo, born, born.within, ask) if born.within else 0.0
    return max(_sum(context, slo, born, born.counted, ask) - within, 0.0)


def _sum(context: CheckContext, slo: Slo, born: Births, side: Side, ask: Ask) -> float:
    answers = [context.batch.answer(ask(context, one, born)) for one in series_of_side(slo, side)]
    ranges = [v for a in answers for row in a.series for _, v in row.points if v > 0]
    return sum(answer.value or 0 for answer in answers) + sum(ranges)


def _queries(context: CheckContext, slo: Slo, born: Births, ask: Ask) -> list[Query]:
    sides = [born.counted, *([born.within] if born.within else [])]
    return [ask(context, one, born) for side in sides for one in series_of_side(slo, side)]


def _first(context: CheckContext, series: InputSeries, born: Births) -> Query:
    late = series.slo.folding.offset
    totals = [one.vector for one in series_of_side(series.slo, born.known)]
    known = known_since([str(t) for t in totals], offset(late), offset(late + Fraction(_STEP)))
    of_known = of_known_target(series.promql, known, known_target(series.slo.folding))
    before = series.earlier(Fraction(_STEP))
    promql = probes.first_values(series.over(_HOUR), before, of_known)
    return Query(promql, series.subject, back=_back(context), step=_STEP)


def _increase(context: CheckContext, series: InputSeries, _: Births) -> Query:
    samples = series.over(wording.seconds(_back(context)))
    return Query(probes.increase_over(samples), series.subject)


def _back(context: CheckContext) -> float:
    return min(_WEEK, context.server.look_back)


CHECK = Check("unseen-births", (codes.UNSEEN_BIRTHS,), run, __doc__)
