"""Where panels stand: left to right, a new line where the width is used up."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from slokit.dashboards.panels import COLUMNS, Dashboard, Panel, Section

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel or a heading with its id and its place: columns and rows from the top left."""

    content: Section | Panel
    id: int
    x: int
    y: int
    width: int
    height: int


def place(dashboard: Dashboard) -> tuple[Placed, ...]:
    """All headings and panels of a dashboard, in reading order."""
    placed: list[Placed] = []
    for section in dashboard.sections:
        top = max((p.y + p.height for p in placed), default=0)
        placed.append(Placed(section, panel_id(f"section {section.key}"), 0, top, COLUMNS, 1))
        placed.extend(_flow(section, top + 1))
    return tuple(placed)


def panel_id(key: str) -> int:
    """A number that a panel keeps, whatever else comes and goes: links to it stay good."""
    return zlib.crc32(key.encode()) & _LARGEST_ID or 1


def _flow(section: Section, top: int) -> Iterator[Placed]:
    x, y, tallest = 0, top, 0
    for panel in section.panels:
        if x + panel.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        yield Placed(panel, panel_id(panel.key), x, y, panel.width, panel.height)
        x, tallest = x + panel.width, max(tallest, panel.height)
