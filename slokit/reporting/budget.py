"""Budget arithmetic: counts in, measures and states out.

Allowed bad = total * budget; spent = bad / allowed (Google SRE workbook, chapter 2).
"""

from dataclasses import replace

from slokit.model.slo import Slo
from slokit.reporting.evidence import Evidence
from slokit.reporting.model import Counts, Measure, TimeRange

OK, BURNING, EXHAUSTED, IDLE = "ok", "burning", "exhausted", "idle"
NO_DATA, NEW = "no-data", "new"
IMPOSSIBLE = "impossible"
STATES = (EXHAUSTED, BURNING, IMPOSSIBLE, NO_DATA, NEW, IDLE, OK)
# The states that need somebody.
URGENT = STATES[:4]

_SLACK, _FEWEST = 0.01, 10.0


def measure(
    slo: Slo, counts: Counts | None, over: TimeRange, slot_seconds: float, elapsed: float = 1.0
) -> Measure:
    """What the counts of a time range mean for the SLO; without traffic, how much was measured.

    ``slot_seconds`` is the length of a ledger window. ``elapsed`` is the share that has passed of
    a window whose whole budget is meant, or is not before the group's first sample, which counts as
    good: what is allowed grows with all of it. Of more bad events than events nothing is made, but
    where scrapes at different moments explain it: there all of them were bad.
    """
    if counts is None:
        return Measure(over)
    # a ledger window may have been measured in part, which shows where its total is the time
    seconds = counts.total if slo.sli.counted_in.is_of_time else counts.slots * slot_seconds
    covered = min(seconds, over.seconds)
    if counts.total <= 0:
        return Measure(over, good=0.0, bad=counts.bad, total=0.0, covered_seconds=covered)
    if is_impossible(slo, counts):
        return Measure(over, bad=counts.bad, total=counts.total, covered_seconds=covered)
    is_share = slo.objective is not None
    ratio = counts.bad / counts.total
    allowed = counts.total * float(slo.budget) / elapsed if elapsed else None
    ratio = min(ratio, 1.0) if is_share else ratio
    spent = ratio / float(slo.budget) * elapsed
    return Measure(
        time_range=over,
        good=max(counts.total - counts.bad, 0.0) if is_share else None,
        bad=counts.bad,
        total=counts.total,
        ratio_bad=ratio,
        sli=1 - ratio if is_share else None,
        budget_allowed=allowed,
        budget_spent_ratio=spent,
        budget_remaining_ratio=1 - spent,
        covered_seconds=covered,
    )


def is_impossible(slo: Slo, counts: Counts | None) -> bool:
    """Whether more was bad than there was; a rate counts events in time, and knows no most."""
    if counts is None or slo.objective is None:
        return False
    return counts.bad - counts.total > max(_SLACK * counts.total, _FEWEST)


def without_budget(measure: Measure) -> Measure:
    """The same counts without what they would mean for a budget.

    Of a group without data now: what is measured is a part that nothing says is typical, such as
    the bad minutes of a gauge that exists only in those, or a past that has ended.
    """
    return replace(
        measure, budget_allowed=None, budget_spent_ratio=None, budget_remaining_ratio=None
    )


def state(slo: Slo, evidence: Evidence | None, window: Measure, *, is_silent: bool = False) -> str:
    """The state of one group.

    New is what has a history of less than half a window, however much of that was measured:
    office hours and nightly batches are silent most of the time. Silence of an SLO that expects it
    is idle, and so is that of a group whose ledger a maintenance has silenced (``is_silent``).
    """
    if evidence is None or not _is_known(slo, evidence, window, is_silent=is_silent):
        return NO_DATA
    if window.time_range not in evidence.begun:
        return NEW
    if window.budget_remaining_ratio is not None and window.budget_remaining_ratio <= 0:
        return EXHAUSTED
    if evidence.firing:
        return BURNING
    return OK if evidence.total_now else IDLE


def _is_known(slo: Slo, evidence: Evidence, window: Measure, *, is_silent: bool) -> bool:
    """Whether there is data now, or silence that says nothing about what was measured before."""
    if evidence.total_now is None:
        return (is_silent or slo.no_data == "ignore") and window.total is not None
    return True
