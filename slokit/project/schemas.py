"""JSON Schemas (draft 2020-12) for editors: of a spec, and of slokit.yaml."""

from collections.abc import Iterable
from typing import Any

from slokit.dialects.slokit_v1 import schema
from slokit.model.alerting import PRESETS, AlertPolicy, in_order
from slokit.model.bundle import FILE_NAME
from slokit.project.project_file import ProjectWritten
from slokit.source.json_schema import definitions, document, name_of
from slokit.targets import TARGETS


def spec_schema(own: Iterable[AlertPolicy] = ()) -> dict[str, Any]:
    """The schema of one document of slokit's own dialect; ``own`` are the bundle's policies."""
    return schema.schema([policy.name for policy in in_order((*PRESETS, *own))])


def project_file_schema() -> dict[str, Any]:
    """The schema of slokit.yaml."""
    defs = definitions([ProjectWritten])
    root = defs.pop(name_of(ProjectWritten))
    name: dict[str, Any] = {"type": "string", "enum": [target.name for target in TARGETS]}
    options = {"type": "object", "propertyNames": name, "additionalProperties": {"type": "object"}}
    root["properties"]["targets"]["items"] = {"anyOf": [name, options]}
    return document(f"{FILE_NAME}: the bundle file", root, defs)
