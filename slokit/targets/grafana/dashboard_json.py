"""A dashboard as Grafana's JSON. The only module that knows grafanalib.

grafanalib still writes what Grafana dropped years ago, and a null for whatever was not said. Both
are taken out again: the files hold what Grafana's schema knows and nothing else.
"""

import json
from typing import Any

from grafanalib import core

from slokit.dashboards.panels import (
    Dashboard,
    Event,
    Graph,
    Heatmap,
    Logs,
    Panel,
    Placed,
    Query,
    Section,
    Stat,
    Table,
    Text,
    Variable,
    place,
)
from slokit.dashboards.queries import DATA_SOURCE
from slokit.targets.grafana import fields
from slokit.text.durations import format_duration

_SCHEMA_VERSION = 39  # of Grafana 10.3; later ones migrate it
_MOST_POINTS = 300  # of a line: more would be read from Prometheus than can be seen
_SOURCE = {"type": "prometheus", "uid": f"${{{DATA_SOURCE}}}"}
_ANY = ".*"  # takes groups that lack the label, and alerts that have no service
_NEVER, _WITH_TIME = 0, 2
# linear below 1, so that a zero has a place
_LOGARITHMIC = {"type": "symlog", "log": 10, "linearThreshold": 1}

# What Grafana takes for a graph that does not say otherwise: grafanalib writes it all the same.
_USUAL_IN_GRAPH = {
    "axisLabel": "",
    "axisPlacement": "auto",
    "barAlignment": 0,
    "drawStyle": "line",
    "fillOpacity": 0,
    "gradientMode": "none",
    "hideFrom": {"tooltip": False, "viz": False, "legend": False},
    "lineInterpolation": "linear",
    "lineWidth": 1,
    "pointSize": 5,
    "scaleDistribution": {"type": "linear", "log": 2},
    "spanNulls": False,
    "stacking": {},
    "thresholdsStyle": {"mode": "off"},
}
_USUAL_IN_QUERY = {"hide": False, "interval": ""}

_OLD_IN_DASHBOARD = "__inputs hideControls rows sharedCrosshair style timepicker".split()
_OLD_IN_PANEL = "color columns editable error fontSize hideTimeOverride mappings span".split()
_OLD_IN_QUERY = "intervalFactor metric query step target".split()
_OLD_IN_VARIABLE = "auto auto_count auto_min useTags".split()

_PLAIN = frozenset((str, bool, int, float, type(None)))


def dashboard_json(dashboard: Dashboard, uid: str, source: str) -> str:
    """The text of the file; ``source`` stands in front of it, in the description."""
    made = core.Dashboard(
        title=dashboard.title,
        uid=uid,
        tags=list(dashboard.tags),
        timezone="browser",
        refresh="5m",
        schemaVersion=_SCHEMA_VERSION,
        editable=False,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        time=core.Time(dashboard.start, "now"),
        templating=core.Templating([_variable(variable) for variable in dashboard.variables]),
        links=[
            core.DashboardLink(
                title=link.title, type="link", uri=link.url, keepTime=False, targetBlank=True
            )
            for link in dashboard.links
        ]
        + [_others(kind) for kind in dashboard.linked_kinds],
        annotations=core.Annotations([_event(event) for event in dashboard.events]),
    )
    data = {**_plain(made, _OLD_IN_DASHBOARD), "panels": _panels(place(dashboard))}
    described = {**data, "description": f"{source} {dashboard.description}"}
    # In front: the mark that slokit wrote the file is looked for in its beginning alone.
    first = {"description": described.pop("description")}
    return json.dumps({**first, **described}, indent=1, ensure_ascii=False) + "\n"


def _plain(made: Any, old: list[str]) -> dict[str, Any]:
    """What grafanalib made as plain values, less old keys and less what was not said."""
    said: dict[str, Any] = _said(made)
    return {key: value for key, value in said.items() if key not in old}


def _less(made: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key not in usual or value != usual[key]}


def _said(data: Any) -> Any:
    """Plain data without nulls, but for the value of the lowest threshold, where it has a meaning.

    Not by way of JSON's text, which would take most of the time of a compile of dashboards.
    """
    kind = type(data)
    if kind in _PLAIN:
        return data
    if kind is dict:
        return {
            key: _said(value) for key, value in data.items() if value is not None or key == "value"
        }
    if kind in (list, tuple):
        return [_said(part) for part in data]
    return _said(data.to_json_data())


def _variable(variable: Variable) -> dict[str, Any]:
    if variable.is_filter:
        return _filters(variable)
    is_query = bool(variable.query)
    made = core.Template(
        name=variable.name,
        label=variable.title,
        type="query" if is_query else "custom" if variable.fixed else "datasource",
        query=variable.query or variable.fixed or _SOURCE["type"],
        regex=variable.pattern or None,
        default=variable.fixed or None,
        dataSource=_SOURCE if is_query else None,
        multi=is_query and not variable.is_single,
        includeAll=is_query and not variable.is_single,
        allValue=_ANY if is_query and not variable.is_single else None,
        refresh=_WITH_TIME if is_query else _NEVER,
        hide=core.HIDE_VARIABLE if variable.is_hidden else core.SHOW,
    )
    data = _plain(made, _OLD_IN_VARIABLE)
    if is_query and variable.is_single:
        data.pop("current", None)
    elif is_query:
        data["current"] = {"selected": True, "text": "All", "value": "$__all"}
    # Grafana chooses a data source by itself; one that was written down may not exist there.
    elif not variable.fixed:
        del data["current"]
    # a text of its own is asked for anew: no link carries it along
    hidden = {"skipUrlSync": True} if variable.is_hidden else {}
    return {**data, **hidden, "description": variable.description}


def _filters(variable: Variable) -> dict[str, Any]:
    """Any labels and values: Grafana adds them to every selector."""
    return {
        "datasource": _SOURCE,
        "description": variable.description,
        "filters": [],
        "label": variable.title,
        "multi": False,
        "name": variable.name,
        "type": "adhoc",
    }


def _others(kind: str) -> Any:
    title = kind.replace("-", " ").replace("slo", "SLO")
    return core.DashboardLink(
        title=f"{title[:1].upper()}{title[1:]}",
        type="dashboards",
        tags=["slokit", kind],
        asDropdown=True,
        keepTime=True,
        includeVars=True,
        targetBlank=False,
    )


def _event(event: Event) -> dict[str, Any]:
    return {
        "datasource": _SOURCE,
        "enable": True,
        "expr": event.expr,
        "iconColor": event.colour,
        "name": event.name,
        "step": "60s",
        "titleFormat": event.title,
    }


def _panels(placed: tuple[Placed, ...]) -> list[dict[str, Any]]:
    """Headings and panels; those of a section that is closed stand in its heading."""
    found: list[dict[str, Any]] = []
    for one in placed:
        made = _placed(one)
        if found and found[-1].get("collapsed") and made["type"] != "row":
            found[-1]["panels"].append(made)
        else:
            found.append(made)
    return found


def _placed(placed: Placed) -> dict[str, Any]:
    position = {"h": placed.height, "w": placed.width, "x": placed.x, "y": placed.y}
    content, place_and_id = placed.content, {"id": placed.id, "gridPos": position}
    # A row has few keys in Grafana's schema; what grafanalib adds is a panel's.
    if isinstance(content, Section):
        made = core.RowPanel(title=content.title, collapsed=content.is_closed, **place_and_id)
        row = _plain(made, [])
        known = {key: row[key] for key in "collapsed gridPos id panels title type".split()}
        return {**known, "repeat": content.repeat} if content.repeat else known
    panel = _plain(_panel(content, {**place_and_id, **_common(content)}), _OLD_IN_PANEL)
    if isinstance(content, Graph):
        defaults = panel["fieldConfig"]["defaults"]
        defaults["custom"] = _less(defaults["custom"], _USUAL_IN_GRAPH)
    return panel


def _panel(panel: Panel, common: dict[str, Any]) -> Any:
    match panel:
        case Stat():
            return _stat(panel, common)
        case Graph():
            return _graph(panel, common)
        case Table():
            return _table(panel, common)
        case Heatmap():
            return _heatmap(panel, common)
        case Text():
            return core.Text(
                title=panel.title,
                description=panel.description,
                content=panel.content,
                id=common["id"],
                gridPos=common["gridPos"],
            )
        case Logs():
            return _logs(panel, common)
    raise TypeError(type(panel))


def _common(panel: Panel) -> dict[str, Any]:
    return {
        "title": panel.title,
        "description": panel.description,
        "dataSource": _SOURCE,
        "thresholds": fields.steps(panel.shown),
        "maxDataPoints": _MOST_POINTS,
    }


def _stat(stat: Stat, common: dict[str, Any]) -> Any:
    return core.Stat(
        **common,
        targets=[_query(Query(stat.expr), 0, instant=True)],
        format=stat.shown.unit,
        decimals=stat.shown.decimals,
        color={"mode": "thresholds"},
        graphMode="none",
        reduceCalc="lastNotNull",
        noValue=stat.empty,
    )


def _graph(graph: Graph, common: dict[str, Any]) -> Any:
    scale = {"custom": {"scaleDistribution": _LOGARITHMIC}} if graph.is_logarithmic else {}
    return core.TimeSeries(
        **common,
        targets=[_query(query, number) for number, query in enumerate(graph.queries)],
        unit=graph.shown.unit,
        valueDecimals=graph.shown.decimals,
        interval=format_duration(graph.resolution),
        timeFrom=format_duration(graph.always_over) if graph.always_over else None,
        lineInterpolation="stepAfter" if graph.is_stepped else "linear",
        fillOpacity=10 if graph.is_stepped else 0,
        showPoints="never",
        legendDisplayMode="table",
        legendCalcs=["lastNotNull", "min", "max"],
        tooltipMode="multi",
        tooltipSort="desc",
        axisSoftMin=None if graph.reaches is None else 0,
        axisSoftMax=graph.reaches,
        thresholdsStyleMode="dashed" if graph.has_limits else "off",
        overrides=fields.own_units(graph),
        extraJson={
            "fieldConfig": {"defaults": {**fields.defaults(graph.empty, graph.link), **scale}},
            "options": {
                "legend": {
                    "showLegend": True,
                    "sortBy": "Last *",
                    "sortDesc": not graph.is_low_worst,
                }
            },
        },
    )


def _heatmap(heatmap: Heatmap, common: dict[str, Any]) -> dict[str, Any]:
    """Written out: grafanalib knows the heat map of Grafana 7 alone."""
    form = "time_series" if heatmap.is_native else "heatmap"
    defaults = {"unit": heatmap.shown.unit, "noValue": heatmap.empty}
    return {
        **{key: common[key] for key in ("id", "gridPos", "title", "description", "maxDataPoints")},
        "type": "heatmap",
        "datasource": _SOURCE,
        "interval": format_duration(heatmap.resolution),
        "targets": [_query(Query(heatmap.expr, "{{le}}"), 0, form=form)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "calculate": False,
            "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Oranges", "scale": "exponential", "steps": 64},
            "legend": {"show": True},
            "tooltip": {"mode": "single", "yHistogram": False},
            "yAxis": {"axisPlacement": "left", "unit": heatmap.shown.unit},
        },
    }


def _logs(logs: Logs, common: dict[str, Any]) -> dict[str, Any]:
    source = {"type": "loki", "uid": logs.source}
    return {
        **{key: common[key] for key in ("id", "gridPos", "title", "description")},
        "type": "logs",
        "datasource": source,
        "targets": [{"datasource": source, "expr": logs.expr, "refId": "A"}],
        "options": {
            "showTime": True,
            "wrapLogMessage": True,
            "enableLogDetails": True,
            "sortOrder": "Descending",
        },
    }


def _table(table: Table, common: dict[str, Any]) -> Any:
    values = [column for column in table.columns if column.expr]
    queries = [
        _query(Query(column.expr), number, instant=True, form="table")
        for number, column in enumerate(values)
    ]
    # The null takes out what grafanalib writes for tables of Grafana 8.
    cells = {"cellOptions": {"type": "auto"}, "displayMode": None, "filterable": True}
    defaults = {"custom": cells, "unit": "none", "color": {"mode": "thresholds"}}
    return core.Table(
        **common,
        targets=queries,
        overrides=[fields.override(column) for column in table.columns],
        sortBy=[core.TableSortByField(title, desc) for title, desc in table.sort_by],
        transformations=fields.transformations(table),
        extraJson={"fieldConfig": {"defaults": {**defaults, **fields.defaults(table.empty)}}},
    )


def _query(
    query: Query, number: int, *, instant: bool = False, form: str = "time_series"
) -> dict[str, Any]:
    made = core.Target(
        expr=query.expr,
        legendFormat=query.legend,
        refId=fields.ref_id(number),
        format=form,
        instant=instant,
        datasource=_SOURCE,
    )
    said = _less(_plain(made, _OLD_IN_QUERY), _USUAL_IN_QUERY)
    return {**said, "editorMode": "code", "range": not instant}
