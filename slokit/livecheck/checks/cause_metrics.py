"""Do the metrics of cause alerts exist, with series that their selectors match?

Finds SLK601, SLK602 and SLK603 at the condition, as of an SLO's sides. Warnings, for a counter of
what has never happened may not be born yet; an error where a metric has nearly that name. What
takes absence for trouble is not asked about. A condition that the server rejects, rejected finds.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query, Subject
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import Past, Seen, Sought, look_up_matchers, why_missing
from slokit.livecheck.engine.series import selectors_in
from slokit.model.causes import CauseAlert
from slokit.promql.counting import offset
from slokit.promql.reading import read
from slokit.text.durations import rough_duration

_ABSENCE = frozenset(("absent", "absent_over_time"))


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding at each condition that reads what is not there."""
    causes = [(cause, _subject(cause, context)) for cause in _causes(context)]
    context.batch.ask(
        Query(probes.exists(cause.expr), subject, is_like_rules=True) for cause, subject in causes
    )
    sought = [
        (cause, Sought(selector, late, subject))
        for cause, subject in causes
        if not read(cause.expr).functions & _ABSENCE
        for selector, late in selectors_in(cause.expr)
    ]
    queries = [
        Query(probes.exists(f"{one.selector}{offset(one.late)}"), one.subject) for _, one in sought
    ]
    answers = context.batch.ask(queries)
    missing = [one for one, query in zip(sought, queries, strict=True) if answers[query].is_empty]
    past = Past(lambda: [one for _, one in missing], context.server, context.batch)
    look_up_matchers(context.batch, [one for _, one in missing if past.seen(one) is Seen.NAME_ONLY])
    for cause, one in missing:
        yield _of_missing(context, past.seen(one), one, cause.location.at("expr"))


def _causes(context: CheckContext) -> Iterator[CauseAlert]:
    asked = {slo.service for slo in context.slos}
    return (cause for cause in context.scope.bundle.causes if cause.service in asked)


def _subject(cause: CauseAlert, context: CheckContext) -> Subject:
    slo = next(slo for slo in context.slos if slo.service == cause.service)
    return Subject(cause.id, "the condition", slo, cause.location.at("expr"))


def _of_missing(context: CheckContext, seen: Seen, one: Sought, where: Location) -> Finding:
    span, warning = rough_duration(context.server.look_back), Severity.WARNING
    name = one.selector.metric() or str(one.selector)
    if seen is Seen.NEVER:
        message = f"the server has no metric '{name}', and had none within {span}"
        hint = context.missing.similar(name) or "the alert cannot fire until there is one"
        severity = Severity.ERROR if context.missing.is_typo(name) else warning
        return Finding(codes.NO_METRIC, message, where, hint, severity=severity)
    if seen is Seen.BEFORE:
        message = f"{one.selector} matches nothing now, but did within {span}"
        return Finding(codes.SERIES_GONE, message, where, "is its exporter down, or renamed?")
    if seen is Seen.NAME_ONLY:
        message = f"no series of '{name}' matched in {span}: {one.selector}"
        hint = why_missing(context.batch, one)
    else:
        message = f"{one.selector} matches nothing now"
        hint = "check the name: the server does not say whether it ever did"
    return Finding(codes.NO_SERIES, message, where, hint, severity=warning)


CHECK = Check("cause-metrics", (codes.NO_METRIC, codes.NO_SERIES, codes.SERIES_GONE), run, __doc__)
