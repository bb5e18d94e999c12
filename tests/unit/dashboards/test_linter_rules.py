"""The rules of Grafana's dashboard linter, one a test, and how far back queries may look.

Two of its rules do not apply: dashboards are narrowed by service, SLO and group, so they have no
variables `job` and `instance`, whose labels are the user's to name in the specs.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from slokit.compiler import names
from slokit.promql.parse import children, selector_of, tree
from slokit.text.durations import parse_duration
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import bundle_of, dashboard_text, dashboards, reference

DAY = 86_400.0
RATES = {"rate", "irate", "increase", "delta", "deriv", "changes", "resets"}
LEDGER_WINDOW = 300.0
# Called like counters, but gauges: indices of logs, and epochs.
GAUGES = {
    "etcd_server_proposals_committed_total",
    "etcd_server_proposals_applied_total",
    "rabbitmq_raft_term_total",
}
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
RECORDED = re.compile(r"slokit:|ALERTS\b|ALERTS_FOR_STATE\b")
SHORT = """\
apiVersion: slokit/v1
service: api
slos:
  - name: of-a-week
    objective: 99%
    category: availability
    window: 7d
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: of-a-month
    objective: 99%
    category: latency
    window: {calendar: month}
    sli: {latency: {histogram: request_seconds, at_most: 1s}}
"""
Panels = list[tuple[str, dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The dashboards of the reference systems, and of a service with a week's window."""
    short = bundle_of(tmp_path_factory.mktemp("short") / "project", SHORT)
    return {
        path: grafana.read(text)
        for bundle in (reference(), short)
        for path, text in dashboards(bundle).items()
    }


@pytest.fixture(scope="module")
def panels(made: dict[str, dict[str, Any]]) -> Panels:
    """Where each panel is, its dashboard, and the panel."""
    return [
        (f"{path}: {panel['title']}", dashboard, panel)
        for path, dashboard in made.items()
        for panel in grafana.panels(dashboard)
    ]


def _asking(panels: Panels) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every target of Prometheus, with its dashboard."""
    for where, dashboard, panel in panels:
        for target in panel.get("targets", []):
            if target["datasource"]["type"] == "prometheus":
                yield where, dashboard, target


def _variables(dashboard: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in dashboard["templating"]["list"]}


@cache
def _reaches(text: str) -> list[tuple[str, float, set[str]]]:
    """Each selector of a query: its metric, the seconds that it looks back, functions around it."""
    found = []
    pending: list[tuple[Any, float, set[str]]] = [(tree(text), 0.0, set())]
    while pending:
        node, around, inside = pending.pop()
        if isinstance(node, promql_parser.VectorSelector):
            found.append((str(selector_of(node)), around + _late(node), inside))
            continue
        if isinstance(node, promql_parser.MatrixSelector):
            inner = node.vector_selector
            reach = around + _seconds(node.range) + _late(inner)
            found.append((str(selector_of(inner)), reach, inside))
            continue
        if isinstance(node, promql_parser.SubqueryExpr):
            around += _seconds(node.range) + _late(node)
        if isinstance(node, promql_parser.Call):
            inside = inside | {node.func.name}
        pending += [(child, around, inside) for child in children(node)]
    return found


def _late(node: Any) -> float:
    return _seconds(node.offset) if node.offset else 0.0


def _seconds(time: Any) -> float:
    return float(time.total_seconds())


def test_the_data_source_is_a_variable_of_that_name(made: dict[str, dict[str, Any]]) -> None:
    """template-datasource-rule: `datasource`, titled, of Prometheus, the first one."""
    for path, dashboard in made.items():
        first, *others = dashboard["templating"]["list"]
        assert (first["name"], first["label"]) == ("datasource", "Data source"), path
        assert (first["type"], first["query"]) == ("datasource", "prometheus"), path
        assert [one["name"] for one in others if one["type"] == "datasource"] == [], path


def test_variables_ask_promql_and_follow_the_time(made: dict[str, dict[str, Any]]) -> None:
    """template-label-promql-rule, template-on-time-change-reload-rule: each query parses, too."""
    for path, dashboard in made.items():
        for name, one in _variables(dashboard).items():
            if one["type"] == "query":
                (selector,) = re.findall(
                    r"^(?:label_values|query_result)\((.*?)(?:, \w+)?\)$", one["query"]
                )
                # texts of SLOs are quoted, and may be longer than what is parsed here
                short = TEXT.sub('""', selector) if one.get("hide") else selector
                assert tree(grafana.asked(dashboard, short, {})), (path, name)
                assert one["refresh"] == 2, (path, name)
                assert one["datasource"]["uid"] == "${datasource}", (path, name)


def test_panels_have_titles_words_units_and_queries(panels: Panels) -> None:
    """panel-title-description, panel-units, panel-no-targets and panel-datasource-rule."""
    for where, _, panel in panels:
        assert panel["title"], where
        assert panel["description"], where
        if panel["type"] == "text":
            continue
        assert panel["targets"], where
        assert panel["datasource"]["uid"] == "${datasource}" or panel["type"] == "logs", where
        assert panel["fieldConfig"]["defaults"]["unit"], where


def test_every_query_is_promql(panels: Panels) -> None:
    """target-promql-rule: it parses with the variables filled in, and names only such as exist."""
    assert len(list(_asking(panels))) > 200
    for where, dashboard, target in _asking(panels):
        used = set(re.findall(r"\$\{?(\w*[a-z]\w*)", target["expr"]))
        assert used <= {*_variables(dashboard), "__interval", "__rate_interval"}, where
        assert tree(grafana.asked(dashboard, target["expr"], {})), where


def test_the_range_of_a_rate_is_grafanas_to_choose(panels: Panels) -> None:
    """target-rate-interval-rule: `$__rate_interval`, but for a time that the title names.

    A side in PromQL is shown as the spec has it, over the ledger window that it asks for.
    """
    chosen, found = 7777.0, set()
    for where, dashboard, target in _asking(panels):
        asked = grafana.asked(dashboard, target["expr"], {}, chosen)
        for selector, seconds, inside in _reaches(asked):
            if inside & RATES and not RECORDED.match(selector):
                found.add(seconds)
                named = {3600.0} if "an hour" in where else {DAY} if "over 1d" in where else set()
                assert seconds in {chosen, LEDGER_WINDOW, *named}, (where, selector)
    assert found == {chosen, LEDGER_WINDOW, 3600.0, DAY}


def test_counters_are_read_as_rates(panels: Panels) -> None:
    """target-counter-agg-rule: no raw counter or part of a histogram is shown as it stands."""
    counter = re.compile(r"_(total|bucket)$")
    found = 0
    for where, dashboard, target in _asking(panels):
        for selector, _, inside in _reaches(grafana.asked(dashboard, target["expr"], {})):
            metric = selector.partition("{")[0]
            if counter.search(metric) and metric not in GAUGES:
                found += 1
                assert inside & RATES, (where, selector)
    assert found > 50


def test_dashboards_are_changed_in_the_specs(made: dict[str, dict[str, Any]]) -> None:
    """uneditable-dashboard: what was changed in Grafana would be gone after the next compile."""
    assert [path for path, dashboard in made.items() if dashboard["editable"]] == []


def test_nothing_is_read_further_back_than_its_window(made: dict[str, dict[str, Any]]) -> None:
    """No query, no graph with a time of its own and no default time is longer than an SLO window.

    Raw series are read over a day at most, by a query and by what is shown at first; three hours
    when a debug dashboard opens.
    """
    shortest = {"reference": 28 * DAY, "test": 7 * DAY}
    for path, dashboard in made.items():
        window = shortest[Path(path).name.partition(".")[0]]
        opened = float(parse_duration(dashboard["time"]["from"].removeprefix("now-")))
        assert opened <= window, path
        assert opened <= 3 * 3600 or ".debug." not in path
        for panel in grafana.panels(dashboard):
            if "timeFrom" in panel:
                assert float(parse_duration(panel["timeFrom"])) <= window, path
        for query in grafana.queries(dashboard):
            asked = grafana.asked(dashboard, query.expr, {}) if query.expr else "vector(0)"
            for selector, seconds, _ in _reaches(asked):
                is_recorded = RECORDED.match(selector)
                assert seconds <= (window if is_recorded else DAY), (path, query.panel, selector)
                # and by what is shown at first
                assert is_recorded or (query.over or opened) <= DAY, (path, query.panel)


def test_only_debug_dashboards_and_closed_sections_read_raw_series(
    made: dict[str, dict[str, Any]],
) -> None:
    """What is open when a dashboard opens reads recorded series alone, whatever the SLIs are."""
    for path, dashboard in made.items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                asked = grafana.asked(dashboard, target["expr"], {})
                raw = [one for one, *_ in _reaches(asked) if not RECORDED.match(one)]
                assert raw == [], (path, panel["title"])


def test_no_number_of_categories_and_policies_makes_a_page_too_long(tmp_path: Path) -> None:
    """500 SLOs of 50 categories, each read in its own unit: under 60 panels and 1 MB."""
    units = ["seconds", "ratio", "bytes", "messages", "percent"]
    slos = [
        {
            "name": f"slo-{number}",
            "objective": "99%",
            "category": f"category-{number % 50}",
            "group_by": ["cluster"],
            "sli": {
                "threshold": {
                    "metric": f"metric_{number}",
                    "at_most": number + 1,
                    "unit": units[number % 5],
                }
            },
        }
        for number in range(500)
    ]
    spec = json.dumps({"apiVersion": "slokit/v1", "service": "api", "slos": slos})
    bundle = bundle_of(tmp_path / "project", spec)
    for name in (names.EXECUTIVE, names.ON_CALL, f"{names.ONE_SLO}.api"):
        text = dashboard_text(bundle, name)
        assert len(text) < 1_000_000, name
        assert len(grafana.panels(json.loads(text))) < 60, name
    # texts that are too long to be asked for are on the debug dashboard, which the page names
    assert "too many SLOs for their expressions to stand here" in text
    assert [one["name"] for one in json.loads(text)["templating"]["list"] if one.get("hide")] == []
