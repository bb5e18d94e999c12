"""Evidence from raw history: the answers to the queries of plan/raw.py, one SLO at a time."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from slokit.model.alerting import BurnAlert
from slokit.prometheus.types import MetricsSource, Series
from slokit.reporting.evidence import Evidence, FastWindow, Key
from slokit.reporting.model import BURN_WINDOWS, Counts, TimeRange
from slokit.reporting.plan.query import FAST_BURN
from slokit.reporting.plan.raw import RawPlan
from slokit.reporting.read.samples import points_by_side
from slokit.text.durations import format_duration

# The total and the bad events of each ledger window, by its end.
Slots = Mapping[float, tuple[float, float]]


def read_raw(plan: RawPlan, metrics: MetricsSource) -> dict[Key, Evidence]:
    """What raw history says about the groups of one SLO.

    Raises:
        QueryRejectedError: the server refuses the SLO's expressions.
        PrometheusError: the server cannot answer.
    """
    found: dict[Key, Evidence] = {}
    for (_, _, group), sides in points_by_side(_series(plan, metrics)).items():
        totals, bads = sides.get("total", {}), sides.get("bad", {})
        slots = {end: (totals[end], bads[end]) for end in totals if end in bads}
        found[plan.slo.service, plan.slo.name, group] = _evidence(slots, plan)
    return found


def _series(plan: RawPlan, metrics: MetricsSource) -> Iterator[Series]:
    """The answers about the parts of history in which the total had data."""
    query = plan.has_data()
    answer = metrics.range(query.promql, query.over.start, query.over.end, query.step)
    filled = {end for series in answer for end, _ in series.points}
    for part in plan.slots():
        if part.over.end in filled:
            yield from metrics.range(part.promql, part.over.start, part.over.end, part.step)


def _evidence(slots: Slots, plan: RawPlan) -> Evidence:
    budget, end = float(plan.slo.budget), plan.period.end
    step = float(plan.project.ledger_window)
    recent = {name: _sum(slots, TimeRange(end - s, end)) for name, s in BURN_WINDOWS.items()}
    # between two ledger windows the newest one is that of the moment before
    last = slots.get(end) or slots.get(end - step)
    return Evidence(
        source="raw",
        counts={
            over: counts
            for over in dict.fromkeys([plan.window, plan.period])
            if (counts := _sum(slots, over))
        },
        burn={
            name: counts.bad / counts.total / budget
            for name, counts in recent.items()
            if counts and counts.total > 0
        },
        total_now=last[0] / step if last else None,
        fast_windows=tuple(
            FastWindow(moment, bad, bad / total / budget)
            for moment, (total, bad) in sorted(slots.items())
            if moment > plan.period.start and total > 0 and bad / total / budget > FAST_BURN
        ),
        firing=frozenset(_firing(slots, plan, end)),
    )


def _firing(slots: Slots, plan: RawPlan, end: float) -> Iterator[str]:
    """The burn alerts that would fire at the end, by the rules' own conditions."""
    slo, severities = plan.slo, plan.project.alerts
    budget = float(slo.budget)

    def burns(window: Fraction, alert: BurnAlert, fewest: float = 0.0) -> bool:
        recent = _sum(slots, TimeRange(end - float(window), end))
        return (
            recent is not None
            and recent.bad > float(alert.burn) * budget * recent.total
            and recent.bad >= fewest
        )

    for alert in slo.policy.burn_alerts:
        # rate() counts an event a little more or less than once, so half an event is forgiven
        fewest = alert.waits_for(slo.min_bad_events) - 0.5
        is_burning = burns(alert.short, alert) and burns(alert.long, alert, fewest)
        if alert.fits(slo.window) and is_burning:
            yield f"{severities.of(alert.severity).name} {format_duration(alert.long)}"


def _sum(slots: Slots, over: TimeRange) -> Counts | None:
    inside = [sides for moment, sides in slots.items() if over.start < moment <= over.end]
    if not inside:
        return None
    return Counts(sum(t for t, _ in inside), sum(b for _, b in inside), len(inside))
