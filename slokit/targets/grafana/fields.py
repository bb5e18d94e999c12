"""How Grafana shows fields: thresholds, words, links, and the order of columns."""

import string
from collections.abc import Iterator
from typing import Any

from slokit.dashboards.panels import Column, Graph, Link, Shown, Table

_HIGHEST = 1e9  # of a range that has no end


def ref_id(number: int) -> str:
    """The name of a panel's query, as Grafana counts: A to Z, then AA, AB, ….

    >>> ref_id(0), ref_id(25), ref_id(26)
    ('A', 'Z', 'AA')
    """
    before, last = divmod(number, len(string.ascii_uppercase))
    return (ref_id(before - 1) if before else "") + string.ascii_uppercase[last]


def steps(shown: Shown) -> list[dict[str, Any]]:
    """Thresholds; the lowest has no value, which means minus infinity."""
    return [{"color": step.colour, "value": step.start} for step in shown.steps]


def defaults(empty: str, link: Link | None = None) -> dict[str, Any]:
    """What holds for all fields of a panel: the words where nothing was found, and a link."""
    return {"noValue": empty, **({"links": [_link(link)]} if link else {})}


def override(column: Column) -> dict[str, Any]:
    """How the cells of one column look."""
    shown = column.shown
    properties: dict[str, Any] = {"noValue": column.empty if column.expr else ""}
    if column.expr:
        properties["unit"] = shown.unit
        properties["decimals"] = shown.decimals
        properties["thresholds"] = {"mode": "absolute", "steps": steps(shown)}
        properties["custom.cellOptions"] = _cell(column)
    properties["custom.minWidth" if column.grows else "custom.width"] = column.pixels
    if column.is_gauge:
        properties |= {"min": 0, "max": 1}
    if shown.words:
        words = {
            str(number): {"text": text, "color": colour, "index": number}
            for number, (text, colour) in enumerate(shown.words)
        }
        properties["mappings"] = [{"type": "value", "options": words}]
    if column.text:
        result = {"text": column.text, "index": 0}
        properties["mappings"] = [{"type": "regex", "options": {"pattern": ".+", "result": result}}]
    if shown.spans:
        properties["mappings"] = [*_ranges(shown)]
    if column.links:
        properties["links"] = [_link(link) for link in column.links]
    return {
        "matcher": {"id": "byName", "options": column.title},
        "properties": [
            {"id": name, "value": value} for name, value in properties.items() if value is not None
        ],
    }


def _ranges(shown: Shown) -> Iterator[dict[str, Any]]:
    """Words for values from a number on; the first range that holds a value names it."""
    for index, (start, text, colour) in enumerate(reversed(shown.spans)):
        result = {"text": text, "color": colour, "index": index}
        yield {"type": "range", "options": {"from": start, "to": _HIGHEST, "result": result}}


def own_units(graph: Graph) -> list[dict[str, Any]]:
    """The units of queries that have one of their own."""
    return [
        {
            "matcher": {"id": "byFrameRefID", "options": ref_id(number)},
            "properties": [{"id": "unit", "value": query.unit}],
        }
        for number, query in enumerate(graph.queries)
        if query.unit
    ]


def transformations(table: Table) -> list[dict[str, Any]]:
    """The queries' answers in one table, columns in order and by their titles, the worst first."""
    sources = _sources(table)
    organize = {
        "excludeByName": {"Time": True},
        "indexByName": {source: number for number, source in enumerate(sources)},
        "renameByName": dict(zip(sources, (c.title for c in table.columns), strict=True)),
    }
    # of what is left when there are too many rows: Grafana takes one order here
    order, *_ = ({"field": title, "desc": desc} for title, desc in table.sort_by)
    return [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": organize},
        {"id": "sortBy", "options": {"sort": [order]}},
        {"id": "limit", "options": {"limitField": table.limit}},
    ]


def _sources(table: Table) -> list[str]:
    """What Grafana calls the columns: labels by name, values by the query's letter."""
    values = [column for column in table.columns if column.expr]
    letters = {
        column.title: f"Value #{ref_id(number)}" if len(values) > 1 else "Value"
        for number, column in enumerate(values)
    }
    return [column.label or letters[column.title] for column in table.columns]


def _cell(column: Column) -> dict[str, Any]:
    if column.is_gauge:
        return {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    shown = column.shown
    is_coloured = shown.words or shown.spans or len(shown.steps) > 1
    return {"type": "color-text" if is_coloured else "auto"}


def _link(link: Link) -> dict[str, Any]:
    return {"title": link.title, "url": link.url, "targetBlank": not link.url.startswith("/")}
