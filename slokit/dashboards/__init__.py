"""Dashboards, one a file. To add one: write its file and name its function here."""

from collections.abc import Callable

from slokit.dashboards import overview
from slokit.dashboards.panels import Dashboard
from slokit.model.bundle import Bundle

DASHBOARDS: tuple[Callable[[Bundle], Dashboard], ...] = (overview.overview,)

__all__ = ["DASHBOARDS", "Dashboard"]
