"""The recipes of docs/how-to/write-an-slo.md count what the page says that they count."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slokit.compiler import names
from tests.docs.exporter_days import CASES, Case
from tests.docs.shell_blocks import ROOT
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

PAGE = ROOT / "docs" / "how-to" / "write-an-slo.md"
RECIPE = re.compile(r"<!-- recipe: (\S+) -->\n```yaml\n(.*?)```\n\n(.*?)\n\n", re.DOTALL)
RECORDED = sorted((Path(__file__).parent / "expositions").glob("*.txt"))
NO_DATA = "–"
OF_THE_TARGET = {"job", "instance", "cluster"}


@dataclass(frozen=True)
class Recipe:
    """A spec of the page, and the rows of its table: the first cell, and all others."""

    spec: str
    rows: dict[str, list[str]]


def recipes() -> dict[str, Recipe]:
    """The recipes by their names."""
    found = RECIPE.findall(PAGE.read_text(encoding="utf-8"))
    return {name: Recipe(spec, rows_of(table)) for name, spec, table in found}


def rows_of(table: str) -> dict[str, list[str]]:
    """The rows below the head of a table."""
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


def counted(cell: str) -> Any:
    """A number as the page writes it, in seconds where it is a time; None for no data."""
    return (
        None
        if cell == NO_DATA
        else pytest.approx(float(cell.removesuffix(" s").replace(",", "")), rel=1e-6, abs=1e-6)
    )


def in_ledger(replay: RuleReplay, case: Case) -> list[Any]:
    """What the ledger has of bad and total in the hour of a case; None where it has nothing."""
    of = f'{{slo="{case.slo}"}}' if case.slo else ""
    # twelve slots of five minutes, the first of which begins an hour before the last one ends
    queries = [f"sum(sum_over_time(slokit:{s}:events5m{of}[59m]))" for s in ("bad", "total")]
    for query in queries:
        replay.ask(query, f"{case.until}m")
    return [replay.values(query, f"{case.until}m")[0] for query in queries]


@pytest.mark.parametrize("name", CASES)
def test_a_recipe_counts_what_the_page_says(tmp_path: Path, name: str) -> None:
    """Every row of its table: bad and total, and the alert where the table has one."""
    recipe, made = recipes()[name], compiled(tmp_path / "c", recipes()[name].spec)
    found, said = {}, {}
    for place, case in enumerate(CASES[name]()):
        bad, total, *alert = recipe.rows[case.row]
        counts = keeping(made.bundle, ["slokit:total:events5m", "slokit:bad:events5m"])
        files = made.files if alert else (*made.ledgers, counts)
        replay, end = RuleReplay(tmp_path / str(place), files, case.series), f"{case.until}m"
        replay.evaluation_interval = case.evaluated
        if alert:
            replay.ask_alerts(names.BURN_ALERT, end)
        found[case.row] = in_ledger(replay, case)
        said[case.row] = [counted(bad), counted(total), *alert]
        if alert:
            severities = {one.labels["severity"] for one in replay.alerts(names.BURN_ALERT, end)}
            found[case.row].append(" and ".join(sorted(severities)) or "none")

    assert found == said
    assert found.keys() == recipe.rows.keys()


def labels_of(series: str) -> tuple[str, frozenset[str]]:
    """The name of a series, and the names of those labels that its exporter sets."""
    name = re.split(r"[{ ]", series)[0]
    labels = series.removeprefix(name)
    return name, frozenset(re.findall(r"(\w+)=\"", labels)) - OF_THE_TARGET


def test_exporters_say_what_the_cases_say() -> None:
    """Each series of a case is in the expositions that were recorded, with its labels."""
    lines = [line for path in RECORDED for line in path.read_text(encoding="utf-8").splitlines()]
    recorded = {labels_of(line) for line in lines if not line.startswith("#")}
    shown = {labels_of(s) for cases in CASES.values() for case in cases() for s in case.series}

    assert [
        (name, labels)
        for name, labels in shown
        if name != "up" and not any(one == name and labels <= more for one, more in recorded)
    ] == []


def test_every_recipe_is_run() -> None:
    """The page has no recipe that this test does not know."""
    assert recipes().keys() == CASES.keys()
