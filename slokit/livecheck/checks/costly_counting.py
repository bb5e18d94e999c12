"""Is exact counting too costly for the server?

Finds SLK628, where a counter has more than a hundred thousand series, or the ledger rules of a
service take more than half of their interval. Whether the server is short of memory is not asked.
"""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks import rules_loaded
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries

_MOST_SERIES = 100_000
_MOST_OF_INTERVAL = 0.5
_HINT = "set `counting: rate`, which reads less and may be wrong by up to 1 %"


def run(context: CheckContext) -> Iterator[Finding]:
    """A note for each large counter, and for each service whose ledger rules are slow."""
    exact = [
        series
        for series in context.series
        if series.side.role == "counter" and series.is_selector and series.slo.folding.is_exact
    ]
    widest = context.widest(exact)
    answers = context.batch.ask(map(_count, widest))
    for series in widest:
        count = answers[_count(series)].value or 0
        if count > _MOST_SERIES:
            many = wording.number(count)
            message = f"{series.name} has {many} series, each read for exact counts"
            yield Finding(codes.COSTLY_COUNTING, message, series.location, _HINT)
    if not exact or not rules_loaded.loaded(context):
        return
    groups = {group.name: group for group in context.server.rule_groups or ()}
    for service, slo in {series.slo.service: series.slo for series in exact}.items():
        group = groups.get(names.ledger_group(context.project.bundle, service))
        spent = group and group.evaluation_seconds
        if group and spent and spent > _MOST_OF_INTERVAL * group.interval:
            message = (
                f"the ledger rules of '{service}' take {wording.seconds(spent)} of their interval"
                f" of {wording.seconds(group.interval)}"
            )
            yield Finding(codes.COSTLY_COUNTING, message, slo.location_of("service"), _HINT)


def _count(series: InputSeries) -> Query:
    return Query(f"count({series.promql})", series.subject)


CHECK = Check("costly-counting", (codes.COSTLY_COUNTING,), run, __doc__)
