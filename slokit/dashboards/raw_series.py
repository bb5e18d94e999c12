"""The raw series behind SLOs, as their SLIs want to be looked at (their facets).

No panel here knows which type an SLI has: a new type brings its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from slokit.compiler import ledger as compiled
from slokit.compiler import names
from slokit.dashboards.panels import (
    BLUE,
    GREEN,
    GREY,
    RED,
    Column,
    Graph,
    Heatmap,
    Panel,
    Query,
    Shown,
    Step,
    Table,
)
from slokit.dashboards.queries import OWNER, Ledger
from slokit.dashboards.units import shown_unit
from slokit.model.bundle import Bundle
from slokit.model.ledger import RATE_RANGE, Facet
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher, quote
from slokit.text.durations import format_duration

EMPTY = "no such series here / nothing happened"
MOST_MEMBERS = 100  # queries of one graph
_DAY = Fraction(86_400)
_RAW = Fraction(6 * 3600)  # raw series are read over no more, whatever the page shows
_NOT_MEASURED = ("", "per second")  # units of what is counted, not measured
_LINE, _MEMBER = "line", "member"
_LABEL = re.compile(r"\{\{(.+?)\}\}")
_OF_BAD = ("slow", "bad")  # facets that show bad events


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


def panels_of(slo: Slo, bundle: Bundle, ledger: Ledger) -> Iterator[Panel]:
    """Each facet, and as numbers what the first one measures."""
    for number, facet in enumerate(facets_of(slo, bundle, ledger)):
        yield _panel(slo, facet, bundle, ledger)
        if number == 0 and facet.form == "lines" and facet.unit not in _NOT_MEASURED:
            yield _values(slo, facet, ledger)


def _panel(slo: Slo, facet: Facet, bundle: Bundle, ledger: Ledger) -> Panel:
    colours = (RED, GREEN) if len(facet.limits) > 1 else (RED,)
    limits = (
        Step(colour, float(limit))
        for limit, colour in zip(sorted(facet.limits), reversed(colours), strict=False)
    )
    shown = Shown(shown_unit(facet.unit), None, (Step(GREEN), *limits))
    frame: dict[str, Any] = {
        "key": f"{slo.name}/{facet.key}",
        "title": facet.title,
        "description": facet.description,
        "width": 12,
        "height": 9,
        "shown": shown,
        "empty": EMPTY,
        "resolution": bundle.project.interval,
    }
    if facet.form != "lines":
        is_native = facet.form == "native"
        expr = ledger.owned_raw(facet.queries[0][0], slo)
        return Heatmap(**frame, expr=expr, is_native=is_native)
    queries = tuple(Query(ledger.owned_raw(expr, slo), legend) for expr, legend in facet.queries)
    return Graph(**frame, queries=queries, has_limits=bool(facet.limits))


def _values(slo: Slo, facet: Facet, ledger: Ledger) -> Table:
    """What a graph of seconds or bytes shows, as numbers: now, and over as long as raw is read."""
    day = format_duration(min(_DAY, slo.window.longest))
    first, _ = facet.queries[0]
    is_low_worst = "bottomk(" in first
    worst = "min_over_time" if is_low_worst else "max_over_time"
    of_day = "that of all its events"
    if RATE_RANGE not in first:
        of_day = f"the {'lowest' if is_low_worst else 'highest'} one of each member"
    window = ledger.project.ledger_window
    # PromQL of the user's looks back over a ledger window by itself: with it, it is a day
    steps = f"{format_duration(min(_DAY, slo.window.longest) - window)}:{format_duration(window)}"

    def over_a_day(expr: str) -> str:
        if RATE_RANGE in expr:
            return expr.replace(RATE_RANGE, f"[{day}]")
        return f"{worst}(({expr})[{steps}])"

    shown, over = Shown(shown_unit(facet.unit), None, (Step(GREY),)), f"Over {day}"
    now, then = (
        ledger.owned_raw(_rows(facet, (reads(expr) for expr, _ in facet.queries)), slo)
        for reads in (str, over_a_day)
    )
    return Table(
        key=f"{slo.name}/{facet.key}/values",
        title=f"{facet.title}: now and over {day}",
        description=(
            f"Beside each value of the last minutes {of_day}, over {day}. Of the SLO's whole window"
            " the share within the limit is kept, on the page of the SLO: raw series are not read"
            " over so long."
        ),
        width=12,
        height=9,
        empty=EMPTY,
        columns=(
            Column(title="What", label=_LINE, pixels=120, grows=True),
            *((Column(title="Member", label=_MEMBER, grows=True),) if _labels(facet) else ()),
            Column(title="Now", expr=now, shown=shown),
            Column(title=over, expr=then, shown=shown),
        ),
        sort_by=((over, not is_low_worst),),
        limit=100,
    )


def _rows(facet: Facet, exprs: Iterable[str]) -> str:
    """One sample for each line of the graph, by its name and its member."""
    lines = []
    for expr, (_, legend) in zip(exprs, facet.queries, strict=True):
        labels, name = _LABEL.findall(legend), _LABEL.sub("", legend).strip()
        of_member = f'"{_MEMBER}", " ", {", ".join(map(quote, labels))}'
        joined = f"label_join({expr}, {of_member})" if labels else expr
        lines.append(f'label_replace({joined}, "{_LINE}", {quote(name or "value")}, "", "")')
    every = "\nor ".join(lines)
    return f"max by ({_LINE}, {_MEMBER}) (\n{every}\n)"


def by_member(bundle: Bundle, ledger: Ledger) -> tuple[Graph, ...]:
    """The members of the chosen SLO: what is bad of each, or the level that is judged.

    A query for each of the service's SLOs, or none where those are more than can be asked at once.
    """
    asked: dict[tuple[str, str, str], list[str]] = {}
    for slo in bundle.slos:
        facet = _of_members(slo, facets_of(slo, bundle, ledger))
        for expr, legend in facet.queries:
            asked.setdefault((expr, legend, shown_unit(facet.unit)), []).append(slo.name)
    if len(asked) > MOST_MEMBERS:
        return ()
    return (
        Graph(
            key="members",
            title="Bad events by member, or the level of each",
            description=(
                "Bad events per second of each member of the chosen SLO over the last six hours, or"
                " the level of each where a level is judged, of the groups that are chosen. One"
                " member that stands apart fails by itself; all together, look at what they share."
                " The debug dashboard shows more of them."
            ),
            width=24,
            height=10,
            shown=Shown("short", None, (Step(BLUE),)),
            empty=EMPTY,
            queries=tuple(
                Query(f"({expr})\nand on () {_chosen(slos, ledger)}", legend, unit)
                for (expr, legend, unit), slos in asked.items()
            ),
            resolution=2 * bundle.project.interval,
            always_over=_RAW,
        ),
    )


def _of_members(slo: Slo, facets: Iterable[Facet]) -> Facet:
    """What an SLI says of members: of bad events if it has it, else of the levels it judges."""
    lines = [facet for facet in facets if facet.form == "lines"]
    own = set(slo.folding.sources)
    # PromQL of the user's has labels of its own, which are not known here
    of_members = [f for f in lines if not (labels := _labels(f)) or labels - own]
    return next((f for f in of_members if f.key in _OF_BAD), [*of_members, *lines][0])


def _labels(facet: Facet) -> set[str]:
    return {label for _, legend in facet.queries for label in _LABEL.findall(legend)}


def _chosen(slos: Iterable[str], ledger: Ledger) -> str:
    """The info series of these SLOs of a service, as far as they are chosen."""
    own = {names.BUNDLE: f"${names.BUNDLE}"}
    choices = [names.SERVICE, names.SLO, *([OWNER] if ledger.has_owners else [])]
    picked = (Matcher(label, "=~", f"${label}") for label in choices)
    return build.series(names.INFO, own, Matcher(names.SLO, "=~", "|".join(slos)), *picked)
