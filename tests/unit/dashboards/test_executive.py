"""What the executive dashboard asks, and how it adapts to a bundle."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from slokit import api
from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.promql.parse import tree, walk
from slokit.promql.reading import read
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import (
    bundle_of,
    dashboard_text,
    executive_text,
    fleet_of,
    reference,
)

SECONDS_IN_A_DAY = 86_400
TWO_WINDOWS = """\
apiVersion: slokit/v1
service: api
slos:
  - name: weekly
    objective: 99%
    window: 7d
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: monthly
    objective: 99%
    window: 30d
    sli: {events: {bad: errors_total, total: requests_total}}
"""


def _executive(bundle: Bundle) -> dict[str, Any]:
    return grafana.read(executive_text(bundle))


def _asked(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """The title and the text of each query, as Grafana would send it."""
    dashboard = _executive(bundle)
    for query in grafana.queries(dashboard):
        yield query.panel, grafana.asked(dashboard, query.expr, {}, 600)


def test_only_recorded_series_are_read() -> None:
    """No query names a metric other than the ledger's, the burn rates and Prometheus' alerts."""
    metrics = {
        selector.metric() for _, query in _asked(reference()) for selector in read(query).selectors
    }

    own = re.compile(r"slokit:[a-z_]+(:[a-z_0-9]+)?")
    assert {m for m in metrics if not own.fullmatch(m)} == {names.ALERTS, names.ALERTS_SINCE}


def test_every_metric_is_recorded_or_written_by_an_alert(tmp_path: Path) -> None:
    """Each recorded name that is read is the name of a rule that the bundle compiles to."""
    for bundle in (reference(), bundle_of(tmp_path, TWO_WINDOWS, ledger_window="10m")):
        rules = "\n".join(a.text for a in api.compile(bundle, ["prometheus"]))
        recorded = set(re.findall(r"record: (\S+)", rules))
        read_names = {s.metric() for _, query in _asked(bundle) for s in read(query).selectors}

        assert read_names - {names.ALERTS, names.ALERTS_SINCE} <= recorded


def test_other_ledger_windows_have_other_names(tmp_path: Path) -> None:
    """With a ledger of 10m the rates and counts of 10m are read, and looked for longer."""
    text = executive_text(bundle_of(tmp_path, ledger_window="10m"))

    assert "slokit:total:rate10m" in text
    assert "slokit:bad:events10m" in text
    assert "events5m" not in text
    assert "[22m]" in text
    assert "[12m]" not in text


@pytest.mark.parametrize("window", ["1d", "7d", "30d"])
def test_no_range_is_longer_than_the_window(window: str, tmp_path: Path) -> None:
    """No query looks back further than the shortest SLO window, offsets included."""
    spec = TWO_WINDOWS.replace("window: 7d", f"window: {window}\n    alert_policy: none")
    longest = 0.0
    for _, query in _asked(bundle_of(tmp_path, spec, bundle=f"w-{window}")):
        for node in walk(tree(query)):
            if isinstance(node, promql_parser.MatrixSelector | promql_parser.SubqueryExpr):
                assert node.range is not None
                longest = max(longest, node.range.total_seconds())

    assert longest <= float(window.removesuffix("d")) * SECONDS_IN_A_DAY
    assert longest <= SECONDS_IN_A_DAY


def test_slow_series_are_read_with_a_look_back() -> None:
    """What is recorded every five minutes is never read at an instant, where it may be gone."""
    slow = re.compile(r"slokit:(budget_remaining:ratio|burn:(2h|6h|1d|3d)|[a-z]+:events5m)")
    for title, query in _asked(reference()):
        bare = [
            node
            for node in walk(tree(query))
            if isinstance(node, promql_parser.VectorSelector) and slow.fullmatch(node.name or "")
        ]
        ranged = [
            node.vector_selector
            for node in walk(tree(query))
            if isinstance(node, promql_parser.MatrixSelector)
        ]

        assert [str(node) for node in bare] == [
            str(node) for node in ranged if slow.fullmatch(node.name or "")
        ], title


def test_thresholds_are_those_of_the_policies() -> None:
    """One graph a burn alert, with its burn rate as the line to cross and its severity's colour."""
    graphs = [p for p in grafana.panels(_executive(reference())) if "Burn rate" in p["title"]]
    lines = {
        panel["title"].removeprefix("Burn rate over "): panel["fieldConfig"]["defaults"]
        for panel in graphs
    }

    assert {title: d["thresholds"]["steps"][1:] for title, d in lines.items()} == {
        "1h and 5m: page above 14.4": [{"color": "red", "value": 14.4}],
        "6h and 30m: page above 6": [{"color": "red", "value": 6.0}],
        "1d and 2h: ticket above 3": [{"color": "orange", "value": 3.0}],
        "3d and 6h: ticket above 1": [{"color": "orange", "value": 1.0}],
    }
    assert all(d["custom"]["thresholdsStyle"]["mode"] == "dashed" for d in lines.values())


def test_windows_that_nothing_uses_are_not_shown(tmp_path: Path) -> None:
    """Without burn alerts there are no burn rates; with pages only, none of days."""
    none = executive_text(bundle_of(tmp_path / "none", _with_policy("none")))
    pages = executive_text(bundle_of(tmp_path / "pages", _with_policy("page-only")))

    assert "slokit:burn:" not in none
    assert set(re.findall(r"slokit:burn:(\w+)", pages)) == {
        *("5m", "1h", "30m", "6h"),  # of 30d
        *("15m", "10m", "1h30m"),  # of 7d
    }


def _with_policy(policy: str) -> str:
    return TWO_WINDOWS.replace("    sli:", f"    alert_policy: {policy}\n    sli:")


def test_a_bundle_without_groups_has_no_group_column(tmp_path: Path) -> None:
    """Where no SLO has groups, nothing is joined and no column stays empty."""
    text = executive_text(bundle_of(tmp_path))

    assert "label_join" not in text
    assert '"Group"' not in text


def test_the_usual_group_labels_can_be_chosen() -> None:
    """Data source, bundle, owner, service, slo, and each group label, cluster first."""
    variables = _executive(reference())["templating"]["list"]

    shown = [variable["name"] for variable in variables]
    assert shown[:6] == ["datasource", "bundle", "owner", "service", "slo", "cluster"]
    groups = {label for slo in reference().slos for label in slo.folding.names}
    assert sorted(shown[5:]) == sorted(groups)
    assert [v["type"] for v in variables[:2]] == ["datasource", "custom"]
    assert {v["type"] for v in variables[2:]} == {"query"}


def test_what_weighs_time_is_said_where_numbers_are(tmp_path: Path) -> None:
    """In the table of budgets, at the SLI and at the bad time, where any ratio is given."""
    given = "  - {name: given, objective: 99%, sli: {ratio: {bad: 'job:errors:ratio'}}}\n"
    dashboard = _executive(bundle_of(tmp_path / "given", TWO_WINDOWS + given))
    caveat = "A given ratio weighs time, not events: a quiet hour counts as much as a busy one."
    titles = {p["title"] for p in grafana.panels(dashboard) if caveat in p.get("description", "")}

    assert titles == {
        "Error budgets, worst first",
        "SLI over time",
        "Bad share of the time",
    }
    assert "weighs time" not in executive_text(bundle_of(tmp_path / "none", TWO_WINDOWS))


def test_500_slos_have_as_many_panels_as_one() -> None:
    """Size does not grow with the number of SLOs: no panel and no query is of one of them."""
    small, large = (grafana.panels(_executive(fleet_of(slos))) for slos in (10, 500))

    assert [p["title"] for p in small] == [p["title"] for p in large]
    assert [p["targets"] for p in small] == [p["targets"] for p in large]


def test_links_lead_to_runbooks_and_to_one_slo(tmp_path: Path) -> None:
    """Runbooks of SLOs open from a row, links of slokit.yaml from the top; a row narrows down."""
    spec = TWO_WINDOWS.replace("service: api", "service: api\nrunbook: https://example.com/api")
    links = {"grafana": "https://grafana.example.com", "runbooks": "https://example.com"}
    bundle = bundle_of(tmp_path, spec, links=links)
    dashboard = _executive(bundle)
    (table,) = [p for p in grafana.panels(dashboard) if p["title"].startswith("Error budgets")]
    opened = {
        override["matcher"]["options"]: property_["value"][0]["url"]
        for override in table["fieldConfig"]["overrides"]
        for property_ in override["properties"]
        if property_["id"] == "links"
    }

    shown = [link for link in dashboard["links"] if link["type"] == "link"]
    assert [(link["title"], link["url"]) for link in shown] == [("Runbooks", "https://example.com")]
    assert opened["Runbook"] == "${__value.raw}"
    assert opened["SLO"].startswith(
        f"/d/{names.dashboard_uid('test', 'executive')}"
        "?var-service=${__data.fields.Service}&var-slo=${__data.fields.SLO}&"
    )


def test_alerts_open_the_on_call_dashboard_for_their_slo(tmp_path: Path) -> None:
    """The link of every alert names the on-call dashboard's uid, and variables that it has."""
    bundle = bundle_of(tmp_path, links={"grafana": "https://grafana.example.com/"})
    (rules,) = (a.text for a in api.compile(bundle, ["prometheus"]) if ".bundle." in a.path)
    links = set(re.findall(r"https://grafana\.example\.com/\S+", rules))
    dashboard = grafana.read(dashboard_text(bundle, "on-call"))
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}

    assert links
    assert {link.split("/")[4] for link in links} == {dashboard["uid"]}
    assert {name for link in links for name in re.findall(r"var-(\w+)=", link)} <= variables


def test_group_labels_may_be_called_as_what_the_executive_dashboard_uses_itself(
    tmp_path: Path,
) -> None:
    """Labels named group and datasource are columns' values like any other, and clash with none."""
    spec = TWO_WINDOWS.replace("slos:", "defaults: {group_by: [datasource, group]}\nslos:")
    bundle = bundle_of(tmp_path, spec)
    shown = [variable["name"] for variable in _executive(bundle)["templating"]["list"]]

    assert shown == ["datasource", "bundle", "service", "slo", "group"]
    assert all(read(query).selectors for _, query in _asked(bundle))
    assert "label_join" in executive_text(bundle)


def test_alerts_are_found_under_the_names_that_they_have(tmp_path: Path) -> None:
    """Severities and burn alerts by other names count, and are called so."""
    spec = TWO_WINDOWS.replace("window: 7d", "window: 7d\n    alert_name: WeeklyErrors")
    severities = {"page": "critical", "ticket": "warning"}
    made = bundle_of(tmp_path, spec, alerts={"severities": severities})

    asked = "\n".join(query for _, query in _asked(made))
    text = executive_text(made)
    assert 'severity="critical"' in asked
    assert 'severity="warning"' in asked
    assert 'severity="page"' not in asked
    assert 'alertname=~"SLOBudgetBurn|WeeklyErrors"' in asked
    assert "Burn rate over 1h and 5m: critical above 14.4" in text
