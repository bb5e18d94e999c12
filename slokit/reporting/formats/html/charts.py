"""The geometry of the charts: trends made into paths and places, which the template draws.

A plot is a nested SVG of 1000 units each way that is stretched to any width; texts and marks stand
beside it in percent and pixels, so that they keep their size on a phone and on paper.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from slokit.reporting.formats import figures
from slokit.reporting.model import Incident, Row, TimeRange
from slokit.reporting.trends import Trend, Week

# Where a plot begins, in percent of the figure's width, and its height in pixels.
LEFT, TOP, HEIGHT = 12.0, 18, 132
_LOWEST, _HIGHEST = -2.0, 2.0
# What a share must differ by from those that are labelled, and how tall the name of a line is.
_APART, _NAME = 0.25, 14.0
_MOST_MARKED = 6
# Of the budget, what an incident must have cost to be marked; the tables have the others.
_WORTH_MARKING = 0.01
# Percent of the figure's width that the number of an incident takes.
_MARK = 3.5
# Burn rates from which a step of the strip is taller, those of the usual alerts.
STEPS = (1.0, 3.0, 6.0, 14.4)
_MOST_POINTS = 80


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line: its height in pixels, and its label."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time: where it begins and its length; of an incident in thousandths of the plot.

    Of a gap in percent of the figure's width: hatching must not be stretched.
    """

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """The number of an incident and where it stands, in percent of the figure's width."""

    number: int
    x: float


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident below its chart."""

    number: int
    incident: Incident


@dataclass(frozen=True, slots=True)
class BurnDown:
    """What was left of a budget over its window: a path, lines, bands of incidents and of gaps."""

    path: str
    area: str
    zero: float
    lines: tuple[Line, ...]
    thresholds: tuple[Line, ...]
    incidents: tuple[Band, ...]
    gaps: tuple[Band, ...]
    marks: tuple[Mark, ...]
    shown: tuple[Shown, ...]
    ticks: tuple[tuple[float, str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The burn rates of one group: one path for each step that it reaches."""

    row: Row
    paths: tuple[tuple[int, str], ...]
    gaps: tuple[Band, ...]
    peak: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A week: where its bar stands in percent, its height and top in pixels, and its labels."""

    x: float
    middle: float
    width: float
    top: float
    height: float
    spent: str
    label: str
    is_whole: bool


def burn_down(row: Row, trend: Trend) -> BurnDown | None:
    """The chart of one group; None where nothing is known about its budget."""
    if len(trend.left) < 2:
        return None
    over = row.window_measure.time_range
    lowest, highest = (bound(left for _, left in trend.left) for bound in (min, max))
    bottom = min(0.0, max(lowest, _LOWEST) * 1.05)
    # more than all of it is left where the window began before what its budget is reckoned from
    top = min(max(1.0, highest), _HIGHEST)

    def y(left: float) -> float:
        return (top - min(max(left, bottom), top)) / (top - bottom)

    shares = [1.0, 0.5, 0.0]
    shares += [top] if top > 1.0 + _APART else []
    shares += [bottom] if bottom < -_APART else []

    points = [(_x(moment, over), 1000 * y(left)) for moment, left in _thinned(trend.left)]
    path = "M" + "L".join(f"{x:.0f} {height:.0f}" for x, height in points)
    shown = _costliest(row.incidents, over)
    first, last = trend.left[0], trend.left[-1]
    return BurnDown(
        path=path,
        area=f"{path}V{1000 * y(0):.0f}H{points[0][0]:.0f}Z",
        zero=TOP + HEIGHT * y(0),
        lines=tuple(
            Line(
                TOP + HEIGHT * y(left),
                # a line that ends there goes on below
                f"{'≤ ' if left == bottom > lowest else ''}{left:.0%}".replace("%", " %"),
            )
            for left in shares
        ),
        thresholds=tuple(_thresholds(row, bottom, lambda left: TOP + HEIGHT * y(left))),
        incidents=tuple(_band(i.incident.start, i.incident.end, over, least=3.0) for i in shown),
        gaps=tuple(_gap(gap, over) for gap in trend.gaps),
        marks=tuple(_marks(shown, over)),
        shown=shown,
        ticks=tuple(_ticks(over)),
        text=(
            f"Budget left: {figures.percent(first[1])} on {figures.day(first[0])},"
            f" {figures.percent(last[1])} on {figures.day(last[0])}."
        ),
    )


def _thresholds(row: Row, bottom: float, place: Callable[[float], float]) -> Iterator[Line]:
    """Lines from the top, each with its names; of those close together the first has all names."""
    names: dict[float, list[str]] = {}
    for each in row.thresholds:
        if bottom <= each.left <= 1:
            names.setdefault(place(each.left), []).append(each.what)
    shown: dict[float, list[str]] = {}
    for at in sorted(names):
        known = next((y for y in shown if shown[y] and at - y < _NAME), at)
        shown[at] = []
        shown[known] += names[at]
    return (Line(at, ", ".join(shown[at])) for at in shown)


def strip(row: Row, trend: Trend, seconds: float) -> Strip:
    """The burn rates of one group over its window, the faster the taller."""
    over = row.window_measure.time_range
    width = 1000 * seconds / over.seconds
    paths: dict[int, list[str]] = {}
    for end, burn in trend.burn:
        if burn > 0:
            step = sum(burn > least for least in STEPS)
            height = 4 * (step + 1)
            x = max(0.0, _x(end - seconds, over))
            paths.setdefault(step, []).append(
                f"M{x:.1f} {20 - height}h{width:.2f}v{height}h-{width:.2f}z"
            )
    peak = max((burn for _, burn in trend.burn if burn > 0), default=None)
    fast = sum(burn > 1 for _, burn in trend.burn)
    group = figures.group(row) or row.id
    return Strip(
        row,
        tuple((step, "".join(paths[step])) for step in sorted(paths)),
        tuple(_gap(gap, over) for gap in trend.gaps),
        peak,
        f"Burn rate of {group} by {figures.duration(seconds)}: at most {figures.burn(peak)},"
        f" above 1 in {fast} of {len(trend.burn)}.",
    )


def spark(row: Row, trend: Trend) -> str:
    """A burn-down as small as a word: a path in 100 by 20."""
    over = row.window_measure.time_range
    points = _thinned(trend.left, _MOST_POINTS // 2)
    return "M" + "L".join(
        f"{_x(moment, over) / 10:.0f} {20 * min(1.0, max(0.0, 1 - left)):.1f}"
        for moment, left in points
    )


def bars(weeks: Sequence[Week]) -> tuple[Bar, ...]:
    """The weeks beside each other, the tallest as tall as the chart."""
    most, room = max((week.spent for week in weeks), default=0.0), 100 / max(len(weeks), 1)
    found = []
    for number, week in enumerate(weeks):
        height = 60 * week.spent / most if most > 0 else 0.0
        x = number * room + room * 0.15
        found.append(
            Bar(
                x=x,
                middle=number * room + room / 2,
                width=room * 0.7,
                top=18 + 60 - height,
                height=height,
                spent=figures.percent(week.spent),
                label=_short(week.over.start),
                is_whole=week.is_whole,
            )
        )
    return tuple(found)


def _x(moment: float, over: TimeRange) -> float:
    return max(0.0, min(1000.0, 1000 * (moment - over.start) / over.seconds))


def _band(start: float, end: float, over: TimeRange, least: float = 0.0) -> Band:
    first, last = _x(start, over), _x(end, over)
    width = max(last - first, least)
    return Band(round(min(first, 1000 - width), 1), round(width, 1))


def _gap(gap: TimeRange, over: TimeRange) -> Band:
    x = _percent(gap.start, over)
    return Band(x, round(_percent(gap.end, over) - x, 2))


def _percent(moment: float, over: TimeRange) -> float:
    """The place of a moment in percent of the figure's width."""
    return round(LEFT + (100 - LEFT) * _x(moment, over) / 1000, 2)


def _costliest(incidents: Sequence[Incident], over: TimeRange) -> tuple[Shown, ...]:
    """The costliest incidents, numbered in the order of time."""
    inside = [
        incident
        for incident in incidents
        if incident.end > over.start and (incident.budget_share or 1.0) >= _WORTH_MARKING
    ]
    worst = sorted(inside, key=lambda incident: -incident.bad)[:_MOST_MARKED]
    ordered = sorted(worst, key=lambda incident: incident.start)
    return tuple(Shown(number, incident) for number, incident in enumerate(ordered, start=1))


def _marks(shown: Sequence[Shown], over: TimeRange) -> Iterator[Mark]:
    """Numbers that do not lie on each other: one that would is moved to the right or left out."""
    last = 0.0
    for each in shown:
        middle = (each.incident.start + each.incident.end) / 2
        x = min(max(_percent(middle, over), last + _MARK), 98.0)
        if x >= last + _MARK:
            yield Mark(each.number, x)
            last = x


def _ticks(over: TimeRange) -> Iterator[tuple[float, str, str]]:
    """Three moments below a chart: place in percent, anchor, and text."""
    middle = (over.start + over.end) / 2
    yield LEFT, "start", _short(over.start)
    yield _percent(middle, over), "middle", _short(middle)
    yield 100.0, "end", _short(over.end)


def _short(moment: float) -> str:
    return figures.day(moment).rpartition(" ")[0]


def _thinned(
    points: Sequence[tuple[float, float]], most: int = 4 * _MOST_POINTS
) -> list[tuple[float, float]]:
    """Some of many points, and the last one always."""
    every = -(-len(points) // most)
    return [*points[:-1:every], points[-1]]
