"""Dashboards, one a file. To add one: write its file and name its function here."""

from collections.abc import Callable

from slokit.dashboards import debug, executive, on_call, one_slo
from slokit.dashboards.panels import Dashboard
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

DASHBOARDS: tuple[Callable[[Bundle, Settings], tuple[Dashboard, ...]], ...] = (
    executive.executive,
    on_call.on_call,
    one_slo.one_slo,
    debug.debug,
)


def dashboards_of(bundle: Bundle, settings: Settings | None = None) -> tuple[Dashboard, ...]:
    """All dashboards of a bundle."""
    chosen = settings or Settings()
    return tuple(made for build in DASHBOARDS for made in build(bundle, chosen))


__all__ = ["DASHBOARDS", "Dashboard", "Settings", "dashboards_of"]
