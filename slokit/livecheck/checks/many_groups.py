"""Does the SLO have more groups than are useful?

Finds SLK613 above a thousand. How many series the metric itself has is not asked.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import MOST_GROUPS, CheckContext
from slokit.livecheck.engine.series import INFO, InputSeries


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO of more than MOST_GROUPS groups."""
    grouped = [s for s in context.series if s.group_labels and s.side.role != INFO]
    groups = context.groups(grouped)
    many = [series for series in grouped if len(groups[series].samples) > MOST_GROUPS]
    counts = context.batch.ask(map(_count, many))
    for slo in {series.slo.id: series.slo for series in many}.values():
        most = max(counts[_count(series)].value or 0 for series in many if series.slo is slo)
        labels = wording.quoted(dict.fromkeys(slo.folding.sources))
        message = f"grouping by {labels} makes {wording.number(most)} groups"
        hint = f"each has series of its own: keep below {wording.number(MOST_GROUPS)}"
        yield Finding(codes.MANY_GROUPS, message, slo.location_of("group_by"), hint)


def _count(series: InputSeries) -> Query:
    promql = probes.how_many(series.promql_with_join, series.group_labels)
    return Query(promql, series.subject)


CHECK = Check("many-groups", (codes.MANY_GROUPS,), run, __doc__)
