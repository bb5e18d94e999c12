"""An archive beside a server's ledger: which hours each of them knows, and who is asked."""

from collections.abc import Callable

from slokit.model.bundle import Project
from slokit.prometheus.types import MetricsSource
from slokit.reporting.archive import (
    HOUR,
    Shares,
    SlotArchive,
    added,
    folded,
    shares,
)
from slokit.reporting.evidence import Key
from slokit.reporting.model import Counts, Slot, TimeRange
from slokit.reporting.plan.archived import plan_hours, plan_rest
from slokit.reporting.plan.query import InstantQuery, before_half
from slokit.reporting.plan.recorded import RecordedPlan
from slokit.reporting.plan.series import SeriesPlan
from slokit.reporting.read.samples import matrix, points_of

Asking = Callable[[InstantQuery], dict[Key, Counts]]


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
    answer = matrix(query, metrics)
    window = float(plan.project.ledger_window)
    server = {end: n * window for series in answer for end, n in points_of(series).items()}
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
        found = added(found, ask(plan_rest(project, rest)))
    return found
