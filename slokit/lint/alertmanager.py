"""Who is notified, held against the rest: owners and services, and what the output can say."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.lint.base import Check
from slokit.model.bundle import Bundle, Project
from slokit.model.routing import Alertmanager, secret_of
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each owner and service of a route that no alert will ever have, and others."""
    settings = bundle.project.alertmanager
    yield from _of_target(bundle.project)
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


def _of_target(project: Project) -> Iterator[Finding]:
    """What the target, where slokit.yaml names it, cannot be made of."""
    options = (project.targets or {}).get("alertmanager")
    if options is None:
        return
    root, settings = Location(project.file, 0), project.alertmanager
    if settings is None:
        where = root.at("targets", list(project.targets or ()).index("alertmanager"))
        message = "the target alertmanager needs to know who is notified"
        yield Finding(codes.MISSING_KEY, message, where, "add `alertmanager:` with receivers")
    elif getattr(options, "format", "") == "alertmanagerconfig":
        yield from _of_object(settings, root.at("alertmanager"))


def _of_object(settings: Alertmanager, where: Location) -> Iterator[Finding]:
    """What an object of the Prometheus operator has no place for."""
    if settings.base is not None:
        message = "an AlertmanagerConfig has no base: the operator merges objects by itself"
        yield Finding(codes.BAD_VALUE, message, where.at("base", of_key=True), "leave it out")
    for receiver in settings.receivers:
        for way, channel in receiver.channels.items():
            for key, value in channel.items():
                if key.endswith("_file") and secret_of(str(value)) is None:
                    message = f"{clip(str(value))!r} names no secret of Kubernetes"
                    at = where.at("receivers", receiver.name, way, key)
                    hint = "let it end in SECRET/KEY, as the operator mounts secrets"
                    yield Finding(codes.BAD_VALUE, message, at, hint)


CHECK = Check((codes.UNKNOWN_OWNER, codes.MISSING_KEY, codes.BAD_VALUE), find)
