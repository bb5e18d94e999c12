"""Whether the selector of bad events ever matched anything."""

from collections.abc import Iterator

from slokit.compiler import ledger, names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks import matchers
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.history import Miss, Seen
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Selector

_EXPECTED_BAD = 10
"""So many bad events within the objective make it strange that there was none."""


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each bad side that matched nothing as far as the server looks back."""
    never = [m for m in inquiry.history.misses if _is_never_bad(inquiry, m)]
    matchers.look_up(inquiry.asker, [m.selector for m in never])
    inquiry.asker.ask(_recorded(inquiry, miss.part.slo) for miss in never)
    unrecorded = [
        m for m in never if not inquiry.asker.answer(_recorded(inquiry, m.part.slo)).value
    ]
    inquiry.asker.ask_heavy(q for miss in unrecorded for q in _counted(inquiry, miss.part.slo))
    for miss in never:
        yield _never_bad(inquiry, miss)


def _is_never_bad(inquiry: Inquiry, miss: Miss) -> bool:
    if not miss.part.is_rare or inquiry.history.seen(miss) is not Seen.NAME_ONLY:
        return False
    rare = inquiry.questions(miss.part.slo).rare
    parts = inquiry.parts_of(miss.part.slo)
    # without anything to stand against, the total is what is told
    stands = any(inquiry.presence.holds(p) for p in parts if rare and p.side == rare.against)
    seen = any(inquiry.presence.holds(p) for p in parts if p.side == miss.part.side)
    return stands and not seen


def _never_bad(inquiry: Inquiry, miss: Miss) -> Finding:
    part = miss.part
    span = wording.span(inquiry.server.look_back)
    events = _events(inquiry, part.slo)
    of = "no event" if events is None else f"none of {wording.number(events)} events"
    message = f"{of} in {span} was bad: is the selector right? {miss.selector} matched nothing"
    hint = matchers.explain(inquiry.asker, miss.selector)
    severity = _severity(inquiry, miss, events)
    return Finding(codes.NEVER_BAD, message, part.place, hint, severity=severity)


def _severity(inquiry: Inquiry, miss: Miss, events: float | None) -> Severity:
    """A label that does not exist can never match; else it matters how likely bad events were."""
    if any(c.lacks_label for c in matchers.culprits(inquiry.asker, miss.selector)):
        return Severity.ERROR
    if events is not None and events * miss.part.slo.budget < _EXPECTED_BAD:
        return Severity.NOTE
    return Severity.WARNING


def _events(inquiry: Inquiry, slo: Slo) -> float | None:
    recorded = inquiry.asker.answer(_recorded(inquiry, slo)).value
    if recorded:
        return recorded
    counts = [inquiry.asker.answer(query).value for query in _counted(inquiry, slo)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _recorded(inquiry: Inquiry, slo: Slo) -> str:
    """What the ledger counted, which is cheap; nothing before the rules are deployed."""
    name = names.total_events(inquiry.project.ledger_window)
    series = build.series(name, ledger.identity(slo, inquiry.project))
    return probes.sum_over(series, wording.seconds(inquiry.server.look_back))


def _counted(inquiry: Inquiry, slo: Slo) -> list[str]:
    rare = inquiry.questions(slo).rare
    if rare is None or rare.against.role != "counter":
        return []
    span = wording.seconds(inquiry.server.look_back)
    parts = [part for part in rare.against.parts if isinstance(part, Selector)]
    return [probes.increase_over(str(part), span) for part in parts]


QUESTION = Question("Did the selector of bad events ever match anything?", (codes.NEVER_BAD,), find)
