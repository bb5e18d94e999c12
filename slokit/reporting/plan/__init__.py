"""The plan of a report: which queries it sends, about which times, and what each one is for.

A plan is a value. Making one sends no query, so that `slokit report --plan` needs no server and
a test can read it; this folder does not know slokit.prometheus. What ``source`` means is
decided here and nowhere later: a plan without ``recorded`` takes no number from the ledger, one
without ``raw`` leaves raw history alone, and with both, raw history is read where the ledger is too
short. Either asks which labels the store adds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from slokit.reporting.model import TimeRange
from slokit.reporting.plan.added import plan_added, plan_elsewhere, plan_raw_labels
from slokit.reporting.plan.archived import plan_archived
from slokit.reporting.plan.beginnings import queries_of_beginnings
from slokit.reporting.plan.maintenance import LeftOut, left_out
from slokit.reporting.plan.query import InstantQuery, Query, RangeQuery
from slokit.reporting.plan.raw import GAP, RawPlan, plan_scraped
from slokit.reporting.plan.recorded import RecordedPlan, plan_parts, plan_recorded
from slokit.reporting.plan.request import RAW, RECORDED, ReportRequest, check_source
from slokit.reporting.plan.series import SeriesPlan, plan_series
from slokit.reporting.plan.text import render_queries, render_time
from slokit.text.durations import format_duration
from slokit.text.escaping import inert
from slokit.text.words import counted

__all__ = ["QueryPlan", "ReportRequest", "plan_report"]


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """All queries of a report: about the ledger, and SLO by SLO about raw history.

    ``parts`` is sent about some services alone, see :func:`plan_parts`. ``series`` is there where
    something is to be drawn. ``left_out`` are the stretches of maintenance.
    """

    request: ReportRequest
    added: InstantQuery
    elsewhere: InstantQuery
    raw_labels: InstantQuery
    recorded: RecordedPlan | None
    parts: RangeQuery | None
    raw: tuple[RawPlan, ...]
    series: SeriesPlan | None = None
    left_out: tuple[LeftOut, ...] = ()
    has_archive: bool = False

    def queries(self) -> Iterator[Query]:
        """All queries, in the order in which they are sent; some only on a condition."""
        request = self.request
        yield self.added
        if self.recorded:
            yield from self.recorded.queries()
        if self.parts:
            yield self.parts
        if self.raw:
            yield self.elsewhere
            yield self.raw_labels
        needs_gap = self.recorded is not None
        yield from queries_of_beginnings(self.raw, GAP if needs_gap else "")
        for plan in self.raw:
            yield from plan.queries(needs_gap=needs_gap)
        yield from plan_scraped(self.raw, needs_gap=needs_gap)
        for plan in self.raw:
            yield plan.history_query(needs_gap=needs_gap)
        if self.recorded and self.series:
            yield self.series.query(())
        if self.recorded and self.has_archive:
            yield from plan_archived(request.project, request.longest, request.period)

    def __str__(self) -> str:
        request = self.request
        what = f"{counted(len(request.slos), 'SLO')} of {request.bundle.name}"
        when = f"at {render_time(request.at)}, over {format_duration(int(request.period_seconds))}"
        head = f"# The queries of a report on {what}, {when}."
        return inert(f"{head}\n\n{render_queries(self.queries())}")


def plan_report(request: ReportRequest, *, has_archive: bool = False) -> QueryPlan:
    """The queries of a report, and of what it keeps where it has an archive.

    Raises:
        UsageError: there is no such source.
    """
    check_source(request.source)
    in_use = sorted({slo.window for slo in request.slos}, key=lambda window: window.name)
    windows = {window: TimeRange(*window.span(request.at)) for window in in_use}
    project, period = request.project, request.period
    ranges = [*windows.values(), period, *([request.compare] if request.compare else [])]
    planned = left_out(project, ranges) if project.maintenances else ()
    recorded = None
    if request.source != RAW:
        recorded = plan_recorded(request.bundle, windows, period, planned, request.compare)
    slos = request.slos if request.source != RECORDED else ()
    longest = request.longest
    series = None
    if request.series:
        series = plan_series(project, longest, request.series, in_days=not request.charts)
    slot_seconds = series.seconds if series else 0.0
    raw = tuple(
        RawPlan(
            slo,
            project,
            request.window(slo),
            period,
            slot_seconds=slot_seconds,
            left_out=planned,
            compare=request.compare,
        )
        for slo in slos
    )
    parts = plan_parts(project, longest, ()) if recorded and raw else None
    return QueryPlan(
        request,
        plan_added(project, request.at, longest.seconds),
        plan_elsewhere(project, request.at),
        plan_raw_labels(project, request.at),
        recorded,
        parts,
        raw,
        series,
        planned,
        has_archive,
    )
