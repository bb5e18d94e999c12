"""Scenarios of slices of time: what the last whole slice of a phase was, in closed form.

Wherever slices begin, one lies within a phase of two slices and some more, and holds nothing else.
So its outcome follows from the steady events of the phase, and that is the ledger at its end.
"""

from dataclasses import replace

from slokit.model.ledger import Terms
from slokit.model.time_slices import TimeSliced, TimeSlices
from slokit.targets.promtool.scenarios.base import NONE, ONE, LedgerRow, Phase, Scenario


def sliced(scenario: Scenario, sli: TimeSliced, terms: Terms) -> Scenario:
    """The scenario with the outcomes of slices in the place of events; brief phases hold none."""
    slices = sli.slices
    # a sample of a counter looks back over a ledger window, and that of the phase before as well
    length = 2 * slices.seconds + 2 * terms.window_seconds
    phases = (
        replace(phase, ledger=_outcome(phase, slices), seconds=max(phase.seconds, length))
        for phase in scenario.phases
        if not phase.is_brief
    )
    return replace(scenario, phases=tuple(phases))


def _outcome(phase: Phase, slices: TimeSlices) -> LedgerRow | None:
    row = phase.ledger
    if row is None:
        return None
    if not row.total:
        idle = {"skip": (NONE, NONE), "good": (ONE, NONE), "bad": (ONE, ONE)}
        return LedgerRow(*idle[slices.idle])
    share = row.bad / row.total
    if slices.target is None:
        return LedgerRow(ONE, min(share, ONE))
    return LedgerRow(ONE, ONE if share > slices.allowed else NONE)
