"""Evidence from raw history: the answers to the queries of plan/raw.py, many SLOs in a query.

A batch that the server rejects is split until the SLO is found that it is about; one that is too
much for it is split as well, at last in time.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.model.alerting import BurnAlert
from slokit.model.ledger import BAD, GOOD, SLOW, TOTAL, Row, SidesApart, over_another
from slokit.model.maintenance import LEDGER
from slokit.prometheus.errors import PrometheusError, QueryRejectedError
from slokit.prometheus.types import MetricsSource, Series
from slokit.reporting.added import AddedLabels, Part
from slokit.reporting.archive import HOUR, beside, folded, forgotten
from slokit.reporting.evidence import Evidence, FastWindow, Key, Rejection
from slokit.reporting.model import BURN_WINDOWS, NOTHING, Counts, Slot, TimeRange
from slokit.reporting.plan.query import FAST_BURN, before_half
from slokit.reporting.plan.raw import (
    RawBatch,
    RawHistory,
    RawPlan,
    plan_scraped,
    stretches,
    together,
)
from slokit.reporting.read.samples import key_of, points_of
from slokit.reporting.read.series import added_up

# The total and the bad events of each ledger window, by its end.
Slots = Mapping[float, Row]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What raw history says about the groups of one SLO, or why it says nothing.

    ``archived`` are the ends of hours that were taken from an archive.
    """

    plan: RawPlan
    groups: Mapping[Key, Evidence]
    rejection: Rejection | None = None
    archived: frozenset[float] = frozenset()


def read_raw(
    plans: Sequence[RawPlan],
    added: AddedLabels,
    metrics: MetricsSource,
    concurrency: int,
    kept: Mapping[Key, Sequence[Slot]] | None = None,
) -> Iterator[RawAnswer]:
    """What raw history says about each SLO; those of which one query asks come together.

    Of ``kept``, an archive's hours by group, those are taken that raw history knows less well.

    Raises:
        PrometheusError: the server cannot answer.
    """
    alike: dict[object, list[RawPlan]] = {}
    for plan in plans:
        key = plan.ends, added.parts(plan.slo), plan.most_slots
        alike.setdefault(key, []).append(plan)
    units = [unit for same in alike.values() for unit in together(same)]
    scraped = _scraped(plans, metrics)
    with ThreadPoolExecutor(concurrency) as pool:
        tasks = [
            pool.submit(_read_unit, unit, added, metrics, scraped, kept or {}) for unit in units
        ]
        try:
            for task in tasks:
                yield from task.result()
        finally:
            for task in tasks:
                task.cancel()


def read_history(
    plans: Sequence[RawPlan], added: AddedLabels, metrics: MetricsSource, concurrency: int
) -> Iterator[tuple[Key, TimeRange]]:
    """The groups with raw history before their window, and the window; see ``RawPlan.history``.

    What the server refuses to answer stays unknown: a group without it is new.

    Raises:
        PrometheusError: the server cannot answer.
    """
    alike: dict[object, list[RawPlan]] = {}
    for plan in plans:
        alike.setdefault(added.parts(plan.slo), []).append(plan)
    batches = [
        RawHistory(unit, part)
        for same in alike.values()
        for unit in together(same, most_queries=1)
        for part in added.parts(unit[0].slo)
    ]
    with ThreadPoolExecutor(concurrency) as pool:
        for found in pool.map(lambda batch: list(_ask_history(batch, metrics)), batches):
            yield from found


def _ask_history(batch: RawHistory, metrics: MetricsSource) -> Iterator[tuple[Key, TimeRange]]:
    query = batch.query
    try:
        answer = metrics.instant(query.promql, query.at)
    except PrometheusError as error:
        if not (isinstance(error, QueryRejectedError) or error.is_too_much):
            raise
        for half in batch.halves() or ():
            yield from _ask_history(half, metrics)
        return
    for sample in answer:
        number = sample.labels.get(names.SIDE, "")
        if number.isdecimal() and int(number) < len(batch.plans):
            plan = batch.plans[int(number)]
            yield _key(sample.labels, plan, batch.part), plan.window


def _scraped(plans: Sequence[RawPlan], metrics: MetricsSource) -> Sequence[float]:
    """The moments, a ledger window apart, at which something was scraped.

    Empty where that cannot be said: on a store without ``up``, or one that is asked too much.
    """
    found: list[float] = []
    for query in plan_scraped(plans):
        try:
            answer = metrics.range(query.promql, query.over.start, query.over.end, query.step)
        except PrometheusError as error:
            if isinstance(error, QueryRejectedError) or error.is_too_much:
                return ()
            raise
        found += (moment for series in answer for moment in points_of(series))
    return sorted(found)


def _read_unit(
    unit: Sequence[RawPlan],
    added: AddedLabels,
    metrics: MetricsSource,
    scraped: Sequence[float],
    kept: Mapping[Key, Sequence[Slot]],
) -> list[RawAnswer]:
    """The answers about SLOs of the same parts of history and the same time."""
    first = unit[0]
    step = float(first.project.ledger_window)
    found: dict[str, dict[Key, dict[str, dict[float, float]]]] = {}
    rejected: dict[str, Rejection] = {}
    for part in added.parts(first.slo):
        for stretch in stretches(first.ends, step, first.most_slots):
            plans = tuple(plan for plan in unit if plan.slo.id not in rejected)
            batch = RawBatch(plans, part, stretch)
            for slo, key, side, points in _ask(batch, metrics, rejected) if plans else ():
                sides = found.setdefault(slo, {}).setdefault(key, {})
                sides.setdefault(side, {}).update(points)
    return [
        RawAnswer(plan, {}, rejected[plan.slo.id])
        if plan.slo.id in rejected
        else _answer(plan, found.get(plan.slo.id, {}), scraped, kept)
        for plan in unit
    ]


Points = tuple[str, Key, str, dict[float, float]]


def _ask(
    batch: RawBatch, metrics: MetricsSource, rejected: dict[str, Rejection]
) -> Iterator[Points]:
    """The points of each group and side of a batch; what is rejected is noted by SLO."""
    query = batch.query
    try:
        answer = metrics.range(query.promql, query.over.start, query.over.end, query.step)
    except PrometheusError as error:
        is_too_much, is_rejected = error.is_too_much, isinstance(error, QueryRejectedError)
        smaller = batch.halves() if is_rejected or is_too_much else None
        smaller = smaller or (batch.shorter() if is_too_much else None)
        if smaller is None and not is_rejected:
            raise
        slo = batch.plans[0].slo.id
        if smaller is None:
            words = f"{error.what}; {error.hint}" if error.hint else error.what
            rejected[slo] = Rejection(slo, words)
        for half in smaller or ():
            # what is rejected about one stretch of time is not asked about another
            if half.plans[1:] or half.plans[0].slo.id not in rejected:
                yield from _ask(half, metrics, rejected)
        return
    yield from (points for series in answer if (points := _points(series, batch)))


def _points(series: Series, batch: RawBatch) -> Points | None:
    """A series by the SLO that its label names; nothing where no query of the batch gives it."""
    number, _, side = series.labels.get(names.SIDE, "").partition(" ")
    if not (number.isdecimal() and int(number) < len(batch.plans)):
        return None
    plan = batch.plans[int(number)]
    return plan.slo.id, _key(series.labels, plan, batch.part), side, points_of(series)


def _key(labels: Mapping[str, str], plan: RawPlan, part: Part) -> Key:
    """A group of an SLO, with the labels that the store adds to this part of raw history."""
    _, _, group = key_of(labels)
    added = tuple(sorted((*group, *part.kept, *part.replica)))
    return plan.slo.service, plan.slo.name, added


def going_on(slots: Slots, plan: RawPlan, scraped: Sequence[float]) -> Slots:
    """The rows of a group that goes on without data: whole ledger windows that hold none are bad.

    With the total of the last whole one, for as long as the SLO says: of the one in which its data
    ended, which is what was measured in it, and the one before the larger, for either may hold a
    part. Windows in which the server scraped nothing are unknown.
    """
    step, last = float(plan.project.ledger_window), plan.ends.end
    lasting, ends = int(plan.slo.no_data_for // plan.project.ledger_window), list(slots)

    def is_scraped(end: float) -> bool:
        return not scraped or bisect_right(scraped, end) > bisect_right(scraped, end - step)

    found: dict[float, Row] = {}
    for number, end in enumerate(ends):
        found[end] = slots[end]
        following = ends[number + 1] if number + 1 < len(ends) else last + step
        before = ends[number - 1] if number and end - ends[number - 1] < 1.5 * step else end
        total = max(slots[before][0], slots[end][0])
        if plan.slo.sli.measure == "level":
            # time of one member or more, each of whole ledger windows
            total = ceil(total / step) * step
        empty = (end + n * step for n in range(1, lasting + 1))
        found |= {
            moment: (total, total)
            for moment in empty
            if moment < following - step / 2 and is_scraped(moment)
        }
    # what was before is only there to go on
    return {end: row for end, row in found.items() if end > plan.start}


def _answer(
    plan: RawPlan,
    found: Mapping[Key, Mapping[str, Mapping[float, float]]],
    scraped: Sequence[float],
    kept: Mapping[Key, Sequence[Slot]],
) -> RawAnswer:
    """The evidence of each group of an SLO; hours that are the archive's have nothing else."""
    apart, step = plan.apart(), float(plan.project.ledger_window)
    begin, until, end = plan.start, plan.over.end, plan.period.end
    early = before_half(TimeRange(end - float(plan.slo.window.longest), end))
    archived: set[float] = set()
    groups = {}
    own = [key for key in kept if key[:2] == (plan.slo.service, plan.slo.name)]
    for key in dict.fromkeys([*found, *own]):
        slots = _slots(apart, found.get(key, {}))
        if plan.slo.no_data_for:
            slots = going_on(slots, plan, scraped)
        older = kept.get(key, ())
        hours = forgotten(slots, (h for h in older if begin <= h.end - HOUR and h.end <= until))
        if ends := {hour.end for hour in hours}:
            slots = {end: row for end, row in slots.items() if beside(end, step, ends)}
            archived |= ends
        evidence = _of_group(key, slots, plan) if plan.left_out else _evidence(slots, plan)
        if any(early.start < hour.end <= early.end for hour in older):
            evidence = replace(evidence, begun=evidence.begun | {plan.window})
        groups[key] = _with_hours(evidence, hours, plan) if hours else evidence
    return RawAnswer(plan, groups, archived=frozenset(archived))


def _with_hours(evidence: Evidence, hours: Sequence[Slot], plan: RawPlan) -> Evidence:
    """The evidence and an archive's hours, in which it has nothing; they are in order."""
    counts, end = dict(evidence.counts), plan.period.end
    for over in plan.ranges:
        inside = [each for each in hours if over.start <= each.end - HOUR and each.end <= over.end]
        if inside:
            totals, bads, windows = (sum(side) for side in list(zip(*inside, strict=True))[1:])
            counts[over] = counts.get(over, NOTHING) + Counts(totals, bads, windows)
    first = min(hours[0].end - HOUR, evidence.since or hours[0].end)
    drawn = {slot.end: slot for slot in evidence.series}
    for slot in folded(hours, end, plan.slot_seconds) if plan.slot_seconds else ():
        had = drawn.get(slot.end, Slot(slot.end, 0, 0, 0))
        sums = (had.total + slot.total, had.bad + slot.bad, had.windows + slot.windows)
        drawn[slot.end] = Slot(slot.end, *sums)
    return replace(
        evidence,
        counts=counts,
        since=first if first > plan.window.start + HOUR else None,
        series=tuple(drawn[moment] for moment in sorted(drawn)),
    )


def _of_group(key: Key, slots: Slots, plan: RawPlan) -> Evidence:
    """The evidence of a group that may have been in maintenance.

    What its ledger does not count is not there; what only reports leave out is in the counts, and
    apart. Of slices the expressions themselves leave out what is not counted.
    """
    is_within = over_another(plan.slo.sli) is not None
    stretches_of = [
        (each.over, {to for m in meant for to in m.applies})
        for each in plan.left_out
        if (meant := each.of(plan.slo, dict(key[2])))
        and not (is_within and any(LEDGER in m.applies for m in meant))
    ]
    applied: dict[float, Collection[str]] = {
        end: next((to for over, to in stretches_of if over.start < end <= over.end), frozenset())
        for end in slots
    }
    step = float(plan.project.ledger_window)
    evidence = _evidence({end: row for end, row in slots.items() if not applied[end]}, plan)
    apart = tuple(
        (TimeRange(end - step, end), Counts(*slots[end], 1))
        for end, to in applied.items()
        if to and LEDGER not in to
    )
    if not apart:
        return evidence
    counts = dict(evidence.counts)
    for over in plan.ranges:
        more = replace(evidence, left_out=apart)
        both = counts.get(over, NOTHING) + more.left_out_of(over)
        if both.slots:
            counts[over] = both
    return replace(evidence, counts=counts, left_out=apart)


def _slots(apart: SidesApart | None, sides: Mapping[str, Mapping[float, float]]) -> Slots:
    """The rows of a group by the end of their ledger windows, oldest first."""
    goods, bads, totals, slow = (sides.get(side, {}) for side in (GOOD, BAD, TOTAL, SLOW))
    if apart is None:
        return {end: (totals[end], bads[end]) for end in sorted(totals) if end in bads}
    ends = sorted({*goods, *bads, *totals, *slow})
    each = (goods, bads, totals, slow)
    rows = ((end, apart.row(*(side.get(end) for side in each))) for end in ends)
    return {end: row for end, row in rows if row}


def _evidence(slots: Slots, plan: RawPlan) -> Evidence:
    """What ledger windows amount to, which are in the order of their ends."""
    budget, end = float(plan.slo.budget), plan.period.end
    step = float(plan.project.ledger_window)
    ends = list(slots)

    def summed(over: TimeRange) -> Counts | None:
        inside = ends[bisect_right(ends, over.start) : bisect_right(ends, over.end)]
        if not inside:
            return None
        total, bad = (sum(slots[moment][side] for moment in inside) for side in (0, 1))
        return Counts(total, bad, len(inside))

    # of a calendar window the full length: a group's history does not end at a boundary
    early = before_half(TimeRange(end - float(plan.slo.window.longest), end))
    is_old = bisect_right(ends, early.end) > bisect_right(ends, early.start)
    recent = {name: summed(TimeRange(end - s, end)) for name, s in BURN_WINDOWS.items()}
    first = ends[0] - step if ends else plan.window.start
    # between two ledger windows the newest one is that of the moment before
    last = slots[ends[-1]] if ends and ends[-1] > end - 2 * step else None
    return Evidence(
        source="raw",
        counts={over: counts for over in plan.ranges if (counts := summed(over))},
        burn={
            name: counts.bad / counts.total / budget
            for name, counts in recent.items()
            if counts and counts.total > 0
        },
        total_now=last[0] / step if last else None,
        begun=frozenset([plan.window] if is_old else ()),
        # unless there was something before the window, which another query asks
        since=first if first > plan.window.start + step else None,
        fast_windows=tuple(
            FastWindow(moment, bad, bad / total / budget)
            for moment, (total, bad) in slots.items()
            if moment > plan.period.start and total > 0 and bad / total / budget > FAST_BURN
        ),
        firing=frozenset(
            _firing(
                {
                    seconds: summed(TimeRange(end - float(seconds), end))
                    for alert in plan.slo.policy.fitting(plan.slo.window)
                    for seconds in (alert.short, alert.long, plan.slo.window.longest)
                },
                plan,
                end - first,
            )
        ),
        series=added_up(slots, end, plan.slot_seconds) if plan.slot_seconds else (),
    )


def _firing(recent: Mapping[Fraction, Counts | None], plan: RawPlan, age: float) -> Iterator[str]:
    """The severities of the burn alerts that hold at the end, by the rules' own conditions.

    ``recent`` has the counts of each alert's windows, up to the end; ``age`` is the time since the
    first sample in seconds, what was before counts as good.
    """
    slo, severities = plan.slo, plan.project.alerts
    budget = float(slo.budget)

    whole = recent.get(slo.window.longest)
    # with as much traffic before the first sample as since
    part = min(age / float(slo.window.longest), 1.0)

    def is_held_back(alert: BurnAlert) -> bool:
        share, counts = float(slo.policy.wants_spent(alert)), recent[alert.long]
        if not (share and whole and counts and part > 0):
            return False
        return counts.bad < share * budget * whole.total / part

    def burns(window: Fraction, alert: BurnAlert, fewest: float = 0.0) -> bool:
        counts = recent[window]
        return (
            counts is not None
            and counts.bad * min(age / float(window), 1.0)
            > float(alert.burn) * budget * counts.total
            and counts.bad >= fewest
        )

    for alert in slo.policy.fitting(slo.window):
        # rate() counts an event a little more or less than once, so half an event is forgiven
        fewest = alert.waits_for(slo.min_bad_events) - 0.5
        is_burning = burns(alert.short, alert) and burns(alert.long, alert, fewest)
        if is_burning and not is_held_back(alert):
            yield severities.of(alert.severity).name
