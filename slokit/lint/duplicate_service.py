"""Two documents that describe the same service would write the same series."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related
from slokit.lint.base import Check
from slokit.model.bundle import Bundle
from slokit.model.slo import Service


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each service name that was taken already."""
    seen: dict[str, Service] = {}
    for service in bundle.services:
        first = seen.setdefault(service.name, service)
        if first is not service:
            related = (Related(first.location, "first here"),)
            message = f"a second document for the service {service.name!r}"
            hint = "rename one, or join them"
            yield Finding(codes.DUPLICATE_SERVICE, message, service.location, hint, related)


CHECK = Check((codes.DUPLICATE_SERVICE,), find)
