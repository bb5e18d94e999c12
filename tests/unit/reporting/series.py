"""Rows with series: what a month of slots would have left, from a seed."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slokit.reporting.model import Row, Slot
from tests.unit.reporting.reports import AT, DAY, MEASURED, MONTH, ROW, WEEK

SLOT = 10_800.0
PER_SLOT = 10_000.0
BUDGET = 0.001


def slots(
    outages: Sequence[float] = (), gap: tuple[float, float] = (0.0, 0.0), days: int = 35
) -> tuple[Slot, ...]:
    """So many days of slots up to the report; outages and the gap are in seconds before it."""
    rng = random.Random(days)
    ends = [AT - number * SLOT for number in range(int(days * DAY / SLOT))][::-1]
    return tuple(
        Slot(end, PER_SLOT, rng.randint(0, 2) + 300.0 * _is_in(AT - end, outages), 36)
        for end in ends
        if not gap[0] <= AT - end < gap[1]
    )


def row_of(series: tuple[Slot, ...], **changed: Any) -> Row:
    """A row whose window and period are measured by these slots."""
    made = replace(ROW, budget=BUDGET, series=series, **changed)
    measures = []
    for over in (MONTH, WEEK):
        inside = [slot for slot in series if slot.end > over.start]
        total, bad = sum(s.total for s in inside), sum(s.bad for s in inside)
        spent = bad / (total * BUDGET) if total else None
        measures.append(
            replace(
                MEASURED,
                time_range=over,
                good=total - bad,
                bad=bad,
                total=total,
                ratio_bad=bad / total if total else None,
                sli=1 - bad / total if total else None,
                budget_allowed=total * BUDGET,
                budget_spent_ratio=spent,
                budget_remaining_ratio=None if spent is None else 1 - spent,
                covered_seconds=len(inside) * SLOT,
            )
        )
    return replace(made, window_measure=measures[0], period_measure=measures[1])


def _is_in(ago: float, outages: Sequence[float]) -> bool:
    return any(start <= ago < start + SLOT for start in outages)
