"""Are the buckets of a histogram added up?

Finds SLK633, where a side of counters selects several buckets of one histogram: buckets are
cumulative, so that an event is in all of those above it. An expression that quantiles or the
largest bucket are taken of is none.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries
from slokit.model.slo import Slo
from slokit.promql.counting import offset
from slokit.promql.reading import read
from slokit.promql.selector import Selector

_SUFFIX = "_bucket"
_LE = "le"
_MOST = 100
_READS_BUCKETS = {"histogram_quantile", "histogram_fraction", "max", "min", "topk", "bottomk"}


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding at each side that adds buckets up, with what to write instead."""
    context.batch.ask(
        _bounds(series, selector) for series in context.series for selector in _of_buckets(series)
    )
    for slo in context.slos:
        for series, bounds in of_slo(context, slo):
            bare = next(iter(_of_buckets(series))).metric().removesuffix(_SUFFIX)
            message = (
                f"{series.name} adds up {len(bounds)} buckets of '{bare}': an event counts in each"
                " one that it is within"
            )
            hint = f"all events are {bare}_count; name one bucket, such as le={bounds[0]!r}"
            if series.side.key == "total":
                hint = f"write {bare}_count, or use `latency: {{histogram: {bare}, at_most: …}}`"
            yield Finding(codes.ADDED_BUCKETS, message, series.location, hint)


def of_slo(context: CheckContext, slo: Slo) -> list[tuple[InputSeries, list[str]]]:
    """The series of an SLO that add buckets up, and the bounds of those."""
    found = []
    for series in context.series_of(slo):
        for selector in _of_buckets(series):
            rows = context.batch.answer(_bounds(series, selector)).samples
            bounds = {row.labels.get(_LE, "") for row in rows} - {""}
            values = {float(bound): bound for bound in bounds if _is_number(bound)}
            if len(values) > 1:
                found.append((series, [values[value] for value in sorted(values)]))
                break
    return found


def _of_buckets(series: InputSeries) -> list[Selector]:
    if series.side.role != "counter":
        return []
    if isinstance(series.vector, str) and read(series.vector).functions & _READS_BUCKETS:
        return []
    return [one for one, _ in series.selectors if one.metric().endswith(_SUFFIX)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bounds(series: InputSeries, selector: Selector) -> Query:
    late = dict(series.selectors)[selector]
    return Query(probes.groups(f"{selector}{offset(late)}", [_LE], _MOST), series.subject)


CHECK = Check("added-buckets", (codes.ADDED_BUCKETS,), run, __doc__)
