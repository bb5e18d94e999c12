"""Dashboards, one a file. To add one: write its file and name its function here.

What every dashboard has is added here: the lists of the others, marks, and links of slokit.yaml.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from slokit.dashboards import debug, executive, on_call, one_slo
from slokit.dashboards.choices import outside_links
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
    """All dashboards of a bundle, each with links to all other kinds, in the registry's order."""
    chosen = settings or Settings()
    made = [one for build in DASHBOARDS for one in build(bundle, chosen)]
    kinds = dict.fromkeys(one.kind for one in made)
    return tuple(_framed(one, kinds, bundle, chosen) for one in made)


def _framed(made: Dashboard, kinds: Iterable[str], bundle: Bundle, settings: Settings) -> Dashboard:
    return replace(
        made,
        sections=tuple(section for section in made.sections if section.panels),
        links=(*made.links, *outside_links(bundle.project)),
        events=settings.events,
        linked_kinds=tuple(kind for kind in kinds if kind != made.kind),
    )


__all__ = ["DASHBOARDS", "Dashboard", "Settings", "dashboards_of"]
