"""The pages about dashboards: what each panel is for, in the panels' own words.

They show the dashboards of a small bundle that has all there is: an SLO of each type, the
categories that have panels of their own, a calendar window, owners, runbooks and logs.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.reference.sample import loaded
from scripts.reference.tables import table
from slokit.dashboards import Dashboard, Settings, dashboards_of
from slokit.dashboards.panels import (
    NO_DATA,
    Graph,
    Heatmap,
    Logs,
    Panel,
    Section,
    Stat,
    Table,
    Text,
)
from slokit.model.bundle import Bundle
from slokit.sli import SLI_TYPES

_FORMS: Mapping[type[Panel], str] = {
    Stat: "number",
    Graph: "graph",
    Table: "table",
    Heatmap: "heat map",
    Text: "words",
    Logs: "log lines",
}
# What the SLO of each type is about, as far as dashboards have panels for it.
_CATEGORIES = {
    "events": "availability",
    "latency": "latency",
    "threshold": "election-duration",
    "rate": "election-rate",
}
_MONTH = {"events": {"window": {"calendar": "month"}}}
_OWNED = {"owner": "team-shop", "runbook": "https://runbooks.example.com/shop"}
_SETTINGS = Settings(
    logs="https://grafana.example.com/explore?service={service}",
    traces="https://jaeger.example.com/search?service={service}",
    loki="loki",
)


def pages(directory: Path) -> dict[Path, list[str]]:
    """The pages of a directory, one a kind of dashboard: each its title and its paragraphs."""
    found: dict[Path, list[str]] = {}
    for made in dashboards_of(_bundle(), _SETTINGS):
        page = directory / f"dashboard-{made.kind}.md"
        found.setdefault(page, [f"The {made.kind} dashboard", *_page(made)])
    return found


def _bundle() -> Bundle:
    slos: list[dict[str, Any]] = []
    for sli in SLI_TYPES:
        category = _CATEGORIES.get(sli.name)
        about = {"category": category} if category else {}
        body = {sli.name: yaml.safe_load(sli.example)}
        slos.append({"name": sli.name, "sli": body, **about, **_OWNED, **_MONTH.get(sli.name, {})})
    return loaded(slos)


def _page(made: Dashboard) -> Iterator[str]:
    yield (
        f"{made.description} It opens over {made.start.replace('now-', 'the last ')}."
        " How to get it into Grafana: [dashboards](../how-to/dashboards.md).\n"
    )
    yield (
        "This is the dashboard of a service `shop` that has an SLO of each type, grouped by"
        " `cluster`: yours has the sections and the choices that its own SLOs call for."
        f" Where nothing was found, a panel says “{NO_DATA}”, unless its line here says otherwise:"
        " the rules are not loaded there, or nothing happened.\n"
    )
    yield "What can be chosen at the top:\n"
    yield table(
        ("choice", "what it is"),
        ((one.title, one.description) for one in made.variables),
    )
    marks = ", ".join(event.name.lower() for event in made.events)
    links = ", ".join(link.title.lower() for link in made.links)
    yield f"Marked in all graphs: {marks}.{f' Links at the top: {links}.' if links else ''}\n"
    for section in made.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    if section.is_closed:
        repeated = f", once for each chosen `{section.repeat}`" if section.repeat else ""
        yield f"Closed: it asks nothing before it is opened{repeated}.\n"
    rows = ((p.title, _FORMS[type(p)], f"{p.description}{_empty(p)}") for p in section.panels)
    yield table(("panel", "is", "what it is for"), rows)
    for panel in section.panels:
        if isinstance(panel, Table):
            columns = ", ".join(f"*{column.title}*" for column in panel.columns)
            orders = ", then by ".join(f"*{title}*" for title, _ in panel.sort_by)
            yield f"Columns of *{panel.title}*: {columns}; ordered by {orders}.\n"


def _empty(panel: Panel) -> str:
    """The panel's own words for no data, where they are not the usual ones."""
    return "" if panel.empty == NO_DATA else f" Empty: “{panel.empty}”."
