"""An archive beside a server's ledger: which hours each of them knows, and who is asked."""

from collections.abc import Callable
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.prometheus.types import MetricsSource
from slokit.promql import build
from slokit.reporting.archive import (
    HOUR,
    Shares,
    SlotArchive,
    added,
    folded,
    hour_ends,
    shares,
)
from slokit.reporting.evidence import Key
from slokit.reporting.model import Counts, Slot, TimeRange
from slokit.reporting.plan.maintenance import length_of
from slokit.reporting.plan.query import InstantQuery, RangeQuery, before_half, half_open
from slokit.reporting.plan.recorded import RecordedPlan, sums
from slokit.reporting.plan.series import SeriesPlan
from slokit.reporting.read.samples import points_of

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
    return {key: folded(own, drawn.ends.end, drawn.seconds) for key, own in hours.items()}


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
