"""Whether all expected members have a sample."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.engine import places, probes, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question
from slokit.model.live import Members
from slokit.model.slo import Slo

_SHOWN = 3


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each SLO that expects members which are silent."""
    found = [(slo, m) for slo in inquiry.slos if (m := inquiry.questions(slo).members)]
    inquiry.asker.ask(query for _, members in found for query in _queries(members))
    for slo, members in found:
        yield from _of_slo(inquiry, slo, members)


def _of_slo(inquiry: Inquiry, slo: Slo, members: Members) -> Iterator[Finding]:
    all_of_them, silent, some = (inquiry.asker.answer(query) for query in _queries(members))
    metric_exists = any(
        inquiry.presence.holds(part)
        for part in inquiry.parts_of(slo)
        if part.side.role not in {"member", "info"}
    )
    if not silent.value or not all_of_them.value or not metric_exists:
        return
    which = wording.groups(sample.labels for sample in some.samples)
    of = f"{wording.number(silent.value)} of {wording.number(all_of_them.value)}"
    message = f"{of} expected members have no sample, so they count as bad: {which}"
    nobody = silent.value == all_of_them.value
    hint = "do both metrics have the same labels?" if nobody else "do these export the metric?"
    place = places.of_side(slo, members.side)
    severity = Severity.ERROR if nobody else Severity.WARNING
    yield Finding(codes.SILENT_MEMBERS, message, place, hint, severity=severity)


def _queries(members: Members) -> tuple[str, str, str]:
    expected, answering, identity = members.expected, members.answering, members.identity
    return (
        probes.how_many(expected, identity),
        probes.how_many_lack(expected, answering, identity),
        probes.some(probes.lacking(expected, answering, identity), _SHOWN),
    )


QUESTION = Question("Do all expected members have a sample?", (codes.SILENT_MEMBERS,), find)
