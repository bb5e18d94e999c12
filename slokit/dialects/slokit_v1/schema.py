"""The JSON Schema of slokit/v1, from the models that read it and the registry of SLI types."""

from collections.abc import Iterable
from typing import Any

from slokit.dialects.slokit_v1.causes import CauseAlertWritten
from slokit.dialects.slokit_v1.written import VERSION, ServiceWritten, SloWritten
from slokit.sli import SLI_TYPES
from slokit.sli.base import SliType
from slokit.source.json_schema import definitions, document, name_of, reference
from slokit.source.tree import read_documents


def schema(policies: Iterable[str]) -> dict[str, Any]:
    """The schema of one document; ``policies`` are the names of the alert policies."""
    defs = definitions(
        [ServiceWritten, SloWritten, CauseAlertWritten, *(kind.body for kind in SLI_TYPES)]
    )
    for kind in SLI_TYPES:
        documents, _ = read_documents(kind.name, kind.example)
        defs[name_of(kind.body)]["examples"] = [documents[0].data]
    # The bundle's own policies, which the models do not know.
    offered = {"type": "string", "enum": list(policies)}
    for definition in defs.values():
        if "alert_policy" in definition["properties"]:
            definition["properties"]["alert_policy"] |= offered
    slo, service = defs[name_of(SloWritten)], defs.pop(name_of(ServiceWritten))
    slo["properties"]["sli"] |= _sli()
    slo["allOf"] = [_objective(kind) for kind in SLI_TYPES]
    service["properties"]["slos"]["items"] = reference(SloWritten)
    service["properties"]["cause_alerts"]["items"] = reference(CauseAlertWritten)
    return document(f"{VERSION}: the SLOs of one service", service, defs)


def _sli() -> dict[str, Any]:
    """Exactly one of the types; `maxProperties: 1` would keep editors from offering any."""
    return {
        "type": "object",
        "properties": {kind.name: reference(kind.body) for kind in SLI_TYPES},
        "additionalProperties": False,
        "oneOf": [{"required": [kind.name]} for kind in SLI_TYPES],
    }


def _objective(kind: SliType) -> dict[str, Any]:
    """An objective, or several, unless the type's allowance is the objective."""
    wanted: dict[str, Any] = {"anyOf": [{"required": ["objective"]}, {"required": ["objectives"]}]}
    if not kind.has_objective:
        wanted = {"properties": {"objective": False}}
    is_of_kind = {"properties": {"sli": {"type": "object", "required": [kind.name]}}}
    return {"if": {**is_of_kind, "required": ["sli"]}, "then": wanted}
