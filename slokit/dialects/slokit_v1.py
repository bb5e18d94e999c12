"""The dialect slokit/v1: slokit's own language."""

from typing import Any

from slokit.dialects.base import Dialect
from slokit.dialects.slokit_v1_slos import Context, read_slos
from slokit.dialects.slokit_v1_written import NOT_YET_SERVICE, ServiceWritten
from slokit.spec import codes
from slokit.spec.bundle import Project
from slokit.spec.diagnostics import Finding, Place, suggest
from slokit.spec.model import Service
from slokit.spec.shape import decode
from slokit.spec.units import clip
from slokit.spec.yaml_tree import Document

VERSION = "slokit/v1"
NOWHERE = Place("", 0, 0, 0, 0)


def matches(data: object) -> bool:
    """Whether the document says that it is slokit's, whatever its version."""
    version = data.get("apiVersion") if isinstance(data, dict) else None
    return isinstance(version, str) and version.startswith("slokit/")


def read(document: Document, project: Project) -> tuple[Service | None, list[Finding]]:
    """The service of a document; its faulty SLOs are left out and told."""
    data = document.data
    assert isinstance(data, dict)
    if data["apiVersion"] != VERSION:
        version = str(data["apiVersion"])
        hint = f"write {suggest(version, [VERSION]) or VERSION}"
        place = document.place(("apiVersion",))
        return None, [
            Finding(codes.UNKNOWN_VERSION, f"unknown version {clip(version)!r}", place, hint)
        ]
    written, findings = decode(ServiceWritten, data, document.place, (), NOT_YET_SERVICE)
    written = written or _without_faults(data)
    if written is None:
        return None, findings
    slos, more = read_slos(written, Context(document, project))
    service = Service(
        name=written.service,
        slos=slos,
        file=document.file,
        index=document.index,
        description=written.description,
        owner=written.owner,
        runbook=written.runbook or "",
        labels=written.labels,
        locate=document.place,
    )
    return service, findings + more


def _without_faults(data: dict[str, Any]) -> ServiceWritten | None:
    """The service without its faulty keys, so that its SLOs are checked in the same run."""
    if not isinstance(data.get("slos"), list):
        return None
    kept: dict[str, Any] = {"apiVersion": VERSION, "service": "unnamed", "slos": data["slos"]}
    for key in ("service", "defaults"):
        if _is_valid({**kept, key: data.get(key)}):
            kept[key] = data[key]
    return ServiceWritten.model_validate(kept) if _is_valid(kept) else None


def _is_valid(data: dict[str, Any]) -> bool:
    return decode(ServiceWritten, data, lambda *_, **__: NOWHERE, (), {})[0] is not None


DIALECT = Dialect(VERSION, matches, read)
