"""The executive dashboard on a store of two clusters, one of which has two replicas that differ."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slokit import api
from tests.support.servers import grafana
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus")

PROJECT = "bundle: shop\nspecs: shop.yaml\nprometheus: {replica_labels: [replica]}\n"
SPEC = """\
apiVersion: slokit/v1
service: api
owner: team-web
slos:
  - name: fast
    objective: 99%
    group_by: [zone]
    sli: {events: {bad: slow_total, total: requests_total}}
  - name: right
    objective: 99%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
BUDGETS, FIRING = "Error budgets, worst first", "Firing alerts"


def recorded(cluster: str, replica: str, left: float, *slos: str) -> dict[str, float]:
    """What one replica of a cluster recorded of these SLOs: a number of its own in each series."""
    found: dict[str, float] = {}
    for slo in slos:
        identity = f'bundle="shop",service="api",slo="{slo}"'
        added = f'cluster="{cluster}",replica="{replica}"'
        group = f'{identity},zone="x"' if slo == "fast" else identity
        found |= {
            f"slokit:budget:ratio{{{identity},{added}}}": 0.01,
            f'slokit:info{{{identity},objective="99%",window="30d",owner="team-web",{added}}}': 1,
            f"slokit:total:rate5m{{{group},{added}}}": 100 * left,
            f"slokit:total:events5m{{{group},{added}}}": 30_000 * left,
            f"slokit:bad:events5m{{{group},{added}}}": 3 * left,
            f'slokit:budget_remaining:ratio{{{group},window="30d",{added}}}': left,
            f'slokit:history:bool{{{group},window="30d",{added}}}': 1,
            f"slokit:burn:1h{{{group},{added}}}": 1 - left,
            f"slokit:burn:5m{{{group},{added}}}": 1 - left,
        }
    alert = 'alertname="SLOBudgetBurn",severity="page",alert_policy="default",owner="team-web"'
    alert += f',bundle="shop",service="api",slo="fast",zone="x",{added}'
    found[f'ALERTS{{{alert},alertstate="firing"}}'] = 1
    found[f"ALERTS_FOR_STATE{{{alert}}}"] = 1_000 * left
    return found


A, B = recorded("eu", "a", 0.5, "fast", "right"), recorded("eu", "b", 0.75, "fast")
C = recorded("us", "c", 0.25, "fast", "right")


class Board:
    """The executive dashboard of the bundle beside the store."""

    def __init__(self, directory: Path, exposed: Exposition, server: PrometheusServer) -> None:
        (directory / "slokit.yaml").write_text(PROJECT)
        (directory / "shop.yaml").write_text(SPEC)
        bundle = api.load(project=str(directory / "slokit.yaml")).bundle
        executive, *_ = api.compile(bundle, ["dashboards"])
        self.dashboard: dict[str, Any] = grafana.read(executive.text)
        self.exposed, self.server = exposed, server

    def hold(self, *parts: dict[str, float]) -> None:
        """The store has what these replicas recorded, and nothing else."""
        self.exposed.set_samples({name: value for part in parts for name, value in part.items()})
        self.exposed.wait_for_scrapes(2)

    def rows(self, title: str) -> dict[tuple[str, ...], grafana.Row]:
        """The rows of a table, by cluster, SLO and zone."""
        (panel,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        answers = {
            target["refId"]: self.server.query(
                grafana.asked(self.dashboard, target["expr"], {}), time.time()
            )
            for target in panel["targets"]
        }
        rows = grafana.table(panel, answers)
        found: dict[tuple[str, ...], grafana.Row] = {
            (row["cluster"], row["SLO"], row.get("Group", "")): row for row in rows
        }
        assert len(found) == len(rows)
        return found

    def number(self, title: str) -> float:
        """The one number of a panel."""
        (panel,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        (target,) = panel["targets"]
        return self.server.value(grafana.asked(self.dashboard, target["expr"], {}))


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """An empty store."""
    with (
        Exposition() as exposed,
        PrometheusServer(tmp_path / "store", scrape=[exposed.target]) as server,
    ):
        yield Board(tmp_path, exposed, server)


def test_each_cluster_has_rows_and_each_the_numbers_of_one_replica(board: Board) -> None:
    """In eu the replica that records most SLOs is read for all of them; us has another one."""
    board.hold(A, B, C)
    rows = board.rows(BUDGETS)

    assert {key: row["Budget left"] for key, row in rows.items()} == {
        ("eu", "fast", "x"): 0.5,
        ("eu", "right", ""): 0.5,
        ("us", "fast", "x"): 0.25,
        ("us", "right", ""): 0.25,
    }
    states = [row["State"] for row in rows.values()]
    assert states == [2.0 if slo == "fast" else 0.0 for _, slo, _ in rows]
    assert rows["eu", "fast", "x"]["Bad, 1d"] % 1.5 == 0
    assert rows["eu", "fast", "x"]["SLI"] == pytest.approx(1 - 0.5 * 0.01)
    assert {row["Owner"] for row in rows.values()} == {"team-web"}
    assert board.number("Groups measured") == 4
    assert board.number("Lowest budget left") == 0.25


def test_an_alert_of_two_replicas_is_one_and_of_two_clusters_two(board: Board) -> None:
    """The table and the number of pages count it once for each cluster, since it first fired."""
    board.hold(A, B, C)
    rows = board.rows(FIRING)

    assert {key: row["Since"] for key, row in rows.items()} == {
        ("eu", "fast", "x"): 500_000,
        ("us", "fast", "x"): 250_000,
    }
    assert board.number("Pages firing") == 2


def test_the_other_replica_is_read_where_one_is_gone(board: Board) -> None:
    """Without a the numbers of eu are those of b; what only a recorded has no data, no budget."""
    board.hold(A, B, C)
    board.hold(B, C)
    rows = board.rows(BUDGETS)

    assert rows["eu", "fast", "x"]["Budget left"] == 0.75
    assert rows["us", "fast", "x"]["Budget left"] == 0.25
    assert ("eu", "right", "") not in rows or "Budget left" not in rows["eu", "right", ""]


def test_a_group_without_data_in_one_cluster_has_data_in_another(board: Board) -> None:
    """The state is that of the group in its cluster, and without data there is no budget."""
    silent = {name: value for name, value in C.items() if "rate5m" not in name}
    board.hold(A, B, silent)
    rows = board.rows(BUDGETS)

    assert rows["eu", "fast", "x"]["Budget left"] == 0.5
    assert rows["us", "fast", "x"]["State"] == rows["us", "right", ""]["State"] == 5
    assert "Budget left" not in rows["us", "fast", "x"]
    assert board.number("Lowest budget left") == 0.5
