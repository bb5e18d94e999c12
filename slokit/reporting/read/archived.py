"""An archive beside a server: which hours each of them knows, and what there is to be kept.

Whole hours of the ledger are kept as the server sums them up; raw history is not.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.prometheus.types import MetricsSource
from slokit.promql import build
from slokit.reporting.archive import (
    HOUR,
    ArchivedHour,
    Shares,
    SlotArchive,
    added,
    hour_ends,
    shares,
)
from slokit.reporting.evidence import Key
from slokit.reporting.model import Counts, Slot, TimeRange
from slokit.reporting.plan.maintenance import length_of
from slokit.reporting.plan.query import InstantQuery, RangeQuery, before_half, half_open
from slokit.reporting.plan.recorded import RecordedPlan, sums
from slokit.reporting.plan.series import SeriesPlan
from slokit.reporting.read.samples import points_by_side, points_of

# Rules may be late, and a store that is written to later still: what is younger is left for then.
_SETTLED_SECONDS = 600.0
_DAY = 86_400.0

Asking = Callable[[InstantQuery], dict[Key, Counts]]


def plan_hours(project: Project, over: TimeRange) -> RangeQuery:
    """How many ledger windows of each whole hour the server has, of all groups together.

    >>> plan_hours(Project(bundle="shop"), TimeRange(0, 7200)).promql
    'sum(count_over_time(slokit:total:events5m{bundle="shop"}[59m59s999ms]))'
    """
    ends = hour_ends(over)
    total = build.series(names.total_events(project.ledger_window), {names.BUNDLE: project.bundle})
    return RangeQuery(
        "how much of each hour was measured, beside an archive",
        f"sum(count_over_time({total}[{half_open(Fraction(int(HOUR)))}]))",
        TimeRange(ends[0], ends[-1]),
        HOUR,
        "there is an archive",
    )


def plan_days(project: Project, over: TimeRange) -> list[RangeQuery]:
    """Both sides of each whole hour of a time range, one query for each day of UTC."""
    days: dict[float, list[float]] = {}
    for end in hour_ends(TimeRange(over.start, over.end - _SETTLED_SECONDS)):
        days.setdefault((end - HOUR) // _DAY, []).append(end)
    return [
        RangeQuery(
            "total and bad events of each hour of a day, to be kept",
            sums(project, Fraction(int(HOUR))),
            TimeRange(ends[0], ends[-1]),
            HOUR,
        )
        for ends in days.values()
    ]


def read_days(
    project: Project, over: TimeRange, metrics: MetricsSource
) -> Iterator[tuple[float, list[ArchivedHour]]]:
    """What the server's ledger holds of each day of a time range, by when the day begins.

    Raises:
        PrometheusError: the server cannot answer.
    """
    window = float(project.ledger_window)
    for query in plan_days(project, over):
        found = []
        matrix = metrics.range(query.promql, query.over.start, query.over.end, query.step)
        for key, sides in points_by_side(matrix).items():
            totals, bads, windows = (sides.get(side, {}) for side in ("total", "bad", "slots"))
            found += [
                ArchivedHour(key, end, totals[end], bads[end], windows[end] * window)
                for end in totals
                if end in bads and end in windows
            ]
        yield (query.over.start - HOUR) // _DAY * _DAY, found


def read_shares(
    plan: RecordedPlan, over: TimeRange, archive: SlotArchive, metrics: MetricsSource
) -> Shares:
    """Which hours of a time range the archive knows better than the server.

    Raises:
        PrometheusError: the server cannot answer.
    """
    kept = archive.hours(over)
    if not kept:
        return Shares(archive, frozenset(), frozenset())
    query = plan_hours(plan.project, TimeRange(over.start - HOUR, over.end))
    matrix = metrics.range(query.promql, query.over.start, query.over.end, query.step)
    window = float(plan.project.ledger_window)
    server = {end: n * window for series in matrix for end, n in points_of(series).items()}
    return shares(archive, kept, server)


def begun_in(archive: SlotArchive, over: TimeRange) -> set[Key]:
    """The groups with a history of half a window, as far as the archive knows."""
    return {*archive.counts(archive.hours(before_half(over)).keys())}


def lately(shared: Shares, at: float) -> dict[Key, float]:
    """The total per second in the last whole hour, where that is the archive's."""
    last = at // HOUR * HOUR
    ends = [last] if last in shared.taken else []
    return {
        key: slots[-1].total / HOUR for key, slots in shared.archive.slots(ends).items() if slots
    }


def slots_of(shared: Shares, drawn: SeriesPlan) -> dict[Key, tuple[Slot, ...]]:
    """The taken hours of each group, in the slots that are drawn; an hour is in one of them."""
    hours = shared.archive.slots(shared.inside(drawn.over))
    return {key: _folded(own, drawn.ends.end, drawn.seconds) for key, own in hours.items()}


def _folded(hours: Sequence[Slot], end: float, seconds: float) -> tuple[Slot, ...]:
    """Hours added up to slots that are counted back from ``end``.

    >>> _folded([Slot(3600, 10, 1, 12), Slot(7200, 20, 0, 12)], 7300, 10800)
    (Slot(end=7300, total=30, bad=1, windows=24),)
    """
    found: dict[float, Slot] = {}
    for hour in hours:
        slot_end = end - (end - hour.end) // seconds * seconds
        before = found.get(slot_end, Slot(slot_end, 0, 0, 0))
        found[slot_end] = Slot(
            slot_end,
            before.total + hour.total,
            before.bad + hour.bad,
            before.windows + hour.windows,
        )
    return tuple(found[slot_end] for slot_end in sorted(found))


def read_counts(
    shared: Shares | None, query: InstantQuery, over: TimeRange, project: Project, ask: Asking
) -> dict[Key, Counts]:
    """The counts of a time range: the query's answer, or the taken hours and the server's rest.

    Raises:
        PrometheusError: the server cannot answer.
    """
    inside = shared.inside(over) if shared else []
    if shared is None or not inside:
        return ask(query)
    found = dict(shared.archive.counts(inside))
    for rest in shared.rest(over):
        promql = sums(project, length_of(rest))
        found = added(found, ask(InstantQuery("what is not archived", promql, rest.end)))
    return found
