"""What holds of every dashboard: Grafana's schema, words and units, the grid, and small files."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from slokit.dashboards.panels import COLUMNS
from slokit.promql.reading import read
from tests.support.compile import grafana_schema
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import dashboard_text, dashboards, fleet_of, reference

CURRENT = {"heatmap", "logs", "row", "stat", "table", "text", "timeseries"}
FIRST_SCREEN = 30  # rows of the grid
# The Prometheus data source reads these of an annotation; the schema of all sources lacks them.
OF_THE_SOURCE = re.compile(r"/annotations/list\[\d+\]/(step|titleFormat)")


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    """The dashboards of the reference systems, by their files."""
    return {path: grafana.read(text) for path, text in dashboards(reference()).items()}


def _shown(made: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, dashboard in made.items():
        for panel in grafana.panels(dashboard):
            yield f"{path}: {panel['title']}", panel


def test_nothing_is_lost_on_the_way_through_grafanas_schema(
    made: dict[str, dict[str, Any]],
) -> None:
    """Every key and value of every dashboard is one that Grafana's SDK knows, of its type."""
    for path, dashboard in made.items():
        known = grafana_schema.read(dashboard)
        lost = grafana_schema.lost(dashboard, grafana_schema.written(known))

        assert [where for where in lost if not OF_THE_SOURCE.fullmatch(where)] == [], path
        assert list(grafana_schema.mistyped(known)) == [], path


def test_every_panel_has_words_and_a_unit(made: dict[str, dict[str, Any]]) -> None:
    """A title that fits, a description, a unit, and words for no data; types that live."""
    for where, panel in _shown(made):
        assert panel["type"] in CURRENT, where
        assert len(panel["title"]) <= 6 * panel["gridPos"]["w"], where
        assert len(panel["description"]) > 20, where
        if panel["type"] in {"text", "logs"}:
            continue
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"], where
        assert defaults["noValue"], where


def test_every_query_names_the_chosen_data_source(made: dict[str, dict[str, Any]]) -> None:
    """No source is written down, each query parses, and a rate's range is Grafana's to choose."""
    for path, dashboard in made.items():
        assert dashboard["templating"]["list"][0]["type"] == "datasource"
        for where, panel in _shown({path: dashboard}):
            for target in panel.get("targets", []):
                assert target["datasource"]["uid"] == "${datasource}", where
                assert read(grafana.asked(dashboard, target["expr"], {})).selectors, where


def test_lines_have_names_that_a_reader_knows(made: dict[str, dict[str, Any]]) -> None:
    """A line is called by labels or by a word, unless it is the only one of PromQL of the user."""
    of_users = "Bad events by member, or the level of each"
    named = [
        bool(target["legendFormat"])
        for where, panel in _shown(made)
        if panel["type"] == "timeseries" and ".debug." not in where and of_users not in where
        for target in panel["targets"]
    ]

    assert named
    assert all(named)


def test_tables_are_sorted_by_a_column_that_they_have(made: dict[str, dict[str, Any]]) -> None:
    """The order is that of a column by its title."""
    for where, panel in _shown(made):
        if panel["type"] == "table":
            titles = {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]}
            assert panel["options"]["sortBy"], where
            assert all(order["displayName"] in titles for order in panel["options"]["sortBy"]), (
                where
            )


def test_uids_and_ids_are_alone(made: dict[str, dict[str, Any]]) -> None:
    """No two dashboards share a uid, nor two panels an id; uids have at most 40 characters."""
    uids = [dashboard["uid"] for dashboard in made.values()]

    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[-\w]{1,40}", uid) for uid in uids)
    for path, dashboard in made.items():
        rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
        ids = [panel["id"] for panel in (*rows, *grafana.panels(dashboard))]
        assert len(set(ids)) == len(ids), path


def test_what_matters_most_is_on_the_first_screen(made: dict[str, dict[str, Any]]) -> None:
    """Pages, alerts and budgets of the executive; alerts and burn rates of who is on call."""
    first = {
        "executive": {"Pages firing", "Firing alerts", "Error budgets, worst first"},
        "on-call": {"Pages firing", "Firing alerts"},
        "one-slo.etcd": {
            *("Error budgets, worst first", "Budget left over time"),
            *("SLI and objective over time", "What is measured"),
        },
    }
    for name, wanted in first.items():
        (dashboard,) = (d for path, d in made.items() if path.endswith(f".{name}.json"))
        shown = {
            panel["title"]
            for panel in grafana.panels(dashboard)
            if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= FIRST_SCREEN
        }
        assert wanted <= shown, name
        if name == "on-call":
            assert any(title.startswith("Burn rate over") for title in shown)


def test_lines_of_panels_fill_the_grid(made: dict[str, dict[str, Any]]) -> None:
    """Panels that begin in the same row are equally tall and take all columns together."""
    for path, dashboard in made.items():
        lines: dict[int, list[dict[str, int]]] = {}
        for panel in grafana.panels(dashboard):
            lines.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"])
        for line in lines.values():
            assert sum(at["w"] for at in line) == COLUMNS, (path, line)
            assert len({at["h"] for at in line}) == 1, (path, line)


def test_events_seconds_and_shares_never_share_an_axis(made: dict[str, dict[str, Any]]) -> None:
    """What counts events reads no level and no type that counts time; of time shares are shown."""
    seen = set()
    for where, panel in _shown(made):
        if panel["title"] in {"Bad events per hour", "Events per hour"}:
            (target,) = panel["targets"]
            chosen = re.findall(
                r'slokit:info\{[^}]*sli=~"([^"]*)",measure!="level"', target["expr"]
            )
            seen.add(panel["title"])
            assert chosen, where
            assert not {"threshold", "ratio", "composite"} & set(chosen[0].split("|")), where
            assert panel["fieldConfig"]["defaults"]["unit"] == "short"
        if panel["title"] == "Bad share of the time":
            assert panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    assert len(seen) == 2


def test_every_kind_lists_all_others(made: dict[str, dict[str, Any]]) -> None:
    """The lists at the top are those of the registry, in its order, less the dashboard's own."""
    kinds = list(dict.fromkeys(dashboard["tags"][1] for dashboard in made.values()))
    for path, dashboard in made.items():
        listed = [link["tags"][1] for link in dashboard["links"] if link["type"] == "dashboards"]
        assert listed == [kind for kind in kinds if kind != dashboard["tags"][1]], path


def test_one_owners_slos_can_be_chosen(made: dict[str, dict[str, Any]]) -> None:
    """All dashboards have the variable, and every query about SLOs obeys it; nodes lack owners."""
    asked = 0
    for path, dashboard in made.items():
        assert "owner" in [v["name"] for v in dashboard["templating"]["list"]], path
        for where, panel in _shown({path: dashboard}):
            for target in panel.get("targets", []):
                if "node_" not in target["expr"] and "kube_pod" not in target["expr"]:
                    asked += 1
                    assert re.search(r'owner(!~|=~)"\$owner"', target["expr"]), where
    assert asked > 200


def test_a_debug_dashboard_shows_what_the_slis_read(made: dict[str, dict[str, Any]]) -> None:
    """Each SLO has a closed section with panels of its own, and its expressions in words.

    Behind them stand the disks and the network of nodes.
    """
    found = {path: d for path, d in made.items() if ".debug." in path}

    assert len(found) == len(reference().services)
    for service in reference().services:
        (dashboard,) = (d for path, d in found.items() if path.endswith(f".{service.name}.json"))
        rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
        *own, nodes = [row for row in rows if "repeat" not in row]
        assert [panel["title"] for panel in nodes["panels"]] == ["Disk time", "Network received"]
        assert [row["title"].split(":")[0] for row in own] == [slo.name for slo in service.slos]
        for row in own:
            assert row["collapsed"]
            assert len(row["panels"]) > 1
            assert row["panels"][-1]["type"] == "text"


def test_500_slos_make_small_files() -> None:
    """Executive and on-call have under 1 MB and 60 panels, whatever the number of SLOs."""
    fleet = fleet_of(500)
    for name in ("executive", "on-call", f"one-slo.{fleet.services[0].name}"):
        text = dashboard_text(fleet, name)

        assert len(text) < 1_000_000
        assert len(grafana.panels(json.loads(text))) < 60
