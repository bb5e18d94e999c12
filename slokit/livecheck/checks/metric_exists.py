"""Does each metric exist, with series that the selector matches, of SLOs and of cause alerts?

Finds SLK601 (no such metric), SLK602 (the metric, but no such series), SLK603 (there before, gone
now) and SLK604 (an expression that gives nothing). A side of bad events may lack series for good:
about its selector, ever_bad asks. Of samples that come late, late_samples speaks.

Of a cause alert it finds the first three at the condition. Warnings, for a counter of what has
never happened may not be born yet; an error where a metric has nearly that name. What takes absence
for trouble is not asked about. A condition that the server rejects, rejected finds.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Location, Severity
from slokit.livecheck.checks import late_samples, native_histogram
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query, Subject
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import (
    Missing,
    Past,
    Seen,
    Sought,
    look_up_matchers,
    why_missing,
)
from slokit.livecheck.engine.series import InputSeries, selectors_in, series_of_side
from slokit.model.causes import CauseAlert
from slokit.promql.counting import offset
from slokit.promql.presence import ABSENT
from slokit.promql.reading import read
from slokit.promql.tokens import tokens_of
from slokit.text.durations import rough_duration

_KNOWN_BY_NAME = {Seen.NAME_ONLY, Seen.BEFORE}


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each selector that matches nothing, and each expression that is empty."""
    yield from _of_slos(context)
    yield from _of_causes(context)


def _of_slos(context: CheckContext) -> Iterator[Finding]:
    missing = context.missing
    named = [m for m in missing.all if missing.seen(m) in _KNOWN_BY_NAME and not m.series.is_rare]
    look_up_matchers(context.batch, named)
    for one in missing.all:
        if not native_histogram.is_classic(context, one.series):
            yield from _of_missing(context, one)
    found = {id(one.series) for one in missing.all}
    for series in context.series:
        if series.is_selector or series.is_rare or id(series) in found:
            continue
        if context.labels(series).is_empty:
            message = f"{series.name} gives nothing now, although all of its metrics exist"
            hint = _why_empty(series.promql)
            yield Finding(codes.EMPTY_EXPRESSION, message, series.location, hint)


def _why_empty(text: str) -> str:
    if any(token.text == "offset" for token in tokens_of(text)):
        return "do its metrics go back as far as `offset`, and do the labels of its parts match?"
    return "do the labels of its parts match? `on (…)` says which ones must"


def _of_missing(context: CheckContext, missing: Missing) -> Iterator[Finding]:
    seen, series = context.missing.seen(missing), missing.series
    if seen is Seen.NEVER:
        code, message, hint = _said(context, seen, missing)
        severity: Severity | None = _severity(context, series)
        if _is_typo(context, missing):
            severity = Severity.ERROR
        hint = hint or "compare it with the exporter's /metrics"
    elif series.is_rare or (seen is Seen.BEFORE and late_samples.lateness(context, missing)):
        return
    else:
        code, message, hint = _said(context, seen, missing)
        severity = None if seen is Seen.BEFORE else _severity(context, series)
    yield Finding(code, message, series.location, hint, severity=severity)


def _is_typo(context: CheckContext, missing: Missing) -> bool:
    """Whether a metric that never was is the misspelt name of one that is.

    A counter of errors may not be born yet, but hardly one that differs by a letter. A side may
    list the names of several versions: what it reads itself is no other metric.
    """
    name, series = missing.selector.metric(), missing.series
    own = {
        selector.metric()
        for one in series_of_side(series.slo, series.side)
        for selector, _ in one.selectors
    }
    return (missing.is_alone or series.is_rare) and context.missing.is_typo(name, own - {name})


def _said(context: CheckContext, seen: Seen, one: Missing | Sought) -> tuple[Code, str, str]:
    """The code, the words and the hint, by how much of a missing selector there was before."""
    span = rough_duration(context.server.look_back)
    name = one.selector.metric() or str(one.selector)
    if seen is Seen.NEVER:
        message = f"the server has no metric '{name}', and had none within {span}"
        return codes.NO_METRIC, message, context.missing.similar(name)
    if seen is Seen.BEFORE:
        message = f"{one.selector} matches nothing now, but did within {span}"
        return codes.SERIES_GONE, message, "is its exporter down, or was it renamed?"
    if seen is Seen.NAME_ONLY:
        message = f"no series of '{name}' matched in {span}: {one.selector}"
        return codes.NO_SERIES, message, why_missing(context.batch, one)
    hint = "check the name: the server does not say whether it ever did"
    return codes.NO_SERIES, f"{one.selector} matches nothing now", hint


def _severity(context: CheckContext, series: InputSeries) -> Severity:
    """An error where the SLO measures nothing; a warning where it measures too little."""
    same_side = [s for s in context.series_of(series.slo) if s.side == series.side]
    if series.is_rare or series.side.role == "member" or any(map(context.exists, same_side)):
        return Severity.WARNING
    return Severity.ERROR


def _of_causes(context: CheckContext) -> Iterator[Finding]:
    """A finding at each condition that reads what is not there."""
    causes = [(cause, _subject(cause, context)) for cause in _causes(context)]
    context.batch.ask(
        Query(probes.exists(cause.expr), subject, is_like_rules=True) for cause, subject in causes
    )
    sought = [
        (cause, Sought(selector, late, subject))
        for cause, subject in causes
        if read(cause.expr).functions.isdisjoint(ABSENT)
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
        yield _of_cause(context, past.seen(one), one, cause.location.at("expr"))


def _causes(context: CheckContext) -> Iterator[CauseAlert]:
    asked = {slo.service for slo in context.slos}
    return (cause for cause in context.scope.bundle.causes if cause.service in asked)


def _subject(cause: CauseAlert, context: CheckContext) -> Subject:
    slo = next(slo for slo in context.slos if slo.service == cause.service)
    return Subject(cause.id, "the condition", slo, cause.location.at("expr"))


def _of_cause(context: CheckContext, seen: Seen, one: Sought, where: Location) -> Finding:
    code, message, hint = _said(context, seen, one)
    if seen is Seen.NEVER:
        hint = hint or "the alert cannot fire until there is one"
    is_typo = seen is Seen.NEVER and context.missing.is_typo(one.selector.metric())
    severity = Severity.ERROR if is_typo else Severity.WARNING
    return Finding(code, message, where, hint, severity=severity)


CHECK = Check(
    "metric-exists",
    (codes.NO_METRIC, codes.NO_SERIES, codes.SERIES_GONE, codes.EMPTY_EXPRESSION),
    run,
    __doc__,
)
