"""Incidents: stretches of ledger windows that burned fast, and what each one cost.

Those of one cluster that overlap are one incident with a chain: an election, then errors, then lag.
"""

from collections.abc import Sequence

from slokit.reporting.evidence import Evidence, FastWindow, Key
from slokit.reporting.model import Chain, Incident, Link, Measure, Report, Row, first_alerts

# The label by which groups belong together, as Alertmanager's routes group alerts.
CLUSTER = "cluster"

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
    after = _alerts_after(evidence, start, end, slot_seconds)
    allowed = window.budget_allowed
    return Incident(
        start=start,
        end=end,
        bad=bad,
        peak_burn=max(fast.burn for fast in run),
        budget_share=bad / allowed if allowed else None,
        groups=(dict(key[2]),),
        alerts=tuple(sorted(after)),
        alerts_after=after,
        is_ongoing=end > window.time_range.end - 2 * slot_seconds,
    )


def _alerts_after(
    evidence: Evidence, start: float, end: float, slot_seconds: float
) -> dict[str, float]:
    """Seconds after the start at which alerts were seen to fire; 0 of those that fired before."""
    moments: dict[str, set[float]] = {}
    for moment, name in evidence.fired:
        moments.setdefault(name, set()).add(moment)
    found = {}
    for name in sorted(moments):
        inside = [moment for moment in moments[name] if start <= moment <= end + slot_seconds]
        if inside:
            first = min(inside)
            # one that is seen in the ledger window before has not begun with this incident
            is_older = first - slot_seconds <= start and first - slot_seconds in moments[name]
            found[name] = 0.0 if is_older else first - start
    return found


def chains(report: Report) -> list[Chain]:
    """The incidents of a report, those of one cluster that overlap as one, the costliest first.

    A cluster is a service and the value of its label ``cluster``, and of labels that the store
    adds; without those, the whole service. Less than half an hour of calm does not part links.
    """
    calm = _CALM_WINDOWS * report.window_seconds
    clusters: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[Row, Incident]]] = {}
    for row in report.rows:
        apart = {CLUSTER, *report.added}
        labels = tuple(sorted((n, v) for n, v in row.group.items() if n in apart))
        pairs = clusters.setdefault((row.service, labels), [])
        pairs.extend((row, incident) for incident in row.incidents)
    found: list[Chain] = []
    for (service, labels), pairs in clusters.items():
        runs: list[list[tuple[Row, Incident]]] = []
        until = float("-inf")
        for pair in sorted(pairs, key=lambda pair: pair[1].start):
            if runs and pair[1].start - until <= calm:
                runs[-1].append(pair)
            else:
                runs.append([pair])
            until = max(until, pair[1].end)
        found += [Chain(service, dict(labels), _links(run)) for run in runs]
    return sorted(found, key=lambda c: (-(c.worst.incident.budget_share or 0.0), c.over.start))


def _links(run: Sequence[tuple[Row, Incident]]) -> tuple[Link, ...]:
    """One link for each SLO of a run, in the order in which they began."""
    slos: dict[str, list[tuple[Row, Incident]]] = {}
    for row, incident in run:
        slos.setdefault(row.id, []).append((row, incident))
    return tuple(_link(pairs) for pairs in slos.values())


def _link(pairs: Sequence[tuple[Row, Incident]]) -> Link:
    """What an incident did to the groups of one SLO; the worst hit is that which lost the most."""
    row, worst = max(pairs, key=lambda pair: pair[1].budget_share or 0.0)
    own = [incident for _, incident in pairs]
    start = min(each.start for each in own)
    groups = {tuple(group.items()): group for each in own for group in each.groups}
    whole = Incident(
        start=start,
        end=max(each.end for each in own),
        bad=sum(each.bad for each in own),
        peak_burn=max(each.peak_burn for each in own),
        budget_share=worst.budget_share,
        groups=tuple(groups.values()),
        alerts=tuple(sorted({name for each in own for name in each.alerts})),
        alerts_after=first_alerts(own),
        is_ongoing=any(each.is_ongoing for each in own),
    )
    return Link(row, whole)
