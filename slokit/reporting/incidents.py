"""Incidents: stretches of ledger windows that burned fast, and what each one cost."""

from slokit.reporting.evidence import Evidence, FastWindow, Key
from slokit.reporting.model import Incident, Measure

# Half an hour of calm, in ledger windows of 5m, ends an incident.
_CALM_WINDOWS = 6
_MOST = 20
_SMALLEST_SHARE = 0.001


def incidents(
    key: Key, evidence: Evidence, window: Measure, slot_seconds: float
) -> tuple[Incident, ...]:
    """The incidents of one group, oldest first; the costliest ones where there are many.

    ``window`` is the measure of the SLO window, whose budget they spent; ``slot_seconds`` is the
    length of a ledger window.
    """
    runs = _runs(evidence, _CALM_WINDOWS * slot_seconds)
    found = [_incident(run, key, evidence, window, slot_seconds) for run in runs]
    notable = [i for i in found if i.budget_share is None or i.budget_share >= _SMALLEST_SHARE]
    worst = sorted(notable, key=lambda i: i.bad, reverse=True)[:_MOST]
    return tuple(sorted(worst, key=lambda i: i.start))


def _runs(evidence: Evidence, calm: float) -> list[list[FastWindow]]:
    """Fast ledger windows by time, those together between which no such calm lies."""
    runs: list[list[FastWindow]] = []
    for fast in sorted(evidence.fast_windows, key=lambda fast: fast.end):
        if runs and fast.end - runs[-1][-1].end <= calm:
            runs[-1].append(fast)
        else:
            runs.append([fast])
    return runs


def _incident(
    run: list[FastWindow], key: Key, evidence: Evidence, window: Measure, slot_seconds: float
) -> Incident:
    bad = sum(fast.bad for fast in run)
    start, end = run[0].end - slot_seconds, run[-1].end
    # an alert notices late: a ledger window after the end still belongs to it
    alerts = {name for moment, name in evidence.fired if start <= moment <= end + slot_seconds}
    allowed = window.budget_allowed
    return Incident(
        start=start,
        end=end,
        bad=bad,
        peak_burn=max(fast.burn for fast in run),
        budget_share=bad / allowed if allowed else None,
        groups=(dict(key[2]),),
        alerts=tuple(sorted(alerts)),
    )
