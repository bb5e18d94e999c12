"""What SLOs are about: a closed section for each category, with its SLIs and their raw series.

The raw series are the first facet of each SLI, as on the debug dashboards; those of SLOs that are
not chosen stay away. Where a category has more of them than can be drawn, a few words stand there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from slokit.compiler import ledger as compiled
from slokit.compiler import names
from slokit.dashboards.about import LEGEND_LABELS
from slokit.dashboards.over_time import sli_of
from slokit.dashboards.panels import (
    GREEN,
    GREY,
    Column,
    Graph,
    Link,
    Panel,
    Query,
    Section,
    Shown,
    Step,
    Table,
    Text,
)
from slokit.dashboards.queries import OWNER, Ledger
from slokit.dashboards.units import shown_unit
from slokit.model.bundle import Bundle
from slokit.model.ledger import RATE_RANGE, Facet
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher, quote
from slokit.text.durations import format_duration

MOST_SLIS = 8  # in one graph: each has up to three queries, named by a letter
_MOST_SECTIONS = 12  # the rest shares one
_MOST_GRAPHS = 2  # of raw series of one kind
_MOST_RAW = 3  # panels of raw series in a section
_DAY = Fraction(86_400)
_NOT_MEASURED = ("", "per second")  # units of what is counted, not measured
_LINE, _MEMBER = "line", "member"
_Part = tuple[tuple[tuple[str, str], ...], list[Slo]]  # queries, and the SLOs that read them
_ORDER = (
    *("availability", "latency", "errors", "replication-lag", "election-rate"),
    *("election-duration", "churn", "rebalance-time", "saturation", "backpressure"),
)


def categories(bundle: Bundle, ledger: Ledger, link: Link, room: int) -> Iterator[Section]:
    """The usual ones first, then others by name; ``room`` is for how many panels there is place.

    What is too much for a page that a person reads stands on the debug dashboards.
    """
    held = {slo.category for slo in bundle.slos} - {""}
    ordered = sorted(held, key=lambda one: (one not in _ORDER, *_rank(one)))
    own, others = ordered[:_MOST_SECTIONS], ordered[_MOST_SECTIONS:]
    room -= len(own) + bool(others)
    for category in own:
        slos = [slo for slo in bundle.slos if slo.category == category]
        title = category.replace("-", " ").capitalize()
        shares = (sli_of(ledger, (category,), link),) if any(s.objective for s in slos) else ()
        raw = tuple(_raw(category, slos, bundle, ledger))[: max(0, min(room, _MOST_RAW))]
        room -= len(raw)
        yield Section(f"category {category}", title, (*shares, *raw), is_closed=True)
    if others:
        panels = (sli_of(ledger, tuple(others), link),)
        yield Section("other categories", "Other categories", panels, is_closed=True)


def _rank(category: str) -> tuple[int, str]:
    return (_ORDER.index(category) if category in _ORDER else 0, category)


def facets_of(slo: Slo, bundle: Bundle, ledger: Ledger) -> tuple[Facet, ...]:
    """How its SLI wants to be looked at, narrowed by the groups that are chosen."""
    terms = compiled.terms(slo, bundle.project)
    joined = set(slo.folding.join.labels) if slo.folding.join else set()
    chosen = tuple(
        Matcher(label.source, "=~", f"${ledger.chosen_groups[label.name]}")
        for label in slo.folding.group_by
        if label.name in ledger.chosen_groups and label.source not in joined
    )
    terms = replace(terms, folding=replace(slo.folding, match=chosen))
    return tuple(slo.sli.facets(terms))


def _raw(category: str, slos: list[Slo], bundle: Bundle, ledger: Ledger) -> Iterator[Panel]:
    """The first facets, in graphs of one kind and unit; SLOs that read the same share a query."""
    found: dict[tuple[str, str], dict[tuple[tuple[str, str], ...], list[Slo]]] = {}
    firsts: dict[tuple[str, str], Facet] = {}
    for slo in slos:
        for facet in facets_of(slo, bundle, ledger)[:1]:
            kind = (facet.key, facet.unit)
            firsts.setdefault(kind, facet)
            found.setdefault(kind, {}).setdefault(facet.queries, []).append(slo)
    # what most SLOs of the category are about comes first
    for kind, read in sorted(found.items(), key=lambda one: -len(one[1])):
        parts = list(read.items())
        if len(parts) > MOST_SLIS * _MOST_GRAPHS or any(len(asked) > 3 for asked in read):
            yield _too_many(category, firsts[kind])
            continue
        for number, start in enumerate(range(0, len(parts), MOST_SLIS)):
            some = parts[start : start + MOST_SLIS]
            yield _graph(category, firsts[kind], some, number, bundle, ledger)
            if number == 0 and firsts[kind].unit not in _NOT_MEASURED:
                yield _values(category, firsts[kind], some, bundle, ledger)


def _values(
    category: str, facet: Facet, parts: Sequence[_Part], bundle: Bundle, ledger: Ledger
) -> Table:
    """What graphs of seconds or bytes show, as numbers: now, and over as long as raw is read."""
    slos = [slo for _, of_part in parts for slo in of_part]
    window = min((s.window.longest for s in slos if s.window.is_rolling), default=_DAY)
    day = format_duration(min(_DAY, window))
    is_low_worst = "bottomk(" in facet.queries[0][0]
    worst = "min_over_time" if is_low_worst else "max_over_time"

    def over_a_day(expr: str) -> str:
        if RATE_RANGE in expr:
            return expr.replace(RATE_RANGE, f"[{day}]")
        return f"{worst}(({expr})[{day}:{format_duration(ledger.project.ledger_window)}])"

    shown = Shown(shown_unit(facet.unit), None, (Step(GREY),))
    over = f"Over {day}"
    return Table(
        key=f"{category}-{facet.key}-{facet.unit}-values",
        title=f"{facet.title}: now and over {day}",
        description=(
            f"Beside the value of the last minutes that of the last {day}: a quantile of all its"
            f" events, or of a level the {'lowest' if is_low_worst else 'highest'} one of each"
            " member. Over the SLO's whole window the share within the limit is kept, in the table"
            " of all SLIs: raw series are not read over so long."
        ),
        width=12,
        height=9,
        columns=(
            Column(title="SLI", label=_LINE, pixels=200, grows=True),
            Column(title="Member", label=_MEMBER, pixels=120, grows=True),
            Column(title="Now", expr=_rows(parts, ledger, str), shown=shown, pixels=90),
            Column(title=over, expr=_rows(parts, ledger, over_a_day), shown=shown, pixels=90),
        ),
        sort_by=((over, not is_low_worst),),
        limit=100,
    )


def _rows(parts: Sequence[_Part], ledger: Ledger, reads: Callable[[str], str]) -> str:
    """One sample for each line of the graph, by its name and its member."""
    found = []
    for queries, slos in parts:
        lines = "\nor ".join(_line(slos, reads(expr), legend) for expr, legend in queries)
        found.append(f"({lines})\nand on () {_chosen(slos, ledger)}")
    every = "\nor ".join(found)
    return f"max by ({_LINE}, {_MEMBER}) (\n{every}\n)"


def _line(slos: list[Slo], expr: str, legend: str) -> str:
    """The expression with its name in a label, and its member's in another."""
    labels = LEGEND_LABELS.findall(legend)
    name = f"{_name(slos)} {LEGEND_LABELS.sub('', legend)}".strip()
    if labels:
        expr = f'label_join({expr}, "{_MEMBER}", " ", {", ".join(map(quote, labels))})'
    return f'label_replace({expr}, "{_LINE}", {quote(name)}, "", "")'


def _graph(
    category: str,
    facet: Facet,
    parts: Sequence[_Part],
    number: int,
    bundle: Bundle,
    ledger: Ledger,
) -> Graph:
    queries = tuple(
        Query(f"({expr})\nand on () {_chosen(slos, ledger)}", f"{_name(slos)} {legend}".strip())
        for asked, slos in parts
        for expr, legend in asked
    )
    return Graph(
        key=f"{category}-{facet.key}-{facet.unit}-{number}",
        title=f"{facet.title} ({facet.unit})" if facet.unit else facet.title,
        description=(
            "The raw series of the chosen SLOs, as their debug dashboards show them one by one."
            " Choose a service or an SLO to see its own alone; the highest line is first in the"
            " legend."
        ),
        width=12,
        height=9,
        shown=Shown(shown_unit(facet.unit), None, (Step(GREEN),)),
        queries=queries,
        resolution=bundle.project.interval,
    )


def _chosen(slos: list[Slo], ledger: Ledger) -> str:
    """The info series of the SLOs, as far as they are chosen."""
    (service,) = {slo.service for slo in slos} if len({s.service for s in slos}) == 1 else ("",)
    own = {names.BUNDLE: f"${names.BUNDLE}", **({names.SERVICE: service} if service else {})}
    called = Matcher(names.SLO, "=~", "|".join(dict.fromkeys(slo.name for slo in slos)))
    choices = [names.SERVICE, names.SLO, *([OWNER] if ledger.has_owners else [])]
    picked = (Matcher(label, "=~", f"${label}") for label in choices)
    return build.series(names.INFO, own, called, *picked)


def _name(slos: list[Slo]) -> str:
    return f"{slos[0].service}/{slos[0].name}"


def _too_many(category: str, facet: Facet) -> Text:
    return Text(
        key=f"{category}-{facet.key}-{facet.unit}-elsewhere",
        title=facet.title,
        description="Where the raw series are, of a category with more SLIs than one can read.",
        width=12,
        height=9,
        content="There are more of these than can be read in one graph. They stand on the debug"
        " dashboards, one a service: choose it in the list at the top.",
    )
