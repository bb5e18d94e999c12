"""The recipes of docs/how-to/members.md give the ledger that the page says."""

import re
from pathlib import Path

import pytest

from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "members.md"
RECIPE = re.compile(r"<!-- recipe: (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)
LAG, ROLE, UP = "pg_replication_lag_seconds", "pg_replication_is_replica", "up"
# The first member of each cluster is well; this is about the second one, from 30 minutes on.
GONE = "x59 stale"
SECOND: dict[str, dict[str, str]] = {
    "promoted": {LAG: f"1{GONE}", ROLE: "1x59 0x240", UP: "1x300", "pg_up": "1x300"},
    "exporter-dead": {
        LAG: f"1{GONE}",
        ROLE: f"1{GONE}",
        UP: "1x59 0x240",
        "pg_up": f"1{GONE}",
    },
    "removed": {LAG: f"1{GONE}", ROLE: f"1{GONE}", UP: f"1{GONE}", "pg_up": f"1{GONE}"},
    "never-answers": {UP: "0x300"},
    "down": {LAG: f"1{GONE}", ROLE: "1x300", UP: "1x300", "pg_up": "1x59 0x240"},
}
# What the ledger says a minute before, five minutes, fifty minutes and eighty minutes after.
MOMENTS = ("29m", "35m", "80m", "110m")
EXPECTED = {
    "promoted": {
        "promoted": [0, 0, 0, 0],
        "exporter-dead": [0, 1, 1, 0],
        "removed": [0, 0, 0, 0],
        "never-answers": [0, 0, 0, 0],
    },
    "removed": {
        "promoted": [0, 1, 1, 1],
        "exporter-dead": [0, 1, 1, 1],
        "removed": [0, 1, 0, 0],
        "never-answers": [1, 1, 1, 1],
    },
    "dead-exporter": {"exporter-dead": [0, 0, 0, 0], "down": [0, 0, 0, 0]},
}


def recipes() -> dict[str, str]:
    """The specs of the page by their names."""
    return dict(RECIPE.findall(PAGE.read_text(encoding="utf-8")))


def series() -> dict[str, str]:
    """Two members of each cluster; in cluster ``all-…`` both fare alike."""
    first = {LAG: "1x300", ROLE: "1x300", UP: "1x300", "pg_up": "1x300"}
    found: dict[str, str] = {}
    for cluster, second in SECOND.items():
        for case, one in ((cluster, first), (f"all-{cluster}", second)):
            for number, member in enumerate((one, second)):
                labels = f'{{cluster="{case}",job="pg",instance="{case}-{number}"}}'
                found |= {f"{metric}{labels}": values for metric, values in member.items()}
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_does_what_the_page_says(tmp_path: Path, name: str) -> None:
    """Who is missed, from when on, and until when."""
    files = compiled(tmp_path / "c", recipes()[name]).files
    replay = RuleReplay(tmp_path / "replay", files, series())
    cases = dict(EXPECTED[name])
    if name == "dead-exporter":
        cases |= {"all-exporter-dead": [0, 1, 1, 1], "all-down": [0, 1, 1, 1]}
    queries = {case: f'slokit:bad:rate5m{{cluster="{case}"}}' for case in cases}
    for query in queries.values():
        replay.ask(query, *MOMENTS)
    assert {case: replay.values(q, *MOMENTS) for case, q in queries.items()} == cases


def test_every_recipe_is_run() -> None:
    """The page has no recipe that this test does not know."""
    assert recipes().keys() == EXPECTED.keys()
