"""The answers to a plan, made into evidence: from the ledger, and where needed from raw history.

The only room of reports that talks to a server. It judges no number.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from slokit.compiler import names
from slokit.prometheus.types import MetricsSource
from slokit.reporting.added import AddedLabels, added_labels, added_names, one_replica
from slokit.reporting.archive import Shares, SlotArchive, stretches
from slokit.reporting.evidence import Evidence, Key, Observed, Rejection, SloKey
from slokit.reporting.model import TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.added import LEDGER, TARGET, plan_values
from slokit.reporting.plan.query import before_half
from slokit.reporting.plan.raw import RawPlan
from slokit.reporting.read.archived import read_shares
from slokit.reporting.read.beginnings import with_beginnings
from slokit.reporting.read.parts import read_parts
from slokit.reporting.read.pieces import in_pieces
from slokit.reporting.read.raw import read_history, read_raw
from slokit.reporting.read.recorded import has_replicas_that_differ, read_objectives, read_recorded
from slokit.reporting.read.samples import vector
from slokit.reporting.read.series import with_series

Progress = Callable[[str], None]
# A few ledger windows may be missing around a restart: that is no gap to fill.
_NEARLY_ALL = 0.98


def read_evidence(
    plan: QueryPlan,
    metrics: MetricsSource,
    progress: Progress,
    concurrency: int,
    archive: SlotArchive | None = None,
) -> Observed:
    """Send the queries of a plan, and make evidence of the answers.

    Up to ``concurrency`` queries about raw history are sent at once, and two about the ledger.

    Hours that the ``archive`` knows better than the server are taken from there.

    An SLO whose expressions the server rejects is a rejection; the others have their numbers.

    Raises:
        PrometheusError: the server cannot answer.
    """
    found: dict[Key, Evidence] = {}
    do_differ = False
    shared = None
    objectives: Mapping[SloKey, frozenset[str]] = {}
    ledger = in_pieces(metrics, plan.request.bundle)
    added = read_added(plan, ledger)
    if plan.recorded:
        progress("reading the recorded ledger")
        if archive:
            shared = read_shares(plan.recorded, _all_of_it(plan), archive, ledger)
        found = read_recorded(plan.recorded, ledger, concurrency, shared, plan.series, added.ledger)
        objectives = read_objectives(plan.recorded, ledger) if found else {}
        do_differ = bool(found) and has_replicas_that_differ(plan.recorded, ledger)
    from_raw: set[str] = set()
    rejections: list[Rejection] = []
    lacking = _lacking(plan.raw, found)
    covered = read_parts(plan, found, [raw.slo for raw in lacking], added, ledger)
    lacking = [replace(raw, until=covered.begin(raw)) for raw in lacking]
    lacking = with_beginnings(lacking, metrics, concurrency)
    kept = archive.slots(archive.hours(_all_of_it(plan)).keys()) if archive and lacking else {}
    archived: set[float] = set()
    answers = read_raw(lacking, added, metrics, concurrency, kept)
    for number, answer in enumerate(answers, start=1):
        slo, window = answer.plan.slo, answer.plan.window
        progress(f"reading raw history: {number} of {len(lacking)}, {slo.id}")
        if answer.rejection:
            rejections.append(answer.rejection)
        elif better := _better(covered.completed(answer, found), found, window):
            found |= better
            from_raw.add(slo.id)
            archived |= answer.archived
    young = _young(lacking, found)
    if young:
        progress("reading what was before the windows of raw history")
        for key, window in read_history(young, added, metrics, concurrency):
            if evidence := found.get(key):
                found[key] = replace(evidence, begun=evidence.begun | {window}, since=None)
    if plan.series:
        progress("reading what is drawn")
        found = with_series(plan, found, ledger)
    windows = {slo.id: plan.request.window(slo) for slo in plan.request.slos}
    return Observed(
        evidence=one_replica(found, plan.request.slos, added.replica_labels, windows),
        from_raw=tuple(slo.id for slo in plan.request.slos if slo.id in from_raw),
        rejections=tuple(rejections),
        added=added.names,
        do_replicas_differ=do_differ,
        has_ledger=added.has_ledger,
        warnings=metrics.warnings,
        objectives=objectives,
        archived=_archived(shared, archived, is_all_raw=len(from_raw) == len(plan.request.slos)),
        archive=archive.name if archive else "",
        server=metrics.url,
        requests=metrics.requests,
        clock=metrics.clock,
    )


def _archived(
    shared: Shares | None, beside_raw: Collection[float], *, is_all_raw: bool
) -> tuple[TimeRange, ...]:
    """The times that are an archive's: beside raw history, and beside the ledger where that is."""
    beside_ledger = shared.taken if shared and not is_all_raw else ()
    return tuple(stretches(sorted({*beside_raw, *beside_ledger})))


def _all_of_it(plan: QueryPlan) -> TimeRange:
    """From the first moment that anything of a report is about to the last.

    Whether a history is old is asked of half a window more.
    """
    request = plan.request
    half = before_half(request.longest)
    ranges = [request.longest, half, *([request.compare] if request.compare else [])]
    ranges += [plan.series.over] if plan.series else []
    return TimeRange(min(over.start for over in ranges), request.period.end)


def read_added(plan: QueryPlan, metrics: MetricsSource) -> AddedLabels:
    """The labels that the store adds; raw series are looked at where that makes a difference.

    Raises:
        PrometheusError: the server cannot answer.
    """
    project, query = plan.request.project, plan.added
    ledger: Sequence[Mapping[str, str]]
    ledger = [sample.labels for sample in vector(query, metrics)]
    has_ledger = bool(ledger)
    if plan.raw and not has_ledger:
        ledger = _elsewhere(plan, metrics)
    found = added_labels(project, ledger)
    if plan.raw and (found.names or found.replica_labels):
        query = plan.raw_labels
        raw = [sample.labels for sample in metrics.instant(query.promql, query.at)]
        found = added_labels(project, ledger, raw)
    return replace(found, has_ledger=has_ledger)


def _elsewhere(plan: QueryPlan, metrics: MetricsSource) -> Sequence[Mapping[str, str]]:
    """The labels that the store adds, by what else it holds than a ledger of the bundle."""
    query = plan.elsewhere
    answer = [dict(sample.labels) for sample in metrics.instant(query.promql, query.at)]
    sides = [(labels.pop(names.SIDE, ""), labels) for labels in answer]
    ledgers = [labels for side, labels in sides if side == LEDGER]
    added = added_names(ledgers, [labels for side, labels in sides if side == TARGET])
    added -= set(plan.request.project.replica_labels)
    if not added:
        return ()
    query = plan_values(sorted(added), query.at)
    scraped = [sample.labels for sample in metrics.instant(query.promql, query.at)]
    # what some targets lack is a label of targets; a ruler may have labels that no target has
    everywhere = [name for name in added if all(labels.get(name) for labels in scraped)]
    sets = [{name: labels[name] for name in everywhere} for labels in scraped]
    return sets if everywhere else ledgers


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
        < _counted_seconds(raw) / float(raw.project.ledger_window) * _NEARLY_ALL
    ]


def _counted_seconds(raw: RawPlan) -> float:
    """The length of a window less what a maintenance may have kept from being counted."""
    silent = sum(
        each.over.seconds
        for each in raw.left_out
        if raw.window.start <= each.over.start < raw.window.end and each.stops(raw.slo)
    )
    return raw.window.seconds - silent


def _young(plans: Sequence[RawPlan], found: Mapping[Key, Evidence]) -> list[RawPlan]:
    """The SLOs of which raw history has a group with nothing at the begin of the window."""
    first: dict[tuple[str, str], float] = {}
    for (service, slo, _), evidence in found.items():
        if evidence.source == "raw":
            since = evidence.since or 0.0
            first[service, slo] = max(first.get((service, slo), 0.0), since)
    return [
        raw
        for raw in plans
        if raw.has_past and first.get((raw.slo.service, raw.slo.name), 0.0) > raw.window.start
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
            firing, begun = raw.firing | recorded.firing, raw.begun | recorded.begun
            better[key] = replace(raw, fired=recorded.fired, firing=firing, begun=begun)
    return better
