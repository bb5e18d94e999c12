"""Incidents: stretches of ledger windows that burned fast, and what each one cost."""

from slokit.model.bundle import Project
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import Incident, Measure

_MERGE = 6
_MOST = 20
_SMALLEST_SHARE = 0.001


def incidents(
    key: Key, evidence: Evidence, window: Measure, project: Project
) -> tuple[Incident, ...]:
    """The incidents of one group, oldest first; the costliest ones where there are many."""
    step = float(project.ledger_window)
    found = [_incident(run, key, evidence, window, step) for run in _runs(evidence, step)]
    told = [i for i in found if i.budget_share is None or i.budget_share >= _SMALLEST_SHARE]
    worst = sorted(told, key=lambda i: i.bad, reverse=True)[:_MOST]
    return tuple(sorted(worst, key=lambda i: i.start))


def _runs(evidence: Evidence, step: float) -> list[list[float]]:
    """Hot slots, joined where less than half an hour lies between them."""
    runs: list[list[float]] = []
    for moment in sorted(evidence.hot):
        if runs and moment - runs[-1][-1] <= _MERGE * step:
            runs[-1].append(moment)
        else:
            runs.append([moment])
    return runs


def _incident(
    run: list[float], key: Key, evidence: Evidence, window: Measure, step: float
) -> Incident:
    bad = sum(evidence.hot[moment][0] for moment in run)
    start, end = run[0] - step, run[-1]
    alerts = {
        name
        for moment, names in evidence.alerts.items()
        if start <= moment <= end + step
        for name in names
    }
    allowed = window.budget_allowed
    return Incident(
        start=start,
        end=end,
        bad=bad,
        peak_burn=max(evidence.hot[moment][1] for moment in run),
        budget_share=bad / allowed if allowed else None,
        groups=(dict(key[2]),),
        alerts=tuple(sorted(alerts)),
    )
