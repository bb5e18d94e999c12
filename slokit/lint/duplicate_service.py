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
        if first is service or service.locate is None or first.locate is None:
            continue
        related = (Related(first.locate(("service",)), "first here"),)
        message = f"a second document for the service {service.name!r}"
        place = service.locate(("service",))
        yield Finding(codes.DUPLICATE_SERVICE, message, place, "rename one, or join them", related)


CHECK = Check((codes.DUPLICATE_SERVICE,), find)
