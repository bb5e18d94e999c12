"""Do several observers export the same series, each of which would count?

Finds SLK625, for what is added up and exists several times with equal values, where only `instance`
is apart. Processes that happen to count alike are none: the values of observers move together.
Observers whose own labels differ by more than that are not recognised.
"""

from collections.abc import Iterator
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks import not_a_number
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side

_OBSERVER = "instance"
_TARGET = {"job", "__name__"}
_OF_OBJECTS = "kube_"
"""Metrics of kube-state-metrics are about objects, so that all of its instances see the same."""
_EQUAL = 0.9
"""Instances are scraped at different moments: a few of their series may differ just now."""
_BEFORE = Fraction(3600)


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each metric of a service that is seen, and counted, several times."""
    wanted = _added(context)
    own = [q for s in wanted for q in (_count(_several(s), s), _count(_equal(s), s))]
    others = [*not_a_number.questions(context), *context.info_queries]
    context.batch.ask([*own, *others])
    found = [s for s in wanted if _share(context, _equal(s), _several(s), s) >= _EQUAL]
    context.batch.ask(_example(series) for series in found)
    moving = [s for s in found if not s.selectors[0][0].metric().startswith(_OF_OBJECTS)]
    context.batch.ask(
        q for s in moving for q in (_count(_moved(s), s), _count(_moved_together(s), s))
    )
    for series in found:
        share = _share(context, _moved_together(series), _moved(series), series)
        if series not in moving or share >= _EQUAL:
            yield from _of_series(context, series)


def _added(context: CheckContext) -> list[InputSeries]:
    """The widest selector of each metric that an SLO adds up, without `deduplicate`."""
    return context.widest(
        series
        for slo in context.slos
        if _OBSERVER not in slo.folding.sources and not slo.folding.observers
        for side in context.questions(slo).added
        for series in series_of_side(slo, side)
    )


def _of_series(context: CheckContext, series: InputSeries) -> Iterator[Finding]:
    example = next(iter(context.batch.answer(_example(series)).samples), None)
    # what has no label but the target's is about the target itself, which has only one observer
    if example is None or not set(example.labels) - _TARGET:
        return
    times = "twice" if example.value == 2 else f"{example.value:.0f} times"
    message = (
        f"the series of {series.name} exist several times with equal values, only"
        f" '{_OBSERVER}' apart: they are counted {times}"
    )
    hint = f"set `deduplicate: [{_OBSERVER}]`"
    yield Finding(codes.COUNTED_TWICE, message, series.location, hint)


def _share(context: CheckContext, part: str, whole: str, series: InputSeries) -> float:
    of = context.batch.answer(_count(whole, series)).value
    return (context.batch.answer(_count(part, series)).value or 0) / of if of else 0.0


def _several(series: InputSeries) -> str:
    return probes.seen_by_several(series.promql, _OBSERVER)


def _equal(series: InputSeries) -> str:
    return _both(_several(series), probes.all_equal(series.promql, _OBSERVER))


def _moved(series: InputSeries) -> str:
    now, before = series.promql, series.earlier(_BEFORE)
    most_now, most_before = (f"max without ({_OBSERVER}) ({vector})" for vector in (now, before))
    return _both(_several(series), f"{most_now} != {most_before}")


def _moved_together(series: InputSeries) -> str:
    before = probes.all_equal(series.earlier(_BEFORE), _OBSERVER)
    return _both(_moved(series), probes.all_equal(series.promql, _OBSERVER), before)


def _both(*vectors: str) -> str:
    return " and ".join(f"({vector})" for vector in vectors)


def _count(vector: str, series: InputSeries) -> Query:
    return Query(f"count({vector})", series.subject)


def _example(series: InputSeries) -> Query:
    return Query(probes.some(_equal(series), 1), series.subject)


CHECK = Check("counted-twice", (codes.COUNTED_TWICE,), run, __doc__)
