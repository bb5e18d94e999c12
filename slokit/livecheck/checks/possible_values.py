"""Is a part of an SLI ever more than the whole?

Finds SLK630 at the part, good or bad, where it counted more events than the total in most hours of
the last day. What scrapes at different moments explain, and a rollout's surplus members, are none.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks import added_buckets, same_sides
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.measures import Contradiction, Measured
from slokit.livecheck.engine.series import location_of_side
from slokit.text.words import counted

_WHY = {
    "bad": "bad events must be a part of `total`: do both select the same requests?",
    "good": "good events must be a part of `total`, or the SLO is green for ever: swapped sides?",
}


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO whose part is more than its whole, about the worst of its groups."""
    for slo in context.slos:
        if same_sides.is_same(context, slo) or added_buckets.of_slo(context, slo):
            continue
        found = [
            (each.contradiction, each)
            for each in context.measured.get(slo.id, ())
            if each.contradiction
        ]
        if found:
            worst = max(found, key=lambda pair: pair[0].part / max(pair[0].whole, 1.0))
            yield _of_group(*worst, others=len(found) - 1)


def _of_group(found: Contradiction, measured: Measured, others: int) -> Finding:
    slo = measured.slo
    side = next(side for side in slo.sli.sides() if side.key == found.key)
    unit = slo.sli.counted_in.total.plural
    where = f" of {wording.group(measured.group)}" if measured.group else ""
    more = f", and so in {counted(others, 'more group')}" if others else ""
    message = (
        f"'{found.key}' counts more than 'total': {wording.number(found.part)} of"
        f" {wording.number(found.whole)} {unit}{where} in {counted(found.hours, 'hour')}{more}"
    )
    # a set of members that is scaled down has more of them than wanted for a while
    is_passing = slo.sli.counted_in.total.is_time and found.hours == 1
    severity = Severity.WARNING if is_passing else Severity.ERROR
    return Finding(
        codes.IMPOSSIBLE_VALUE,
        message,
        location_of_side(slo, side),
        _WHY[found.key],
        severity=severity,
    )


CHECK = Check("possible-values", (codes.IMPOSSIBLE_VALUE,), run, __doc__)
