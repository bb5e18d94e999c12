"""JSON Schemas of what is written, derived from the models that read it.

slokit takes every scalar as its text; an editor sees numbers and booleans, so a schema takes those
where text is free. Whatever slokit reads is valid under its schema; the reverse cannot hold.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from slokit.text.durations import format_duration

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"
_FREE = ["string", "number"]
_FREE_IN_MAPS = [*_FREE, "boolean"]
_NULL = {"type": "null"}
_EMPTY: tuple[object, ...] = (None, "", [], {})


class _Generator(GenerateJsonSchema):
    """Writes default durations as the text that a user would write."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Fraction):
            return format_duration(dft)
        if isinstance(dft, BaseModel):
            return None
        return super().encode_default(dft)


def definitions(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The schemas of models and of all models in them, by the names of :func:`name_of`."""
    wanted: list[tuple[type[BaseModel], Literal["validation"]]] = [
        (model, "validation") for model in models
    ]
    _, combined = models_json_schema(wanted, schema_generator=_Generator)
    return {_bare(name): _tidy(schema) for name, schema in combined["$defs"].items()}


def name_of(model: type[BaseModel]) -> str:
    """The name of a model's schema, which editors show: SloWritten is Slo."""
    return _bare(model.__name__)


def _bare(name: str) -> str:
    return name.removesuffix("Written").removesuffix("Body")


def reference(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a model's schema."""
    return {"$ref": f"{_DEFINITIONS}{name_of(model)}"}


def document(title: str, root: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """A whole schema: its root and the definitions that it refers to, by name."""
    used = {name: defs[name] for name in sorted(_reached(root, defs))}
    return {"$schema": DRAFT, "title": title, **root, "$defs": used}


def _reached(schema: Any, defs: Mapping[str, Any]) -> set[str]:
    """The definitions that a schema refers to, and those that these refer to."""
    found: set[str] = set()
    pending = [schema]
    while pending:
        new = _references(pending.pop()) - found
        found |= new
        pending += [defs[name] for name in new]
    return found


def _references(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {name for item in schema for name in _references(item)}
    if not isinstance(schema, dict):
        return set()
    own = {str(schema["$ref"]).rpartition("/")[2]} if "$ref" in schema else set()
    return own.union(*(_references(value) for value in schema.values()))


def _tidy(schema: Any, *, in_map: bool = False) -> Any:
    """Without titles, nulls and empty defaults: a key without a value is a fault."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _value(key, value) for key, value in schema.items() if key != "title"}
    # An editor would offer the default as something to write, and an empty value is a fault.
    if tidied.get("default") in _EMPTY:
        tidied.pop("default", None)
    return _free_text(_without_null(tidied), in_map=in_map)


def _value(key: str, value: Any) -> Any:
    if key in ("properties", "$defs"):
        return {name: _tidy(schema) for name, schema in value.items()}
    if key in ("default", "enum", "examples", "const"):
        return value
    if key == "$ref":
        return f"{_DEFINITIONS}{_bare(value.removeprefix(_DEFINITIONS))}"
    return _tidy(value, in_map=key == "additionalProperties")


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != _NULL]
    if not choices:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else {"anyOf": choices, **rest}


def _free_text(schema: dict[str, Any], *, in_map: bool) -> dict[str, Any]:
    if schema.get("type") != "string" or set(schema) - {"type", "description", "default"}:
        return schema
    return {**schema, "type": _FREE_IN_MAPS if in_map else _FREE}
