"""Routes of slokit.yaml to owners and services that the bundle does not have."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.lint.base import Check
from slokit.model.bundle import Bundle
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each owner and service of a route that no alert will ever have."""
    settings = bundle.project.alertmanager
    if settings is None:
        return
    known = {
        "owner": {slo.owner for slo in bundle.slos if slo.owner},
        "service": {service.name for service in bundle.services},
    }
    for number, route in enumerate(settings.routes):
        for key, wanted in (("owner", route.owners), ("service", route.services)):
            for name in wanted:
                if name not in known[key]:
                    # a single name stands by itself, and is the longest part that exists
                    keys = ("alertmanager", "routes", number, key, wanted.index(name))
                    where = Location(bundle.project.file, 0, keys)
                    message = f"the bundle has no {key} {clip(name)!r}: nothing takes this route"
                    hint = did_you_mean(name, sorted(known[key]), "leave it out")
                    yield Finding(codes.UNKNOWN_OWNER, message, where, hint)


CHECK = Check((codes.UNKNOWN_OWNER,), find)
