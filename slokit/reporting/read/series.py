"""The series of what is drawn: slots of the ledger, and of raw history where it knows more.

Which groups these are is decided by what they spent, before anything is asked.
"""

from collections.abc import Mapping
from dataclasses import replace

from slokit.prometheus.types import MetricsSource
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import Slot
from slokit.reporting.plan import QueryPlan
from slokit.reporting.read.samples import matrix, points_by_side

_WINDOW_ENDS = Mapping[float, tuple[float, float]]


def with_series(
    plan: QueryPlan, found: Mapping[Key, Evidence], metrics: MetricsSource
) -> dict[Key, Evidence]:
    """The evidence, that of the groups which spent most with their slots.

    Raises:
        PrometheusError: the server cannot answer.
    """
    if plan.series is None:
        return dict(found)
    chosen = _that_spent_most(plan, found, plan.series.most)
    recorded = _recorded(plan, chosen, metrics)
    return {
        key: replace(
            each, series=_joined(each.series, recorded.get(key, {})) if key in chosen else ()
        )
        for key, each in found.items()
    }


def added_up(rows: _WINDOW_ENDS, end: float, seconds: float) -> tuple[Slot, ...]:
    """Ledger windows, by their ends (total and bad), added up to slots that are counted back.

    >>> added_up({300: (10, 1), 600: (20, 2), 900: (30, 0)}, 900, 600)
    (Slot(end=300, total=10, bad=1, windows=1), Slot(end=900, total=50, bad=2, windows=2))
    """
    found: dict[float, Slot] = {}
    for moment, (total, bad) in rows.items():
        slot_end = end - (end - moment) // seconds * seconds
        slot = found.get(slot_end, Slot(slot_end, 0, 0, 0))
        found[slot_end] = Slot(slot_end, slot.total + total, slot.bad + bad, slot.windows + 1)
    return tuple(found[slot_end] for slot_end in sorted(found))


def _that_spent_most(plan: QueryPlan, found: Mapping[Key, Evidence], most: int) -> set[Key]:
    """The groups that spent the largest shares of their budgets; none that spent nothing."""
    spent: dict[Key, float] = {}
    slos = {(slo.service, slo.name): slo for slo in plan.request.slos}
    for key, evidence in found.items():
        slo = slos.get(key[:2])
        counts = evidence.counts.get(plan.request.window(slo)) if slo else None
        if slo and counts and counts.total > 0 and counts.bad > 0:
            spent[key] = counts.bad / counts.total / float(slo.budget)
    return set(sorted(spent, key=lambda key: (-spent[key], key))[:most])


def _recorded(
    plan: QueryPlan, chosen: set[Key], metrics: MetricsSource
) -> dict[Key, dict[float, Slot]]:
    """The slots of the ledger by their ends, those under an SLO's old name under its new one."""
    if not (plan.series and plan.recorded and chosen):
        return {}
    slos = {key[:2] for key in chosen}
    renamed = {old: new for old, new in plan.recorded.renamed.items() if new in slos}
    query = plan.series.query(sorted({*slos, *renamed}))
    recorded: dict[Key, dict[float, Slot]] = {}
    for (service, slo, group), sides in points_by_side(matrix(query, metrics)).items():
        key = (*renamed.get((service, slo), (service, slo)), group)
        slots = recorded.setdefault(key, {})
        for end, total in sides.get("total", {}).items():
            if end in sides.get("bad", {}) and end in sides.get("slots", {}):
                own = Slot(end, total, sides["bad"][end], int(sides["slots"][end]))
                slots[end] = _sum(slots[end], own) if end in slots else own
    return recorded


def _sum(one: Slot, other: Slot) -> Slot:
    """Two names of one SLO never count the same ledger window."""
    total, bad = one.total + other.total, one.bad + other.bad
    return Slot(one.end, total, bad, one.windows + other.windows)


def _joined(raw: tuple[Slot, ...], recorded: Mapping[float, Slot]) -> tuple[Slot, ...]:
    """Of each slot what was measured longer: the ledger's, or that of raw history."""
    slots = dict(recorded)
    for slot in raw:
        if slot.end not in slots or slots[slot.end].windows < slot.windows:
            slots[slot.end] = slot
    return tuple(slots[end] for end in sorted(slots))
