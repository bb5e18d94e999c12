"""What Grafana does with a dashboard before Prometheus sees it: variables become text."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from slokit.text.durations import format_duration, parse_duration
from tests.support.history.samples import Sample

ALL = "$__all"
Chosen = Mapping[str, str | Sequence[str]]
Row = dict[str, Any]
_VARIABLE = re.compile(r"\$(?:(?P<name>\w+)|\{(?P<braced>\w+)(?::(?P<form>\w+))?\})")
_FOUR_SCRAPES = 240
_HIDDEN = 2
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")


@dataclass(frozen=True)
class PanelQuery:
    """One query of one panel; ``step`` is the least one in seconds, 0 when none is given.

    ``over`` is the time up to now that is asked for whatever time range is chosen, or 0.
    """

    panel: str
    ref_id: str
    expr: str
    is_instant: bool
    step: float
    over: float = 0.0


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All panels without headings, those of collapsed rows too."""
    found = []
    for panel in dashboard["panels"]:
        found += [panel, *panel.get("panels", [])]
    return [panel for panel in found if panel["type"] != "row"]


def queries(dashboard: Mapping[str, Any]) -> Iterator[PanelQuery]:
    """All queries of all panels."""
    for panel in panels(dashboard):
        step, over = (
            float(parse_duration(panel[key])) if key in panel else 0.0
            for key in ("interval", "timeFrom")
        )
        for target in panel.get("targets", []):
            yield PanelQuery(
                panel["title"], target["refId"], target["expr"], target["instant"], step, over
            )


def asked(dashboard: Mapping[str, Any], expr: str, chosen: Chosen, step: float = 600) -> str:
    """An expression with the variables as chosen; what is not chosen has its saved value.

    As Grafana's Prometheus data source does it: the values of a variable that takes several are
    escaped for a regular expression in a quoted string, and joined. Raises KeyError for a variable
    that the dashboard lacks.
    """
    texts = {name: _text(variable, chosen) for name, variable in _variables(dashboard).items()}
    texts["__interval"] = format_duration(int(step))
    texts["__rate_interval"] = format_duration(max(int(step), _FOUR_SCRAPES))
    return _VARIABLE.sub(lambda match: _replaced(match, texts), expr)


def _replaced(match: re.Match[str], texts: Mapping[str, str]) -> str:
    name = match["name"] or match["braced"]
    if name.isdigit() or name in ("__from", "__to"):
        # of label_replace, whose parts are numbers; or of the page's time
        return match[0]
    text = texts[name]
    return quote(text, safe="") if match["form"] == "percentencode" else text


def with_texts(
    dashboard: Mapping[str, Any], chosen: Chosen, instant: Callable[[str], Sequence[Sample]]
) -> Chosen:
    """What is chosen, and what the hidden variables become by the server's answers to it."""
    texts = {
        name: answered(variable, instant(asked(dashboard, _query_of(variable), chosen)))
        for name, variable in _variables(dashboard).items()
        if variable.get("hide") == _HIDDEN
    }
    return {**chosen, **texts}


def _query_of(variable: Mapping[str, Any]) -> str:
    query: str = variable["query"]
    return query.removeprefix("query_result(").removesuffix(")")


def answered(variable: Mapping[str, Any], samples: Sequence[Sample]) -> str:
    """What a variable becomes by the answers to its `query_result`: what its pattern finds first.

    Grafana writes each answer as a line before it looks for the pattern.
    """
    pattern = re.compile(variable["regex"].strip("/"))
    for sample in samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
        if match := pattern.search(f"{{{labels}}} {sample.value:g} {sample.at * 1000:.0f}"):
            return match[1]
    return ""


def table(panel: Mapping[str, Any], answers: Mapping[str, Sequence[Sample]]) -> list[Row]:
    """The rows that a table shows for its queries' answers, by the titles of its columns.

    Rows whose common labels are equal become one; then columns are renamed and rows ordered.
    """
    rows: list[Row] = []
    for ref_id, samples in answers.items():
        value = f"Value #{ref_id}" if len(answers) > 1 else "Value"
        for sample in samples:
            row: Row = {**sample.labels, value: sample.value}
            for other in rows:
                if all(other.get(name, part) == part for name, part in row.items()):
                    other.update(row)
                    break
            else:
                rows.append(row)
    options = {step["id"]: step["options"] for step in panel["transformations"]}
    titles = options["organize"]["renameByName"]
    # a column that the dashboard does not know keeps its name
    named = [{titles.get(name, name): part for name, part in row.items()} for row in rows]
    (order,) = options["sortBy"]["sort"]
    kept = _ordered(named, order["field"], order["desc"])[: options["limit"]["limitField"]]
    for shown in reversed(panel["options"]["sortBy"]):
        kept = _ordered(kept, shown["displayName"], shown["desc"])
    return kept


def _ordered(rows: list[Row], column: str, is_descending: bool) -> list[Row]:
    with_value = [row for row in rows if column in row]
    without = [row for row in rows if column not in row]
    return [*sorted(with_value, key=lambda row: row[column], reverse=is_descending), *without]


def words(panel: Mapping[str, Any], column: str) -> dict[float, str]:
    """The texts that a column shows for its values."""
    (override,) = (
        o for o in panel["fieldConfig"]["overrides"] if o["matcher"]["options"] == column
    )
    (mappings,) = (p["value"] for p in override["properties"] if p["id"] == "mappings")
    return {float(value): text["text"] for value, text in mappings[0]["options"].items()}


def _variables(dashboard: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def _text(variable: Mapping[str, Any], chosen: Chosen) -> str:
    value = chosen.get(variable["name"], variable.get("current", {}).get("value", ""))
    if value == ALL:
        return str(variable["allValue"])
    if not variable["multi"]:
        return str(value)
    values = [value] if isinstance(value, str) else value
    escaped = [_escaped(one) for one in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _escaped(value: str) -> str:
    doubled = value.replace("\\", "\\\\\\\\")
    return _SPECIAL.sub(lambda match: f"\\\\{match[0]}", doubled)


def read(text: str) -> dict[str, Any]:
    """A dashboard's file."""
    dashboard: dict[str, Any] = json.loads(text)
    return dashboard
