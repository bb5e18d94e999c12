"""What there is to be kept in an archive: whole hours, as the server knows them.

The hours of the ledger are summed up by the server, a day at a time. Of SLOs whose ledger lacks a
part of them, raw history is counted as a report counts it, in windows that end with full hours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from slokit.model.bundle import Project
from slokit.model.maintenance import LEDGER
from slokit.prometheus.types import MetricsSource
from slokit.reporting.archive import HOUR, ArchivedHour, hour_ends
from slokit.reporting.model import TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.archived import DAY, plan_days
from slokit.reporting.plan.maintenance import LeftOut
from slokit.reporting.plan.raw import RawPlan
from slokit.reporting.plan.recorded import SETTLED_SECONDS
from slokit.reporting.read import read_added
from slokit.reporting.read.beginnings import with_beginnings
from slokit.reporting.read.raw import read_raw
from slokit.reporting.read.samples import matrix, points_by_side

_NEARLY_ALL = 0.98

Days = Iterator[tuple[float, list[ArchivedHour]]]


def read_days(project: Project, over: TimeRange, metrics: MetricsSource) -> Days:
    """What the server's ledger holds of each day of a time range, by when the day begins.

    Raises:
        PrometheusError: the server cannot answer.
    """
    window = float(project.ledger_window)
    for query in plan_days(project, over):
        found = []
        for key, sides in points_by_side(matrix(query, metrics)).items():
            totals, bads, windows = (sides.get(side, {}) for side in ("total", "bad", "slots"))
            found += [
                ArchivedHour(key, end, totals[end], bads[end], windows[end] * window)
                for end in totals
                if end in bads and end in windows
            ]
        yield (query.over.start - HOUR) // DAY * DAY, found


def read_raw_days(
    plan: QueryPlan,
    over: TimeRange,
    known: Mapping[tuple[str, str], int],
    metrics: MetricsSource,
    concurrency: int,
) -> Days:
    """What raw history holds of each day, of SLOs of which the ledger holds less than nearly all.

    ``known`` are the seconds that the ledger has measured, by service and SLO. One that had another
    name is left out: its hours may be kept under that.

    Raises:
        PrometheusError: the server cannot answer.
    """
    ends = hour_ends(TimeRange(over.start, over.end - SETTLED_SECONDS))
    raw = [
        each
        for each in plan.raw
        if not each.slo.formerly
        and known.get((each.slo.service, each.slo.name), 0) < len(ends) * HOUR * _NEARLY_ALL
    ]
    if not (ends and raw):
        return
    whole = TimeRange(ends[0] - HOUR, ends[-1])
    asked = [_of_hours(each, whole) for each in raw]
    added = read_added(plan, metrics)
    window = float(plan.request.project.ledger_window)
    days: dict[float, list[ArchivedHour]] = {}
    asked = with_beginnings(asked, metrics, concurrency)
    for answer in read_raw(asked, added, metrics, concurrency):
        for key, evidence in answer.groups.items():
            for slot in evidence.series:
                hour = ArchivedHour(key, slot.end, slot.total, slot.bad, slot.windows * window)
                days.setdefault((slot.end - HOUR) // DAY * DAY, []).append(hour)
    yield from sorted(days.items())


def _of_hours(plan: RawPlan, whole: TimeRange) -> RawPlan:
    """The plan about whole hours; only what the ledger leaves out is left out of those."""
    left_out = [
        LeftOut(each.over, tuple(m for m in each.maintenances if LEDGER in m.applies))
        for each in plan.left_out
    ]
    return replace(
        plan,
        window=whole,
        period=whole,
        compare=None,
        slot_seconds=HOUR,
        left_out=tuple(each for each in left_out if each.maintenances),
    )
