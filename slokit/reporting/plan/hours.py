"""Hours that the rules have added up, in place of the counts in them: a twelfth of the reading.

An hour is read as one only where it is known to be recorded, by everything that records this
ledger; all other times are read count by count, so that the numbers are the same. Counts and hours
are recorded some time, up to a ledger window, after the full hour: edges lie where neither can be.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.promql import build
from slokit.reporting.archive import HOUR, hour_ends, stretches
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.maintenance import length_of
from slokit.reporting.plan.query import InstantQuery, RangeQuery, half_open, union
from slokit.text.durations import format_duration

# Of fewer hours between others the counts are read: a query grows with each part of it.
_LEAST = 6
_PART = "part"
_MOMENT = 0.001


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stretch of time, in hours or in counts of ledger windows."""

    over: TimeRange
    is_hours: bool


def plan_hours_recorded(project: Project, over: TimeRange) -> RangeQuery:
    """At which full hours it is known that the hour before was added up.

    >>> query = plan_hours_recorded(Project(bundle="shop"), TimeRange(0, 7200))
    >>> query.promql
    'last_over_time(slokit:groups:hour{bundle="shop"}[4m59s999ms])'
    >>> query.over
    TimeRange(start=4499.999, end=8099.999)
    """
    window = project.ledger_window
    groups = build.series(names.HOUR_GROUPS, {names.BUNDLE: project.bundle})
    ends = hour_ends(over) or [over.end // HOUR * HOUR]
    late = 3 * float(window) - _MOMENT
    return RangeQuery(
        "which hours the rules have added up",
        f"last_over_time({groups}[{half_open(window)}])",
        TimeRange(ends[0] + late, ends[-1] + late),
        HOUR,
    )


def hour_end(moment: float, project: Project) -> float:
    """The end of the hour that is recorded where that query has an answer for a moment."""
    return float(round(moment - 3 * float(project.ledger_window) + _MOMENT))


def parts_of(over: TimeRange, recorded: Collection[float], project: Project) -> list[Part]:
    """A stretch of time as hours where those are recorded, and what is between and around them.

    >>> for part in parts_of(TimeRange(1000, 40_000), range(0, 50_000, 3600), Project()):
    ...     print(part)
    Part(over=TimeRange(start=1000, end=3899.999), is_hours=False)
    Part(over=TimeRange(start=3899.999, end=36299.999), is_hours=True)
    Part(over=TimeRange(start=36299.999, end=40000), is_hours=False)
    """
    window = float(project.ledger_window)
    late = window - _MOMENT
    # an hour ends with the count that is recorded next after it, and is itself recorded after that
    ends = hour_ends(TimeRange(over.start, over.end - 2 * window))
    found, begin = [], over.start
    for hours in stretches([end for end in ends if end in recorded]):
        if hours.seconds < _LEAST * HOUR:
            continue
        found.append(Part(TimeRange(begin, hours.start + late), is_hours=False))
        begin = hours.end + late
        found.append(Part(TimeRange(hours.start + late, begin), is_hours=True))
    return [*found, Part(TimeRange(begin, over.end), is_hours=False)]


def plan_parts_summed(
    project: Project, over: TimeRange, recorded: Collection[float]
) -> InstantQuery | None:
    """Both sides over a stretch of time, and how many ledger windows of it were counted.

    None where no hours of it are recorded.

    >>> query = plan_parts_summed(Project(), TimeRange(1000, 40_000), range(0, 50_000, 3600))
    >>> print(query.promql[:92])
    label_replace(sum without (part) (label_replace(sum_over_time(slokit:total:events5m{bundle="
    """
    parts = parts_of(over, recorded, project)
    if len(parts) == 1:
        return None
    window = project.ledger_window
    total, bad = names.total_events(window), names.bad_events(window)
    sides = {
        "total": ("sum_over_time", total, names.hourly(total)),
        "bad": ("sum_over_time", bad, names.hourly(bad)),
        "slots": ("count_over_time", total, names.HOUR_COUNTS),
    }
    return InstantQuery(
        f"total and bad events of {format_duration(length_of(over))}, and how much of it was"
        " measured, in hours",
        union(
            {
                side: _summed(list(_parts(project, over.end, parts, *how)))
                for side, how in sides.items()
            }
        ),
        over.end,
    )


def _parts(
    project: Project, at: float, parts: Sequence[Part], function: str, counts: str, hours: str
) -> Iterator[str]:
    """One side of each part, as it was at its end."""
    own = {names.BUNDLE: project.bundle}
    for part in parts:
        length = half_open(length_of(part.over))
        if part.is_hours:
            series, ago = (
                build.series(hours, own),
                at - part.over.end - float(project.ledger_window),
            )
        else:
            series, ago = build.series(counts, own), at - part.over.end
        offset = Fraction(round(ago * 1000), 1000)
        before = f" offset {format_duration(offset)}" if offset else ""
        yield f"{'sum_over_time' if part.is_hours else function}({series}[{length}]{before})"


def _summed(parts: Sequence[str]) -> str:
    """The sum of several vectors: of groups of which only some have samples, too."""
    terms = [f'label_replace({part}, "{_PART}", "{n}", "", "")' for n, part in enumerate(parts)]
    return f"sum without ({_PART}) ({' or '.join(terms)})"
