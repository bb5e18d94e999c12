"""A dashboard drawn as a page of its own: every box of the grid with what its queries answered.

It is no Grafana: it has the sizes of its grid, its titles, units, thresholds, tables and legends,
enough to see what a reader would see first, what does not fit, and what is empty.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import copysign, isfinite, log10
from typing import Any

from slokit.text.durations import parse_duration
from tests.support.history.samples import Sample, Series
from tests.support.servers import grafana

WIDTH, ROW, GAP, TOP = 1600, 30, 8, 70  # pixels: Grafana's own, but for the width of a window
_HEADER, _LINE = 30, 20
_POINTS = 300
_LEAST_COLUMN = 150  # what Grafana gives to a column of a table that says nothing of its own
_COLOURS = ("#7EB26D", "#EAB839", "#6ED0E0", "#EF843C", "#E24D42", "#1F78C1", "#BA43A9", "#705DA0")
_NAMED = {"green": "#299c46", "orange": "#e0700a", "red": "#d0202f", "blue": "#3274d9"}
_NAMED |= {"purple": "#8f3bb8", "text": "#24292e"}
_STYLE = """
* { box-sizing: border-box } body { margin: 0; background: #f4f5f5; width: WIDTHpx;
font: 13px/20px sans-serif; color: #24292e; position: relative } .panel, .row { position: absolute;
overflow: hidden } .panel { background: #fff; border: 1px solid #d8d9da } .row { font-weight: bold;
white-space: nowrap } h2 { font-size: 14px; line-height: 30px; margin: 0 8px; overflow: hidden;
white-space: nowrap; text-overflow: ellipsis } .body { position: absolute; inset: 30px 8px 4px 8px;
overflow: hidden } .number { font-size: 38px; line-height: 60px; text-align: center } table {
border-collapse: collapse; table-layout: fixed } td, th { overflow: hidden; white-space: nowrap;
text-overflow: ellipsis; text-align: left; border-bottom: 1px solid #eee; padding: 0 6px;
height: 30px; font-weight: normal } th { color: #1f60c4; font-weight: 500 } .number-cell {
text-align: right } .empty { color: #767a80; text-align: center; padding-top: 30px } svg {
display: block } .legend { overflow: hidden } .legend div { display: flex; justify-content:
space-between; white-space: nowrap; height: 20px } pre { margin: 0; font-size: 12px; white-space:
pre-wrap } nav { padding: 6px 8px } nav b { border: 1px solid #ccc; padding: 2px 8px; margin-right:
6px; background: #fff; font-weight: normal } text { font-size: 11px; fill: #555 }
"""


@dataclass(frozen=True)
class Answers:
    """Where queries are asked: at ``end``, and over the seconds before it."""

    instant: Callable[[str, float], Sequence[Sample]]
    over: Callable[[str, float, float, float], Sequence[Series]]
    end: float
    seconds: float

    @property
    def step(self) -> float:
        """Seconds between two points of a line, where a panel asks for none."""
        return self.seconds / _POINTS


def drawn(dashboard: Mapping[str, Any], answers: Answers, chosen: grafana.Chosen) -> str:
    """The page, with closed rows opened."""
    found: list[dict[str, Any]] = []
    for panel in dashboard["panels"]:
        found += [panel, *panel.get("panels", [])]
    boxes = "\n".join(_box(dashboard, panel, answers, chosen) for panel in found)
    bottom = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in found) * (ROW + GAP) + TOP
    variables = "".join(
        f"<b>{_text(v.get('label') or v['name'])}: {_text(_value(v, chosen))}</b>"
        for v in dashboard["templating"]["list"]
        if not v.get("hide")
    )
    links = "".join(f"<b>{_text(link['title'])} ▾</b>" for link in dashboard["links"])
    events = "".join(f"<b>◉ {_text(e['name'])}</b>" for e in dashboard["annotations"]["list"])
    return (
        f"<!doctype html><meta charset=utf-8><title>{_text(dashboard['title'])}</title>"
        f"<style>{_STYLE.replace('WIDTH', str(WIDTH))} body {{ height: {bottom}px }}</style>"
        f"<nav><strong>{_text(dashboard['title'])}</strong><br>{variables}{events}{links}</nav>"
        f"{boxes}"
    )


def _value(variable: Mapping[str, Any], chosen: grafana.Chosen) -> object:
    """What stands at the top for a variable: what was chosen, or what it always is."""
    return chosen.get(variable["name"], variable.get("current", {}).get("text", "All"))


def _box(
    dashboard: Mapping[str, Any],
    panel: Mapping[str, Any],
    answers: Answers,
    chosen: grafana.Chosen,
) -> str:
    at = panel["gridPos"]
    column = (WIDTH + GAP) / 24
    width, height = at["w"] * column - GAP, at["h"] * (ROW + GAP) - GAP
    place = (
        f"left:{at['x'] * column:.1f}px;top:{at['y'] * (ROW + GAP) + TOP}px;"
        f"width:{width:.1f}px;height:{height}px"
    )
    title = _text(grafana.asked(dashboard, panel["title"], chosen))
    if panel["type"] == "row":
        return f'<div class=row style="{place}">▾ {title}</div>'
    inner = _content(dashboard, panel, answers, chosen, width - 18, height - _HEADER - 6)
    return (
        f'<div class=panel data-id="{panel["id"]}" style="{place}"><h2>{title}</h2>'
        f"<div class=body>{inner}</div></div>"
    )


def _content(
    dashboard: Mapping[str, Any],
    panel: Mapping[str, Any],
    answers: Answers,
    chosen: grafana.Chosen,
    width: float,
    height: float,
) -> str:
    step = max(answers.step, float(parse_duration(panel["interval"])) if "interval" in panel else 0)
    asked = {
        target["refId"]: grafana.asked(dashboard, target["expr"], chosen, step)
        for target in panel.get("targets", [])
    }
    match panel["type"]:
        case "stat":
            return _stat(panel, answers.instant(asked["A"], answers.end))
        case "table":
            instants = {ref: answers.instant(one, answers.end) for ref, one in asked.items()}
            return _table(panel, grafana.table(panel, instants), width, answers.end)
        case "timeseries" | "heatmap":
            own = float(parse_duration(panel["timeFrom"])) if "timeFrom" in panel else 0.0
            start = answers.end - (own or answers.seconds)
            found = {r: answers.over(one, start, answers.end, step) for r, one in asked.items()}
            draw = _heat if panel["type"] == "heatmap" else _lines
            return draw(panel, found, width, height, (start, answers.end))
        case "text":
            content = grafana.asked(dashboard, panel["options"]["content"], chosen)
            shown = _LINK.sub(lambda match: f"{match[1]} ↗", content)
            return f"<pre>{_text(shown)}</pre>"
        case _:
            return f"<div class=empty>{panel['type']}: not asked here</div>"


def _empty(panel: Mapping[str, Any]) -> str:
    return f"<div class=empty>{_text(panel['fieldConfig']['defaults']['noValue'])}</div>"


def _stat(panel: Mapping[str, Any], found: Sequence[Sample]) -> str:
    if not found:
        return _empty(panel)
    config = panel["fieldConfig"]["defaults"]
    value = found[0].value
    colour = _colour(config["thresholds"]["steps"], value)
    return f'<div class=number style="color:{colour}">{_number(value, config)}</div>'


def _table(panel: Mapping[str, Any], rows: Sequence[grafana.Row], width: float, now: float) -> str:
    if not rows:
        return _empty(panel)
    columns = {
        override["matcher"]["options"]: {p["id"]: p["value"] for p in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    least = {
        title: float(config.get("custom.width", config.get("custom.minWidth", _LEAST_COLUMN)))
        for title, config in columns.items()
    }
    fixed = sum(one for title, one in least.items() if "custom.width" in columns[title])
    free = [title for title in columns if "custom.width" not in columns[title]]
    spare = max(0.0, width - fixed - sum(least[title] for title in free)) / max(1, len(free))
    sizes = {title: least[title] + (spare if title in free else 0) for title in columns}
    head = "".join(
        f'<th style="width:{size:.0f}px">{_text(t)}{_arrow(panel, t)}</th>'
        for t, size in sizes.items()
    )
    body = "".join(
        f"<tr>{''.join(_cell(row.get(t), config, now) for t, config in columns.items())}</tr>"
        for row in rows
    )
    return f'<table style="width:{sum(sizes.values()):.0f}px"><tr>{head}</tr>{body}</table>'


def _arrow(panel: Mapping[str, Any], title: str) -> str:
    order, *_ = panel["options"]["sortBy"]
    return (" ↓" if order["desc"] else " ↑") if order["displayName"] == title else ""


def _cell(value: object, config: Mapping[str, Any], now: float) -> str:
    if value is None:
        return f"<td>{_text(config.get('noValue', ''))}</td>"
    if not isinstance(value, float):
        texts = [m["options"]["result"]["text"] for m in config.get("mappings", []) if value]
        return f"<td>{_text(texts[0] if texts else value)}</td>"
    steps = config.get("thresholds", {}).get("steps", [])
    words = _words(config.get("mappings", ()), value)
    text = words["text"] if words else _number(value, config, now)
    colour = _NAMED.get(words["color"], "inherit") if words else _colour(steps, value)
    return f'<td class=number-cell style="color:{colour}">{_text(text)}</td>'


def _words(mappings: Sequence[Mapping[str, Any]], value: float) -> Mapping[str, Any] | None:
    """What stands in the place of a value: by the value itself, or by a range that holds it."""
    for mapping in mappings:
        options = mapping["options"]
        if mapping["type"] == "range":
            found = options["result"] if options["from"] <= value <= options["to"] else None
        else:
            found = options.get(str(int(value)))
        if found:
            return dict(found)
    return None


@dataclass(frozen=True)
class _Plane:
    """Where moments and values stand in a graph."""

    width: float
    height: float
    span: tuple[float, float]
    low: float
    high: float
    is_logarithmic: bool

    def x(self, moment: float) -> float:
        begin, end = self.span
        return 50 + (moment - begin) / (end - begin) * (self.width - 55)

    def y(self, value: float) -> float:
        low, high, at = (self._scaled(v) for v in (self.low, self.high, value))
        return 6 + (high - at) / (high - low) * (self.height - 24)

    def _scaled(self, value: float) -> float:
        if not self.is_logarithmic or abs(value) < 1:
            return value
        return copysign(1 + log10(abs(value)), value)

    @property
    def marks(self) -> Iterator[float]:
        if self.is_logarithmic:
            marks = (-1000, -100, -10, -1, 0, 1, 10, 100, 1000)
            yield from (mark for mark in marks if self.low <= mark <= self.high)
        else:
            yield from (self.low, (self.low + self.high) / 2, self.high)


def _plane(
    config: Mapping[str, Any],
    values: Sequence[float],
    width: float,
    height: float,
    span: tuple[float, float],
) -> _Plane:
    custom = config.get("custom", {})
    soft = [custom[key] for key in ("axisSoftMin", "axisSoftMax") if custom.get(key) is not None]
    low, high = min([*values, *soft], default=0), max([*values, *soft], default=1)
    is_logarithmic = custom.get("scaleDistribution", {}).get("type") == "symlog"
    return _Plane(width, height, span, low, high if high > low else low + 1, is_logarithmic)


def _lines(
    panel: Mapping[str, Any],
    found: Mapping[str, Sequence[Series]],
    width: float,
    height: float,
    span: tuple[float, float],
) -> str:
    names = {target["refId"]: target.get("legendFormat", "") for target in panel["targets"]}
    lines = [
        (_legend(names[ref], one), points)
        for ref, series in found.items()
        for one in series
        if (points := [(moment, value) for moment, value in one.points if isfinite(value)])
    ]
    if not lines:
        return _empty(panel)
    is_high_first = panel["options"]["legend"]["sortDesc"]
    lines.sort(key=lambda line: line[1][-1][1], reverse=is_high_first)
    config = {**panel["fieldConfig"]["defaults"], **_own_unit(panel, found)}
    below = min(len(lines) + 1, int(height * 0.35 // _LINE)) * _LINE
    values = [value for _, points in lines for _, value in points]
    plane = _plane(config, values, width, height - below - 4, span)
    return (
        f'<svg width="{width:.0f}" height="{plane.height:.0f}">'
        f"{''.join(_drawing(config, lines, plane))}</svg>"
        f'<div class=legend style="height:{below}px"><div><i></i><span>last</span></div>'
        f"{''.join(_names(config, lines))}</div>"
    )


def _own_unit(panel: Mapping[str, Any], found: Mapping[str, Sequence[Series]]) -> Mapping[str, Any]:
    """The unit of the queries that have answers, where they have one of their own."""
    return {
        property_["id"]: property_["value"]
        for override in panel["fieldConfig"]["overrides"]
        if found.get(override["matcher"]["options"])
        for property_ in override["properties"]
    }


_Line = tuple[str, Sequence[tuple[float, float]]]


def _drawing(config: Mapping[str, Any], lines: Sequence[_Line], plane: _Plane) -> Iterator[str]:
    for number, (_, points) in enumerate(lines):
        way = " ".join(f"{plane.x(t):.1f},{plane.y(v):.1f}" for t, v in points)
        colour = _COLOURS[number % len(_COLOURS)]
        yield f'<polyline points="{way}" fill=none stroke="{colour}" stroke-width=1.3 />'
    has_limits = config.get("custom", {}).get("thresholdsStyle", {}).get("mode") == "dashed"
    for step in config["thresholds"]["steps"] if has_limits else ():
        if step["value"] is not None and plane.low <= step["value"] <= plane.high:
            y, colour = plane.y(step["value"]), _NAMED.get(step["color"], "#888")
            yield f'<line x1=50 x2="{plane.width}" y1="{y}" y2="{y}" stroke="{colour}"'
            yield ' stroke-dasharray="6 4" />'
    for mark in plane.marks:
        yield f'<text x=2 y="{plane.y(mark) + 4:.0f}">{_number(mark, config)}</text>'
    for moment in (plane.span[0], sum(plane.span) / 2):
        yield f'<text x="{plane.x(moment):.0f}" y="{plane.height - 2}">{_clock(moment)}</text>'


def _names(config: Mapping[str, Any], lines: Sequence[_Line]) -> Iterator[str]:
    for number, (name, points) in enumerate(lines):
        colour, last = _COLOURS[number % len(_COLOURS)], _number(points[-1][1], config)
        yield f'<div><span style="color:{colour}">▬ {_text(name)}</span><span>{last}</span></div>'


def _heat(
    panel: Mapping[str, Any],
    found: Mapping[str, Sequence[Series]],
    width: float,
    height: float,
    span: tuple[float, float],
) -> str:
    (series,) = found.values()
    rows = sorted((float(one.labels["le"]), one.points) for one in series if "le" in one.labels)
    if not rows:
        return _empty(panel)
    counts: list[tuple[float, list[tuple[float, float]]]] = []
    below: dict[float, float] = {}
    for bound, points in rows:
        counts.append((bound, [(t, max(0.0, v - below.get(t, 0.0))) for t, v in points]))
        below = dict(points)
    most = max((v for _, points in counts for _, v in points), default=0) or 1
    tall = (height - 16) / len(counts)
    config = panel["fieldConfig"]["defaults"]
    parts = []
    for number, (bound, cells) in enumerate(counts):
        top = (len(counts) - 1 - number) * tall
        parts.append(f'<text x=2 y="{top + tall:.0f}">{_number(bound, config)}</text>')
        for t, value in cells:
            at = 60 + (t - span[0]) / (span[1] - span[0]) * (width - 60)
            if value > 0:
                parts.append(
                    f'<rect x="{at:.1f}" y="{top:.1f}" width=3 height="{tall:.1f}" fill="#e0700a"'
                    f' opacity="{(value / most) ** 0.5:.2f}" />'
                )
    return f'<svg width="{width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'


def _legend(template: str, series: Series) -> str:
    if template in {"", "__auto"}:
        return ", ".join(f'{k}="{v}"' for k, v in series.labels.items())
    for name, value in _with_empty(template, series.labels):
        template = template.replace(f"{{{{{name}}}}}", value)
    return template.strip()


def _with_empty(template: str, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for part in template.split("{{")[1:]:
        name = part.partition("}}")[0]
        yield name, labels.get(name, "")


def _colour(steps: Sequence[Mapping[str, Any]], value: float) -> str:
    reached = [s for s in steps if s["value"] is None or value >= s["value"]]
    return _NAMED.get(reached[-1]["color"], "inherit") if reached else "inherit"


_SCALED = {
    "bytes": ((2.0**30, " GiB"), (2.0**20, " MiB"), (2.0**10, " KiB"), (1, " B")),
    "Bps": ((1e9, " GB/s"), (1e6, " MB/s"), (1e3, " kB/s"), (1, " B/s")),
    "s": (
        (86400, " days"),
        (3600, " hours"),
        (60, " mins"),
        (1, " s"),
        (1e-3, " ms"),
        (1e-6, " µs"),
    ),
    "ms": ((1e3, " s"), (1, " ms"), (1e-3, " µs")),
}
_LINK = re.compile(r"\[([^\]]+)\]\(/\S+\)")
_PLAIN = ((1e9, " Bil"), (1e6, " Mil"), (1e3, " K"), (1, ""))
_ENDS = {"cps": " c/s", "percent": "%", "percentunit": "%", "m": " min", "µs": " µs"}


def _number(value: float, config: Mapping[str, Any], now: float = 0.0) -> str:
    unit, decimals = config.get("unit", "short"), config.get("decimals")
    if unit == "dateTimeFromNow":
        return f"{(now - value / 1000) / 60:.0f} minutes ago"
    if unit == "percentunit":
        value *= 100
    scales = _SCALED.get(unit, ((1, ""),) if unit in _ENDS else _PLAIN)
    size, end = next(((s, e) for s, e in scales if abs(value) >= s), scales[-1])
    places = decimals if decimals is not None else 0 if abs(value / size) >= 100 else 2
    return f"{value / size:.{places}f}{end}{_ENDS.get(unit, '')}"


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%m-%d %H:%M")


def _text(value: object) -> str:
    return html.escape(str(value))
