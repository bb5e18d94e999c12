"""Pieces of a JSON Schema (draft 2020-12), for the formats that publish one."""

from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def exact_object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these keys, and no others."""
    return {**open_object(properties), "additionalProperties": False}


def open_object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object that has all of these keys, and perhaps others."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What the schema takes, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(items: dict[str, Any]) -> dict[str, Any]:
    """A list of what the schema takes."""
    return {"type": "array", "items": items}
