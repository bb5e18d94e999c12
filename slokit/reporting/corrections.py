"""What reports leave out of the evidence: the counts and incidents of maintenance, each once.

Which stretches these are is the plan's; here they are taken off.
"""

from collections.abc import Sequence
from dataclasses import replace

from slokit.model.slo import Slo
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import Counts
from slokit.reporting.plan.maintenance import LeftOut


def corrected(evidence: Evidence) -> Evidence:
    """The evidence less what maintenance leaves out of it; as it is where that is nothing."""
    if not evidence.left_out:
        return evidence
    counts = {}
    for over, all_of_it in evidence.counts.items():
        less = evidence.left_out_of(over)
        # what is left out as a whole is unknown, and neither 0 nor good
        if all_of_it.slots > less.slots:
            total, bad = all_of_it.total - less.total, all_of_it.bad - less.bad
            slots = all_of_it.slots - less.slots
            counts[over] = Counts(max(total, 0.0), max(bad, 0.0), slots)
    stretches = [over for over, _ in evidence.left_out]
    windows = tuple(
        window
        for window in evidence.fast_windows
        if not any(over.start < window.end <= over.end for over in stretches)
    )
    return replace(evidence, counts=counts, fast_windows=windows)


def is_silent(slo: Slo, key: Key, at: float, planned: Sequence[LeftOut]) -> bool:
    """Whether a maintenance keeps the ledger of a group from counting at a moment."""
    return any(
        each.over.start < at <= each.over.end and each.silences(slo, dict(key[2]))
        for each in planned
    )
