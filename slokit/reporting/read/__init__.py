"""The answers to a plan, made into evidence: from the ledger, and where needed from raw history.

The only room of reports that talks to a server. It judges no number.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from slokit.prometheus.errors import QueryRejectedError
from slokit.prometheus.types import MetricsSource
from slokit.reporting.evidence import Evidence, Key, Observed, Rejection
from slokit.reporting.model import TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.raw import RawPlan
from slokit.reporting.read.raw import read_raw
from slokit.reporting.read.recorded import has_replicas_that_differ, read_recorded

Progress = Callable[[str], None]
# A few ledger windows may be missing around a restart: that is no gap to fill.
_NEARLY_ALL = 0.98


def read_evidence(plan: QueryPlan, metrics: MetricsSource, progress: Progress) -> Observed:
    """Send the queries of a plan, and make evidence of the answers.

    An SLO whose expressions the server rejects is a rejection; the others have their numbers.

    Raises:
        PrometheusError: the server cannot answer.
    """
    found: dict[Key, Evidence] = {}
    do_differ = False
    if plan.recorded:
        progress("reading the recorded ledger")
        found = read_recorded(plan.recorded, metrics)
        do_differ = bool(found) and has_replicas_that_differ(plan.recorded, metrics)
    from_raw: list[str] = []
    rejections: list[Rejection] = []
    lacking = _lacking(plan.raw, found)
    for number, raw in enumerate(lacking, start=1):
        try:
            groups = read_raw(raw, metrics)
        except QueryRejectedError as refused:
            words = f"{refused.what}; {refused.hint}" if refused.hint else refused.what
            rejections.append(Rejection(raw.slo.id, words))
            continue
        progress(f"reading raw history: {number} of {len(lacking)}, {raw.slo.id}")
        if better := _better(groups, found, raw.window):
            found |= better
            from_raw.append(raw.slo.id)
    return Observed(
        evidence=found,
        from_raw=tuple(from_raw),
        rejections=tuple(rejections),
        do_replicas_differ=do_differ,
        warnings=metrics.warnings,
        server=metrics.url,
        requests=metrics.requests,
    )


def _lacking(plans: tuple[RawPlan, ...], found: Mapping[Key, Evidence]) -> list[RawPlan]:
    """The SLOs of which no group's ledger reaches back over the whole window."""
    longest: dict[tuple[str, str, TimeRange], int] = {}
    for (service, slo, _), evidence in found.items():
        for over, counts in evidence.counts.items():
            key = service, slo, over
            longest[key] = max(longest.get(key, 0), counts.slots)
    return [
        raw
        for raw in plans
        if longest.get((raw.slo.service, raw.slo.name, raw.window), 0)
        < raw.window.seconds / float(raw.project.ledger_window) * _NEARLY_ALL
    ]


def _better(
    groups: Mapping[Key, Evidence], found: Mapping[Key, Evidence], window: TimeRange
) -> dict[Key, Evidence]:
    """The groups of which raw history knows more of the window; it has no alerts: those stay."""
    better = {}
    for key, raw in groups.items():
        recorded = found.get(key)
        if recorded is None and raw.slots(window):
            better[key] = raw
        elif recorded and raw.slots(window) > recorded.slots(window):
            firing = raw.firing | recorded.firing
            better[key] = replace(raw, fired=recorded.fired, firing=firing)
    return better
