"""The queries about hours: which of them the server knows, and what is kept in an archive."""

from collections.abc import Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.promql import build
from slokit.reporting.archive import HOUR, hour_ends
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.maintenance import length_of
from slokit.reporting.plan.query import InstantQuery, Query, RangeQuery, half_open
from slokit.reporting.plan.recorded import SETTLED_SECONDS, sums

DAY = 86_400.0


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


def plan_rest(project: Project, rest: TimeRange, condition: str = "") -> InstantQuery:
    """Both sides of a stretch of time that is the server's, between hours that are archived."""
    return InstantQuery("what is not archived", sums(project, length_of(rest)), rest.end, condition)


def plan_days(project: Project, over: TimeRange) -> list[RangeQuery]:
    """Both sides of each whole hour of a time range, one query for each day of UTC."""
    days: dict[float, list[float]] = {}
    for end in hour_ends(TimeRange(over.start, over.end - SETTLED_SECONDS)):
        days.setdefault((end - HOUR) // DAY, []).append(end)
    return [
        RangeQuery(
            "total and bad events of each hour of a day, to be kept once the report is written",
            sums(project, Fraction(int(HOUR))),
            TimeRange(ends[0], ends[-1]),
            HOUR,
        )
        for ends in days.values()
    ]


def plan_archived(project: Project, longest: TimeRange, period: TimeRange) -> Iterator[Query]:
    """What a report with an archive asks the ledger beside: before it is made, and after."""
    yield plan_hours(project, longest)
    yield plan_rest(
        project,
        longest,
        "some hours are taken from the archive: of each stretch between those, by its length,"
        " instead of the windows' own sums",
    )
    yield from plan_days(project, period)
