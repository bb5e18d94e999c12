"""How Grafana shows fields: thresholds, words, links, and the order of columns."""

import string
from typing import Any

from slokit.dashboards.panels import Column, Link, Shown, Table


def ref_id(number: int) -> str:
    """The name of a panel's query: a letter."""
    return string.ascii_uppercase[number]


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
    if column.link:
        properties["links"] = [_link(column.link)]
    return {
        "matcher": {"id": "byName", "options": column.title},
        "properties": [
            {"id": name, "value": value} for name, value in properties.items() if value is not None
        ],
    }


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
    is_coloured = column.shown.words or len(column.shown.steps) > 1
    return {"type": "color-text" if is_coloured else "auto"}


def _link(link: Link) -> dict[str, Any]:
    return {"title": link.title, "url": link.url, "targetBlank": not link.url.startswith("/")}
