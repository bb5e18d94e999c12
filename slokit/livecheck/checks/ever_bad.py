"""Did the selector of bad events ever match anything?

Finds SLK612 and says against how many events that stands. It asks only where the SLO has events and
the metric of the bad ones exists: metric_exists asks for the rest. Whether the bad events that were
counted are all of them is not asked.
"""

from collections.abc import Iterator

from slokit.compiler import ledger, names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import (
    Missing,
    Seen,
    culprits,
    look_up_matchers,
    why_missing,
)
from slokit.livecheck.engine.series import series_of_side
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.durations import rough_duration

_EXPECTED_BAD = 10
"""So many bad events within the objective make it strange that there was none."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each bad side that matched nothing as far as the server looks back."""
    never = [missing for missing in context.missing.all if _is_never_bad(context, missing)]
    look_up_matchers(context.batch, never)
    slos = list({missing.series.slo.id: missing.series.slo for missing in never}.values())
    recorded = context.batch.ask(_recorded(context, slo) for slo in slos)
    unrecorded = [slo for slo in slos if not recorded[_recorded(context, slo)].value]
    context.batch.ask_heavy(query for slo in unrecorded for query in _counted(context, slo))
    for missing in never:
        yield _never_bad(context, missing)


def _is_never_bad(context: CheckContext, missing: Missing) -> bool:
    series = missing.series
    if not series.is_rare or context.missing.seen(missing) is not Seen.NAME_ONLY:
        return False
    rare = context.questions(series.slo).rare
    of_slo = context.series_of(series.slo)
    # without any events to stand against, the missing total is the finding
    has_events = any(context.exists(s) for s in of_slo if rare and s.side == rare.against)
    has_bad = any(context.exists(s) for s in of_slo if s.side == series.side)
    return has_events and not has_bad


def _never_bad(context: CheckContext, missing: Missing) -> Finding:
    slo = missing.series.slo
    events = _events(context, slo)
    unit = slo.sli.counted_in.total
    which = f"no {unit.singular}"
    if events is not None:
        which = f"none of {wording.number(events)} {unit.plural}"
    message = (
        f"{which} in {rough_duration(context.server.look_back)} was bad: is the selector right?"
        f" {missing.selector} matched nothing"
    )
    hint = why_missing(context.batch, missing)
    severity = _severity(context, missing, events)
    return Finding(codes.NEVER_BAD, message, missing.series.location, hint, severity=severity)


def _severity(context: CheckContext, missing: Missing, events: float | None) -> Severity:
    """A label that does not exist can never match; else it matters how likely bad events were."""
    found = list(culprits(context.batch, missing))
    if any(culprit.lacks_label for culprit in found):
        return Severity.ERROR
    if any(culprit.is_unlike_values for culprit in found):
        return Severity.WARNING
    if events is not None and events * missing.series.slo.budget < _EXPECTED_BAD:
        return Severity.NOTE
    return Severity.WARNING


def _events(context: CheckContext, slo: Slo) -> float | None:
    recorded = context.batch.answer(_recorded(context, slo)).value
    if recorded:
        return recorded
    counts = [context.batch.answer(query).value for query in _counted(context, slo)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _recorded(context: CheckContext, slo: Slo) -> Query:
    """What the ledger counted, which is cheap; nothing before the rules are deployed."""
    name = names.total_events(context.project.ledger_window)
    identity = ledger.identity(slo, context.project)
    series, replicas = build.series(name, identity), context.project.replica_labels
    own = [label for label in (*identity, *slo.folding.names) if label not in replicas]
    return context.evaluation(slo, probes.sum_over(series, _look_back(context), own, replicas))


def _counted(context: CheckContext, slo: Slo) -> list[Query]:
    rare = context.questions(slo).rare
    if rare is None or rare.against.role != "counter":
        return []
    return [
        Query(probes.increase_over(series.over(_look_back(context))), series.subject)
        for series in series_of_side(slo, rare.against)
        if series.is_selector
    ]


def _look_back(context: CheckContext) -> str:
    return wording.seconds(context.server.look_back)


CHECK = Check("ever-bad", (codes.NEVER_BAD,), run, __doc__)
