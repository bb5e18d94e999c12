"""Labels that alerts are routed by and that also are group labels."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related
from slokit.lint.base import Check
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each routing label that some SLO of the bundle is grouped by.

    One rule serves all SLOs: a label cannot be a group's of one and a route of another.
    """
    grouped: dict[str, Slo] = {}
    for slo in bundle.slos:
        for label in slo.folding.names:
            grouped.setdefault(label, slo)
    for slo in bundle.slos:
        for label in slo.routing:
            if other := grouped.get(label):
                message = f"alerts on {other.id} have {label!r} as a group label"
                where = slo.location_of(f"routing.{label}")
                related = (Related(other.location_of("group_by"), "grouped here"),)
                yield Finding(codes.BAD_LABEL, message, where, "choose another name", related)


CHECK = Check((codes.BAD_LABEL,), find)
