"""A maintenance for a service or a label that no SLO has keeps nothing quiet."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, KeyPath, Location
from slokit.lint.base import Check
from slokit.model.bundle import Bundle
from slokit.model.maintenance import OWN_LABELS, Maintenance
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, joined


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each maintenance, or part of one, that no SLO is meant by."""
    services = [service.name for service in bundle.services]
    grouped = {label for slo in bundle.slos for label in slo.folding.names}
    for each in bundle.project.maintenances if bundle.services else ():
        unknown = list(_unknown(each, services, grouped))
        yield from unknown
        if not unknown and not any(
            each.group_matchers(slo.own_labels, slo.folding.names) is not None
            for slo in bundle.slos
        ):
            message = f"the maintenance {each.name!r} is for no SLO: none matches all of it"
            yield Finding(codes.MAINTENANCE_IDLE, message, each.location, "look at `match`")


def _unknown(each: Maintenance, services: list[str], grouped: set[str]) -> Iterator[Finding]:
    for number, service in enumerate(each.services):
        if service not in services:
            message = f"no such service {clip(service)!r}"
            hint = did_you_mean(service, services, "name one of the bundle")
            where = _beside(each.location, ("services", number))
            yield Finding(codes.MAINTENANCE_IDLE, message, where, hint)
    known = (*OWN_LABELS, *sorted(grouped))
    for matcher in each.match:
        if matcher.label not in known:
            message = f"no SLO is grouped by {clip(matcher.label)!r}, which `match` asks for"
            hint = did_you_mean(matcher.label, known, f"{joined(known, 'or')} can be matched")
            yield Finding(codes.MAINTENANCE_IDLE, message, _beside(each.location, ("match",)), hint)


def _beside(name: Location, keys: KeyPath) -> Location:
    """Another key of the maintenance whose name is written there."""
    return Location(name.file, name.document, (*name.keys[:-1], *keys))


CHECK = Check((codes.MAINTENANCE_IDLE,), find)
