"""How much of the budget does one failure cost?

Finds SLK645, where so few events are counted that a single bad one spends what a page stands for.
No limit of an alert is right there: one failure is too little to wake anyone, and many are rare.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.measures import Measured
from slokit.text.numbers import measured_percent
from slokit.text.words import counted

_SHARE = 0.02
"""What the fastest page of the default policy stands for, of a budget of 30 days."""
_DAY = 86_400
_FEW = 2


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO with such a group, about the one with the fewest events."""
    for slo in context.slos:
        unit = slo.sli.counted_in
        if slo.objective is None or unit.is_time or unit.bad.is_time:
            continue
        found = [
            each
            for each in context.measured.get(slo.id, ())
            if each.day.total > 0 and not each.contradiction and cost(each) >= _SHARE
        ]
        if found:
            yield _finding(max(found, key=cost), len(found) - 1)


def cost(measured: Measured) -> float:
    """The share of the window's budget that one failure spends, at the traffic of the last day."""
    slo = measured.slo
    days = float(slo.window.longest) / _DAY
    return 1 / (measured.day.total * days * float(slo.budget))


def _finding(measured: Measured, others: int) -> Finding:
    slo = measured.slo
    where = f" of {wording.group(measured.group)}" if measured.group else ""
    more = f", and so it does in {counted(others, 'more group')}" if others else ""
    message = (
        f"one failure{where} costs {measured_percent(cost(measured), 2)} of the"
        f" {slo.window.name} budget of {slo.id}, with"
        f" {wording.number(measured.day.total)} events in the last day{more}"
    )
    hint = "let a page wait for several: `min_bad_events: 3`; or lower the objective"
    if slo.min_bad_events >= _FEW:
        hint = f"a page waits for {slo.min_bad_events} already; a lower objective has more room"
    return Finding(codes.COSTLY_FAILURE, message, slo.location_of("objective"), hint)


CHECK = Check("costly-failure", (codes.COSTLY_FAILURE,), run, __doc__)
