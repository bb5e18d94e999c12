"""Whether the join finds one partner for every series."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.engine import places, probes, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import INFO, Part
from slokit.livecheck.engine.question import Question
from slokit.model.ledger import Join
from slokit.sli.sides import join_info


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each join that drops series, and each that Prometheus would refuse."""
    joined = [p for p in inquiry.parts if p.has_join and inquiry.presence.holds(p)]
    infos = [p for p in inquiry.parts if p.side.role == INFO and inquiry.presence.holds(p)]
    inquiry.asker.ask(q for part in joined for q in (_lost(part), _all(part)))
    inquiry.asker.ask(map(_ambiguous, infos))
    there = {part.slo.id for part in infos}
    for part in joined:
        if part.slo.id in there:
            yield from _of_lost(inquiry, part)
    for part in infos:
        yield from _of_ambiguous(inquiry, part)


def _of_lost(inquiry: Inquiry, part: Part) -> Iterator[Finding]:
    lost, of = (inquiry.asker.answer(query).value for query in (_lost(part), _all(part)))
    if not lost or not of:
        return
    by = ", ".join(_join(part).by)
    how_many = "all" if lost == of else f"{wording.number(lost)} of {wording.number(of)}"
    message = f"the join drops {how_many} of {part.name} by ({by}): the info metric lacks them"
    severity = Severity.ERROR if lost == of else Severity.WARNING
    hint = "look at the values of these labels on both metrics"
    place = places.of_setting(part.slo, "join")
    yield Finding(codes.JOIN_LOST, message, place, hint, severity=severity)


def _of_ambiguous(inquiry: Inquiry, part: Part) -> Iterator[Finding]:
    found = inquiry.asker.answer(_ambiguous(part)).samples
    if not found:
        return
    labels = ", ".join(_join(part).labels)
    which = wording.groups(sample.labels for sample in found)
    message = f"{part.name} gives more than one value of ({labels}) for {which}: the rules fail"
    hint = "match by more labels, or narrow the info metric's selector"
    yield Finding(codes.JOIN_AMBIGUOUS, message, part.place, hint)


def _lost(part: Part) -> str:
    return probes.how_many_lack(part.text, str(join_info(part.slo.folding)), _join(part).by)


def _all(part: Part) -> str:
    return probes.how_many(part.text, _join(part).by)


def _ambiguous(part: Part) -> str:
    return probes.ambiguous(part.text, _join(part).by, _join(part).labels)


def _join(part: Part) -> Join:
    assert part.slo.folding.join is not None
    return part.slo.folding.join


QUESTION = Question(
    "Does the join find one partner for every series?",
    (codes.JOIN_LOST, codes.JOIN_AMBIGUOUS),
    find,
)
