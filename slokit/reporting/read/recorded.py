"""Evidence from the recorded ledger: the answers to the queries of plan/recorded.py."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from slokit.compiler import names
from slokit.model.window import Window
from slokit.prometheus.types import MetricsSource
from slokit.reporting.added import Pairs
from slokit.reporting.archive import Shares
from slokit.reporting.evidence import Evidence, FastWindow, Key, SloKey
from slokit.reporting.model import NOTHING, Counts, TimeRange
from slokit.reporting.plan.hours import hour_end
from slokit.reporting.plan.query import InstantQuery
from slokit.reporting.plan.recorded import (
    SINCE,
    RecordedPlan,
    plan_counts,
    plan_fast_windows,
    plan_history,
    plan_stretch,
)
from slokit.reporting.plan.series import SeriesPlan
from slokit.reporting.read.archived import begun_in, lately, read_counts, slots_of
from slokit.reporting.read.samples import (
    by_side,
    key_of,
    matrix,
    numbers,
    points_by_side,
    points_of,
    vector,
)

_AT_ONCE = 2
_OWN_OF_HOURS = ("__name__", names.BUNDLE)

# Total, bad, and how many ledger windows were counted.
Sides = Mapping[str, float]


def read_recorded(
    plan: RecordedPlan,
    metrics: MetricsSource,
    concurrency: int = 1,
    shared: Shares | None = None,
    drawn: SeriesPlan | None = None,
    added: Collection[Pairs] = (),
) -> dict[Key, Evidence]:
    """What the ledger says about every group of the bundle.

    Each query is about all of it: two are sent at once at most, whatever the ``concurrency``.
    ``shared`` says which hours are taken from an archive; those are put into the slots of what is
    ``drawn``. ``added`` are the sets of labels that the store adds to the ledger.

    Raises:
        PrometheusError: the server cannot answer.
    """
    with ThreadPoolExecutor(min(concurrency, _AT_ONCE)) as pool:
        counting = _counting(plan, metrics, shared, pool, added)
        burning = pool.submit(_burn, plan, metrics)
        totals = pool.submit(_total_now, plan, metrics)
        fast = pool.submit(_fast_windows, plan, metrics)
        past, present = pool.submit(_fired, plan, metrics), pool.submit(_firing, plan, metrics)
        tasks: list[Future[Any]] = [*counting.values()]
        tasks += [burning, totals, fast, past, present]
        for task in tasks:
            task.add_done_callback(lambda done: _cancel_after_fault(done, tasks))
        wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()  # raises what went wrong
        counts = _of_ranges(plan, {over: task.result() for over, task in counting.items()})
        begun = _begun(plan, counts, metrics)
        burn, total_now, fast_windows = burning.result(), totals.result(), fast.result()
        fired, firing = past.result(), present.result()
    if shared:
        begun = {over: own | begun_in(shared.archive, over) for over, own in begun.items()}
        total_now = total_now or lately(shared, plan.period.end)
    slots = slots_of(shared, drawn) if shared and drawn else {}
    answers: tuple[Iterable[Key], ...] = (
        *counts.values(),
        burn,
        total_now,
        fast_windows,
        fired,
        firing,
    )
    left_out = _left_out(plan, metrics, shared)
    found = {
        key: Evidence(
            source="recorded",
            counts={over: groups[key] for over, groups in counts.items() if key in groups},
            burn={name: rate for name, rate in burn.get(key, {}).items() if name != SINCE},
            total_now=total_now.get(key),
            fast_windows=fast_windows.get(key, ()),
            fired=tuple(fired.get(key, ())),
            firing=frozenset(firing.get(key, ())),
            begun=frozenset(over for over, groups in begun.items() if key in groups),
            left_out=tuple(left_out.get(key, ())),
            series=slots.get(key, ()),
            since=burn.get(key, {}).get(SINCE),
        )
        for key in dict.fromkeys(key for groups in answers for key in groups)
    }
    return _under_new_names(found, plan.renamed)


def _cancel_after_fault(done: "Future[Any]", others: Iterable["Future[Any]"]) -> None:
    """A server that did not answer once is asked nothing more."""
    if not done.cancelled() and done.exception():
        for other in others:
            other.cancel()


def _under_new_names(
    found: Mapping[Key, Evidence], renamed: Mapping[tuple[str, str], tuple[str, str]]
) -> dict[Key, Evidence]:
    """What was recorded under an SLO's old name, added to what is under its new one.

    The two never count the same slot: an SLO has one name at a time.
    """
    joined = {key: evidence for key, evidence in found.items() if key[:2] not in renamed}
    for (service, slo, group), old in found.items():
        if new_name := renamed.get((service, slo)):
            key = (*new_name, group)
            joined[key] = _added(old, joined[key]) if key in joined else old
    return joined


def _added(old: Evidence, new: Evidence) -> Evidence:
    """Evidence of two stretches of time; burn rates and what fires now are the newer one's."""
    counts = {
        over: first + second
        if (first := old.counts.get(over)) and (second := new.counts.get(over))
        else old.counts.get(over) or new.counts[over]
        for over in {**old.counts, **new.counts}
    }
    return replace(
        new,
        counts=counts,
        fast_windows=(*old.fast_windows, *new.fast_windows),
        fired=(*old.fired, *new.fired),
        begun=old.begun | new.begun,
        left_out=(*old.left_out, *new.left_out),
        series=tuple(sorted((*old.series, *new.series))),
        # what has no such time is known for longer than anything remembers
        since=None if old.since is None else min(old.since, new.since or 0.0),
    )


def read_objectives(plan: RecordedPlan, metrics: MetricsSource) -> dict[SloKey, frozenset[str]]:
    """The objectives of the bundle's SLOs as the loaded rules have them.

    Raises:
        PrometheusError: the server cannot answer.
    """
    found: dict[SloKey, set[str]] = {}
    for sample in metrics.instant(plan.objectives.promql, plan.objectives.at):
        key = sample.labels.get(names.SERVICE, ""), sample.labels.get(names.SLO, "")
        if text := sample.labels.get(names.OBJECTIVE):
            found.setdefault(key, set()).add(text)
    return {key: frozenset(texts) for key, texts in found.items()}


def has_replicas_that_differ(plan: RecordedPlan, metrics: MetricsSource) -> bool:
    """Whether the same query about the past, sent several times, has several answers.

    Raises:
        PrometheusError: the server cannot answer.
    """
    answers = {
        tuple(str(sample.value) for sample in metrics.instant(probe.promql, probe.at))
        for probe in plan.probes
    }
    return len(answers) > 1


def _burn(plan: RecordedPlan, metrics: MetricsSource) -> dict[Key, dict[str, float]]:
    return by_side(vector(plan.burn, metrics))


def _total_now(plan: RecordedPlan, metrics: MetricsSource) -> dict[Key, float]:
    now = metrics.instant(plan.total_now.promql, plan.total_now.at)
    return {key_of(sample.labels): sample.value for sample in numbers(now)}


def _counting(
    plan: RecordedPlan,
    metrics: MetricsSource,
    shared: Shares | None,
    pool: ThreadPoolExecutor,
    added: Collection[Pairs],
) -> "dict[TimeRange, Future[Mapping[Key, Sides]]]":
    """The queries about counts, on their way: of each stretch.

    Or of each time range as a whole, where hours of an archive are inside: those may lie across the
    end of a stretch.
    """
    if not (shared and shared.taken):
        hours = _hours_recorded(plan, metrics, added)
        return {
            over: pool.submit(_sides, plan_stretch(plan.project, over, hours), metrics)
            for over in plan.counts
        }

    def read(over: TimeRange, parts: Sequence[TimeRange]) -> Mapping[Key, Sides]:
        query = plan_counts(plan.project, TimeRange(parts[0].start, parts[-1].end))
        found = _counted(query, over, plan, metrics, shared)
        return {
            key: {"total": counts.total, "bad": counts.bad, "slots": counts.slots}
            for key, counts in found.items()
        }

    return {over: pool.submit(read, over, parts) for over, parts in plan.stretches.items()}


def _hours_recorded(
    plan: RecordedPlan, metrics: MetricsSource, added: Collection[Pairs]
) -> frozenset[float]:
    """The ends of the hours that were recorded by all that record the ledger.

    By what the store adds, each of them is known: one whose rules are of another version records no
    hours, and its counts alone are there.
    """
    if plan.hours is None:
        return frozenset()
    found: dict[float, set[Pairs]] = {}
    for series in matrix(plan.hours, metrics):
        own = tuple(sorted(p for p in series.labels.items() if p[0] not in _OWN_OF_HOURS))
        for moment in points_of(series):
            found.setdefault(hour_end(moment, plan.project), set()).add(own)
    wanted = set(added) or {()}
    return frozenset(end for end, recorders in found.items() if recorders >= wanted)


def _of_ranges(
    plan: RecordedPlan, answers: Mapping[TimeRange, Mapping[Key, Sides]]
) -> dict[TimeRange, dict[Key, Counts]]:
    """The counts of each time range, added up over its stretches."""
    found = {}
    for over, parts in plan.stretches.items():
        sums: dict[Key, dict[str, float]] = {}
        for part in (over,) if over in answers else parts:
            for key, sides in answers[part].items():
                own = sums.setdefault(key, {})
                for side, value in sides.items():
                    own[side] = own.get(side, 0.0) + value
        found[over] = _both_sides(sums)
    return found


def _counted(
    query: InstantQuery,
    over: TimeRange,
    plan: RecordedPlan,
    metrics: MetricsSource,
    shared: Shares | None,
) -> dict[Key, Counts]:
    def ask(about: InstantQuery) -> dict[Key, Counts]:
        return read_matching(about, metrics)

    return read_counts(shared, query, over, plan.project, ask)


def read_matching(query: InstantQuery, metrics: MetricsSource) -> dict[Key, Counts]:
    """What the groups of a query have counted.

    Raises:
        PrometheusError: the server cannot answer.
    """
    return _both_sides(_sides(query, metrics))


def _sides(query: InstantQuery, metrics: MetricsSource) -> Mapping[Key, Sides]:
    return by_side(vector(query, metrics))


def _both_sides(found: Mapping[Key, Sides]) -> dict[Key, Counts]:
    """Groups that have both sides: a total whose bad side is missing is no perfect service."""
    return {
        key: Counts(sides["total"], sides["bad"], int(sides["slots"]))
        for key, sides in found.items()
        if sides.keys() >= {"total", "bad", "slots"}
    }


def _left_out(
    plan: RecordedPlan, metrics: MetricsSource, shared: Shares | None
) -> dict[Key, list[tuple[TimeRange, Counts]]]:
    """What was counted in each stretch of maintenance, of the groups that it is for.

    A stretch that is shorter than a ledger window may hold no count, and is left out like the rest.
    """
    slos = {(slo.service, slo.name): slo for slo in plan.slos}
    counted = {
        stretch: _counted(query, stretch.over, plan, metrics, shared)
        for stretch, query in plan.left_out
    }
    found: dict[Key, list[tuple[TimeRange, Counts]]] = {}
    for key in dict.fromkeys(key for counts in counted.values() for key in counts):
        slo = slos.get(plan.renamed.get(key[:2], key[:2]))
        for stretch, counts in counted.items():
            meant = stretch.of(slo, dict(key[2])) if slo else ()
            if any(maintenance.is_corrected for maintenance in meant):
                found.setdefault(key, []).append((stretch.over, counts.get(key, NOTHING)))
    return found


def _begun(
    plan: RecordedPlan, counts: Mapping[TimeRange, Mapping[Key, Counts]], metrics: MetricsSource
) -> dict[TimeRange, set[Key]]:
    """The groups with a history of half of each window at least.

    Where more than half of it was measured, some of that is in its older half: only about the
    others the server is asked.
    """
    slot_seconds = float(plan.project.ledger_window)
    begun: dict[TimeRange, set[Key]] = {}
    unsure: dict[Window, list[str]] = {}
    for window, over in plan.windows.items():
        enough = over.seconds / slot_seconds / 2 + 1
        slots = {
            key: of_group.slots
            for key, of_group in counts[over].items()
            if plan.window_of.get(key[:2]) == window
        }
        begun[over] = {key for key in slots if slots[key] > enough}
        if services := sorted({service for service, _, _ in slots.keys() - begun[over]}):
            unsure[window] = services
    if unsure:
        query = plan_history(plan.project, plan.period.end, unsure)
        ranges = {window.name: over for window, over in plan.windows.items()}
        for sample in vector(query, metrics):
            if asked := ranges.get(sample.labels.get(names.SIDE, "")):
                begun[asked].add(key_of(sample.labels))
    return begun


def _fast_windows(plan: RecordedPlan, metrics: MetricsSource) -> dict[Key, tuple[FastWindow, ...]]:
    bound = vector(plan.fast_services, metrics)
    services = sorted({sample.labels.get(names.SERVICE, "") for sample in bound})
    if not services:
        return {}
    query = plan_fast_windows(plan.project, plan.period, services)
    answer = matrix(query, metrics)
    return {key: _pairs(sides) for key, sides in points_by_side(answer).items()}


def _pairs(sides: Mapping[str, Mapping[float, float]]) -> tuple[FastWindow, ...]:
    bads, burns = sides.get("bad", {}), sides.get("burn", {})
    return tuple(FastWindow(end, bads[end], burns[end]) for end in sorted(burns) if end in bads)


def _fired(plan: RecordedPlan, metrics: MetricsSource) -> dict[Key, list[tuple[float, str]]]:
    """The moments at which burn alerts of a group fired, with their severities."""
    found: dict[Key, list[tuple[float, str]]] = {}
    for series in matrix(plan.alerts_fired, metrics):
        name = series.labels.get(names.SEVERITY, "")
        moments = found.setdefault(key_of(series.labels, plan.alert_labels), [])
        moments.extend((moment, name) for moment, _ in series.points)
    return found


def _firing(plan: RecordedPlan, metrics: MetricsSource) -> dict[Key, list[str]]:
    """The severities of the burn alerts of a group that fire at the moment of the report."""
    found: dict[Key, list[str]] = {}
    for sample in metrics.instant(plan.alerts_firing.promql, plan.alerts_firing.at):
        key = key_of(sample.labels, plan.alert_labels)
        found.setdefault(key, []).append(sample.labels.get(names.SEVERITY, ""))
    return found
