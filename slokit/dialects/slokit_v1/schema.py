"""The JSON Schema of slokit/v1, from the models that read it and the registry of SLI types."""

from collections.abc import Iterable
from typing import Any

from slokit.dialects.slokit_v1.causes import CauseAlertWritten
from slokit.dialects.slokit_v1.templates import PARAMETERS, USE
from slokit.dialects.slokit_v1.written import (
    VERSION,
    ParametersWritten,
    ParameterWritten,
    ServiceWritten,
    SloWritten,
    UseWritten,
)
from slokit.sli import SLI_TYPES
from slokit.sli.base import SliType
from slokit.source import parameters
from slokit.source.json_schema import definitions, document, name_of, reference
from slokit.source.tree import read_documents


def schema(policies: Iterable[str]) -> dict[str, Any]:
    """The schema of one document; ``policies`` are the names of the alert policies."""
    models = (ServiceWritten, SloWritten, CauseAlertWritten, UseWritten, ParameterWritten)
    defs = definitions([*models, *(kind.body for kind in SLI_TYPES)])
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
    use = defs.pop(name_of(UseWritten))
    defs = {name: _with_parameters(definition) for name, definition in defs.items()}
    root = _template_or_use(_with_parameters(service), use)
    return document(f"{VERSION}: the SLOs of one service", root, defs)


def _template_or_use(service: dict[str, Any], use: dict[str, Any]) -> dict[str, Any]:
    """A document is a service or a template, or it uses one: then it has the keys for that."""
    of_service = {key for key in service["properties"] if key not in use["properties"]}
    of_use = {key for key in use["properties"] if key not in service["properties"]}
    return {
        **service,
        "properties": {
            **service["properties"],
            PARAMETERS: _parameters(),
            **{key: use["properties"][key] for key in sorted(of_use)},
        },
        "required": [],
        "if": {"required": [USE]},
        "then": {
            "required": use["required"],
            "properties": dict.fromkeys(sorted({*of_service, PARAMETERS}), False),
        },
        "else": {
            "required": service["required"],
            "properties": dict.fromkeys(sorted(of_use), False),
        },
    }


def _parameters() -> dict[str, Any]:
    """A mapping of names, each with a default and a description or with nothing."""
    return {
        "type": "object",
        "description": ParametersWritten.model_fields[PARAMETERS].description,
        "propertyNames": {"pattern": f"^{parameters.NAME}$"},
        "additionalProperties": {"anyOf": [reference(ParameterWritten), {"type": "null"}]},
    }


_SCALARS = ({"type": "boolean"}, {"type": "integer"})
_PARAMETER = {"type": "string", "pattern": r"\$\{"}


def _with_parameters(schema: Any) -> Any:
    """The schema with `${name}` allowed wherever a scalar stands: in a template it may.

    An editor cannot know whether a document is one before its user has written `parameters:`.
    """
    if isinstance(schema, list):
        return [_with_parameters(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kind = {key: schema[key] for key in ("type",) if key in schema}
    if "enum" in schema or kind in _SCALARS:
        about = {key: schema[key] for key in ("description", "default") if key in schema}
        rest = {key: value for key, value in schema.items() if key not in about}
        return {**about, "anyOf": [rest, _PARAMETER]}
    if isinstance(schema.get("pattern"), str):
        return {**schema, "pattern": f"{schema['pattern']}|{_PARAMETER['pattern']}"}
    return {
        key: value if key in ("examples", "default") else _with_parameters(value)
        for key, value in schema.items()
    }


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
