"""The dialect slokit/v1: slokit's own language."""

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.dialects.base import Dialect
from slokit.dialects.slokit_v1.parts import Context, inherited_from
from slokit.dialects.slokit_v1.slos import read_slos
from slokit.dialects.slokit_v1.written import NOT_YET_SERVICE, DefaultsWritten, ServiceWritten
from slokit.model.bundle import Project
from slokit.model.slo import Service
from slokit.source.decode import decode
from slokit.source.places import Sources
from slokit.source.tree import Document
from slokit.text.words import clip

VERSION = "slokit/v1"
_TEMPLATE = {"parameters", "use"}
_STAND_INS = {"apiVersion": VERSION, "service": "unnamed", "slos": []}


def matches(data: object) -> bool:
    """Whether the document says that it is slokit's, or is one that forgot to say so."""
    if not isinstance(data, dict):
        return False
    versions = [v for k, v in data.items() if k.lower().replace("_", "") == "apiversion"]
    if versions:
        return any(isinstance(v, str) and v.lower().startswith("slokit") for v in versions)
    # Sloth's specs look alike, but have a `version`
    return {"service", "slos"} <= set(data) and not {"version", "kind"} & set(data)


def read(
    document: Document, project: Project, sources: Sources
) -> tuple[Service | None, list[Finding]]:
    """The service of a document; its faulty SLOs are left out and told."""
    service, findings = _read(document, project, sources)
    if service is None:
        message = "this service is left out: an error in it is ignored"
        location = document.location.at("service")
        findings.append(Finding(codes.LEFT_OUT, message, location, "mend the error"))
    return service, findings


def _read(
    document: Document, project: Project, sources: Sources
) -> tuple[Service | None, list[Finding]]:
    data = document.data
    assert isinstance(data, dict)
    version = data.get("apiVersion", VERSION)
    if version != VERSION:
        location = document.location.at("apiVersion")
        message = f"unknown version {clip(str(version))!r}"
        return None, [Finding(codes.UNKNOWN_VERSION, message, location, f"write {VERSION}")]
    if data.keys() & _TEMPLATE:
        return None, [_of_template(document, key) for key in NOT_YET_SERVICE if key in data]
    decoded = decode(ServiceWritten, data, document.location, NOT_YET_SERVICE, _STAND_INS)
    written = decoded.value
    if written is None:
        return None, decoded.findings
    faulty = (key for key in DefaultsWritten.model_fields if decoded.is_faulty("defaults", key))
    context = Context(document, project, sources, inherited_from(document), frozenset(faulty))
    slos, more = read_slos(written, context)
    if decoded.is_faulty("service"):
        return None, decoded.findings + more
    service = Service(
        name=written.service,
        slos=slos,
        file=document.file,
        index=document.index,
        description=written.description,
        owner=written.owner,
        runbook=written.runbook or "",
        labels=written.labels,
        location=document.location.at("service"),
    )
    return service, decoded.findings + more


def _of_template(document: Document, key: str) -> Finding:
    """Nothing else is told of a template: its texts may hold ``${name}`` anywhere."""
    location = document.location.at(key, of_key=True)
    message = f"{key!r} is not supported yet: {NOT_YET_SERVICE[key]}"
    return Finding(codes.NOT_YET, message, location, "write the service out for now")


DIALECT = Dialect(VERSION, matches, read)
