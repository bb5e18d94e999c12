"""Do all expected members have a sample?

Finds SLK618: an error where none of them has one. Where silence is good, only those are missed that
are expected with a value of 0, as `up` is of a target that is down. Members that nothing expects
are not missed.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Answer, Query, Subject
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import location_of_side
from slokit.model.live import Members
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.words import clip

_SHOWN = 3


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO that expects members which are silent."""
    wanted = [(slo, m) for slo in context.slos if (m := context.questions(slo).members)]
    context.batch.ask(query for slo, members in wanted for query in _queries(slo, members))
    for slo, members in wanted:
        yield from _of_slo(context, slo, members)


def _of_slo(context: CheckContext, slo: Slo, members: Members) -> Iterator[Finding]:
    expected, silent, some = map(context.batch.answer, _queries(slo, members))
    if members.is_silence_good:
        yield from _down(slo, members, silent, some)
        return
    metric_exists = any(
        context.exists(series)
        for series in context.series_of(slo)
        if series.side.role not in {"member", "info"}
    )
    if not silent.value or not expected.value or not metric_exists:
        return
    which = wording.groups(sample.labels for sample in some.samples)
    of = f"{wording.number(silent.value)} of {wording.number(expected.value)}"
    message = f"{of} expected members have no sample, so they count as bad: {which}"
    none_answers = silent.value == expected.value
    hint = "do both metrics have the same labels?" if none_answers else "do they export the metric?"
    location = location_of_side(slo, members.side)
    severity = Severity.ERROR if none_answers else Severity.WARNING
    yield Finding(codes.SILENT_MEMBERS, message, location, hint, severity=severity)


def _down(slo: Slo, members: Members, silent: Answer, some: Answer) -> Iterator[Finding]:
    """Members that are down: their silence would be good as long as they are expected."""
    if not silent.value:
        return
    which = wording.groups(sample.labels for sample in some.samples)
    message = (
        f"{wording.number(silent.value)} of the expected members are 0 and have no sample,"
        f" so being down counts as good: {which}"
    )
    text = clip(members.side.texts[0], 40)
    hint = f"expect those that are up: `expected: '{text} == 1'`"
    yield Finding(codes.SILENT_MEMBERS, message, location_of_side(slo, members.side), hint)


def _queries(slo: Slo, members: Members) -> tuple[Query, Query, Query]:
    expected, answering, identity = members.expected, members.answering, members.identity
    if members.is_silence_good:
        expected = f"{build.own(expected)} == 0"
    key = members.side.key
    subject = Subject(slo.id, f"'{key}'", slo, location_of_side(slo, members.side))
    return (
        Query(probes.how_many(expected, identity), subject),
        Query(probes.how_many_lack(expected, answering, identity), subject),
        Query(probes.some(probes.lacking(expected, answering, identity), _SHOWN), subject),
    )


CHECK = Check("silent-members", (codes.SILENT_MEMBERS,), run, __doc__)
