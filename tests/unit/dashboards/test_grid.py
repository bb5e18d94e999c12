"""Panels stand beside and below each other, and keep their ids."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from slokit.dashboards import DASHBOARDS, Dashboard, Settings
from slokit.dashboards.panels import COLUMNS, Placed, Section, Stat, panel_id, place
from tests.unit.dashboards.bundles import bundle_of, reference


def _stat(key: str, width: int, height: int) -> Stat:
    return Stat(key=key, title=key, description=key, width=width, height=height, expr="1")


def _dashboard(*sections: Section) -> Dashboard:
    return Dashboard("d", "d", "D", "", (), sections)


def _overlap(one: Placed, other: Placed) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    below = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or below)


def test_a_full_line_is_followed_by_another_below_its_tallest_panel() -> None:
    """Where the width is used up, the next panel stands below everything of the line."""
    panels = (_stat("a", 12, 4), _stat("b", 12, 8), _stat("c", 6, 4))
    below = Section("t", "T", (_stat("d", 24, 3),))
    placed = place(_dashboard(Section("s", "S", panels), below))

    assert [(p.x, p.y) for p in placed] == [(0, 0), (0, 1), (12, 1), (0, 9), (0, 13), (0, 14)]


@pytest.mark.parametrize("build", DASHBOARDS)
def test_no_panel_covers_another(build: object, tmp_path: Path) -> None:
    """In every dashboard panels stay within the grid and do not overlap; each has an id alone."""
    assert callable(build)
    made = [
        dashboard
        for bundle in (bundle_of(tmp_path), reference())
        for dashboard in build(bundle, Settings())
    ]
    assert made
    for dashboard in made:
        placed = place(dashboard)

        assert [(a, b) for a, b in combinations(placed, 2) if _overlap(a, b)] == []
        assert all(p.x + p.width <= COLUMNS for p in placed)
        assert len({p.id for p in placed}) == len(placed)
        assert all(0 < p.id < 2**31 for p in placed)


def test_a_panel_keeps_its_id_when_others_come_and_go() -> None:
    """The id is of the panel's key alone: neither its place nor its title changes it."""
    first, second = _stat("a", 4, 4), _stat("b", 4, 4)
    alone = place(_dashboard(Section("s", "S", (second,))))
    moved = replace(second, title="Another title", width=8)
    beside = place(_dashboard(Section("s", "S", (first, moved))))

    assert alone[-1].id == beside[-1].id


def test_the_ids_of_the_executive_dashboard_are_those_that_people_linked_to() -> None:
    """Ids are fixed: a link to a panel, written down today, still opens it after an update."""
    known = {"budgets": 1554683208, "firing": 1440051890, "burn-1h-5m": 1092012326}

    assert {key: panel_id(key) for key in known} == known
