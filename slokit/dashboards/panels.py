"""What dashboards are made of, as data, and where panels stand on the grid.

How a viewer wants it written is a target's matter.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

NO_DATA = "no traffic / not loaded"
COLUMNS = 24  # of the grid; a row of it is 30 pixels high
MOST_LINES = 10  # in a graph that is meant to be read

RED, ORANGE, GREEN, BLUE, PURPLE, GREY = "red", "orange", "green", "blue", "purple", "text"


@dataclass(frozen=True, slots=True)
class Step:
    """A colour from a value on; None is the colour below all others."""

    colour: str
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How numbers are shown: Grafana's unit id, decimals, colours, and words for single values.

    ``words`` are pairs of (text, colour) for the values 0, 1, 2, …; ``spans`` are those for values
    from a number on, the lowest first.
    """

    unit: str = "short"
    decimals: int | None = None
    steps: tuple[Step, ...] = (Step(GREEN),)
    words: tuple[tuple[str, str], ...] = ()
    spans: tuple[tuple[float, str, str], ...] = ()


COUNT = Shown("short", 0, (Step(GREY),))


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression, and the name of its lines with labels as ``{{label}}``.

    ``unit`` is Grafana's id of its own unit, where it is not that of its panel.
    """

    expr: str
    legend: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What every panel has. ``key`` is its name for ever: its id is made of it.

    ``description`` is for the engineer on call; ``empty`` is what stands where nothing was found.
    """

    key: str
    title: str
    description: str
    width: int
    height: int
    shown: Shown = Shown()
    empty: str = NO_DATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat(Panel):
    """One big number: what ``expr`` says at the end of the time range."""

    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph(Panel):
    """Lines over time, never closer than ``resolution`` seconds, the worst one first in the legend.

    ``always_over`` is a time in seconds up to now that is shown whatever time range is chosen.
    ``has_limits`` draws the colour steps as lines, and ``reaches`` is what the axis shows at least;
    ``is_low_worst`` says that the lowest line is the worst one, ``is_logarithmic`` that lines
    differ by powers of ten, so that a limit is seen beside what is far above it. ``link`` is
    followed from a line.
    """

    queries: tuple[Query, ...]
    resolution: Fraction
    always_over: Fraction | None = None
    has_limits: bool = False
    reaches: int | None = None
    is_stepped: bool = False
    is_low_worst: bool = False
    is_logarithmic: bool = False
    link: "Link | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: of a label when there is no ``expr``, else of the expression's values.

    ``links`` may hold ``${__value.raw}``, and ``${__data.fields.Title}`` of another column.
    ``empty`` stands in cells of rows that have no such value; without a label nothing stands there.
    ``pixels`` is its width, and ``grows`` gives it a share of what the others leave; ``text``
    stands in the place of every value, where a click matters more than what is clicked.
    """

    title: str
    label: str = ""
    expr: str = ""
    shown: Shown = Shown()
    is_gauge: bool = False
    empty: str = "–"
    links: "tuple[Link, ...]" = ()
    pixels: int = 90
    grows: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Panel):
    """Rows of equal labels, ordered by a column, equal ones by another; at most ``limit`` of them.

    Columns to sort by are pairs of (title, whether the highest is first).
    """

    columns: tuple[Column, ...]
    sort_by: tuple[tuple[str, bool], ...]
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap(Panel):
    """How events spread over the buckets of a histogram, with each bucket's bound in ``le``.

    A native histogram brings its buckets in its samples.
    """

    expr: str
    resolution: Fraction
    is_native: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Panel):
    """Words in Markdown, which ask nothing."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs(Panel):
    """Lines of logs from a Loki: ``expr`` is LogQL, and ``source`` is the data source's uid."""

    expr: str
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the panels below it, from left to right.

    One that is closed asks nothing before it is opened; ``repeat`` is a variable of whose chosen
    values each has the section once.
    """

    key: str
    title: str
    panels: tuple[Panel, ...]
    is_closed: bool = False
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link: within Grafana when it begins with a slash."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top. ``query`` lists its values; ``fixed`` is its only one.

    ``pattern`` finds a value in each answer of the query. ``is_filter`` is a choice of any labels;
    ``is_single`` allows one value at a time, ``is_hidden`` shows none. With neither a query nor a
    fixed value it chooses the data source.
    """

    name: str
    title: str
    description: str
    query: str = ""
    fixed: str = ""
    pattern: str = ""
    is_filter: bool = False
    is_single: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What is marked in all graphs while ``expr`` has samples, such as a deployment."""

    name: str
    expr: str
    title: str
    colour: str = BLUE


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard of one bundle, or of one of its services.

    ``kind`` is what it shares with those of other services. ``uid`` is its own where other
    dashboards reckon it from a service's name. ``linked_kinds`` are listed at the top, and keep the
    time and the choices; sections without panels are left out.
    """

    name: str
    kind: str
    title: str
    description: str
    variables: tuple[Variable, ...]
    sections: tuple[Section, ...]
    links: tuple[Link, ...] = ()
    start: str = "now-24h"
    events: tuple[Event, ...] = ()
    linked_kinds: tuple[str, ...] = ()
    service: str = ""
    uid: str = ""

    @property
    def tags(self) -> tuple[str, str]:
        """By which others list it."""
        return ("slokit", self.kind)


_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel or a heading with its id and its place: columns and rows from the top left."""

    content: Section | Panel
    id: int
    x: int
    y: int
    width: int
    height: int


def place(dashboard: Dashboard) -> tuple[Placed, ...]:
    """All headings and panels of a dashboard, in reading order."""
    placed: list[Placed] = []
    for section in dashboard.sections:
        top = max((p.y + p.height for p in placed), default=0)
        placed.append(Placed(section, panel_id(f"section {section.key}"), 0, top, COLUMNS, 1))
        placed.extend(_flow(section, top + 1))
    return tuple(placed)


def panel_id(key: str) -> int:
    """A number that a panel keeps, whatever else comes and goes: links to it stay good."""
    return zlib.crc32(key.encode()) & _LARGEST_ID or 1


def _flow(section: Section, top: int) -> Iterator[Placed]:
    """The panels in lines: each as tall as its tallest, and stretched to the whole width."""
    y = top
    for line in _lines(section.panels):
        tallest, wanted, x = max(panel.height for panel in line), sum(p.width for p in line), 0
        for number, panel in enumerate(line, 1):
            end = COLUMNS * sum(p.width for p in line[:number]) // wanted
            yield Placed(panel, panel_id(panel.key), x, y, end - x, tallest)
            x = end
        y += tallest


def _lines(panels: tuple[Panel, ...]) -> Iterator[list[Panel]]:
    """The panels that fit beside each other."""
    line: list[Panel] = []
    for panel in panels:
        if sum(p.width for p in line) + panel.width > COLUMNS:
            yield line
            line = []
        line.append(panel)
    if line:
        yield line
