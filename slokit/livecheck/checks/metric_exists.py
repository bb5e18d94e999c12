"""Whether each metric exists, with series that the selector matches."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks import matchers, native_histogram
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.history import History, Miss, Seen
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import Part
from slokit.livecheck.engine.question import Question
from slokit.promql.tokens import tokens_of


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each selector that matches nothing, and each expression that is empty."""
    history = inquiry.history
    matchers.look_up(inquiry.asker, [m.selector for m in history.misses if _is_named(m, history)])
    for miss in history.misses:
        yield from _of_miss(inquiry, miss)
    missed = {id(miss.part) for miss in history.misses}
    for part in inquiry.parts:
        expression = isinstance(part.vector, str) and not part.is_rare
        if expression and id(part) not in missed and inquiry.presence.labels(part).is_empty:
            message = f"{part.name} gives nothing now, although all of its metrics exist"
            yield Finding(codes.EMPTY_EXPRESSION, message, part.place, _why_empty(part.text))


def _why_empty(text: str) -> str:
    if any(token.text == "offset" for token in tokens_of(text)):
        return "do its metrics go back as far as `offset`, and do the labels of its parts match?"
    return "do the labels of its parts match? `on (…)` says which ones must"


def _is_named(miss: Miss, history: History) -> bool:
    return history.seen(miss) in {Seen.NAME_ONLY, Seen.BEFORE} and not miss.part.is_rare


def _of_miss(inquiry: Inquiry, miss: Miss) -> Iterator[Finding]:
    seen, part = inquiry.history.seen(miss), miss.part
    if native_histogram.is_classic(inquiry, part):
        return
    severity = _severity(inquiry, part)
    name = miss.selector.metric() or str(miss.selector)
    if seen is Seen.NEVER:
        message = f"there is no metric '{name}', nor was there one within {_span(inquiry)}"
        hint = inquiry.history.nearest(name)
        yield Finding(codes.NO_METRIC, message, part.place, hint, severity=severity)
    elif part.is_rare:
        return
    elif seen is Seen.NAME_ONLY:
        message = f"no series of '{name}' matched in {_span(inquiry)}: {miss.selector}"
        hint = matchers.explain(inquiry.asker, miss.selector)
        yield Finding(codes.NO_SERIES, message, part.place, hint, severity=severity)
    elif seen is Seen.BEFORE:
        message = f"{miss.selector} matches nothing now, but did within {_span(inquiry)}"
        hint = "is its exporter down, or was it renamed?"
        yield Finding(codes.SERIES_GONE, message, part.place, hint)
    else:
        message = f"{miss.selector} matches nothing now"
        hint = "whether it ever did, the server does not tell"
        yield Finding(codes.NO_SERIES, message, part.place, hint, severity=severity)


def _severity(inquiry: Inquiry, part: Part) -> Severity:
    """An error where the SLO measures nothing; a warning where it measures too little."""
    same = [p for p in inquiry.parts_of(part.slo) if p.side == part.side]
    if part.is_rare or part.side.role == "member" or any(map(inquiry.presence.holds, same)):
        return Severity.WARNING
    return Severity.ERROR


def _span(inquiry: Inquiry) -> str:
    return wording.span(inquiry.server.look_back)


QUESTION = Question(
    "Does each metric exist, with series that the selector matches?",
    (codes.NO_METRIC, codes.NO_SERIES, codes.SERIES_GONE, codes.EMPTY_EXPRESSION),
    find,
)
