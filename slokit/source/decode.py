"""The shape of a mapping, checked by pydantic and given as findings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, KeyPath, Location
from slokit.text.similar_names import did_you_mean, suggest
from slokit.text.words import clip

Model = TypeVar("Model", bound=BaseModel)

# Each round takes out what the last one refused; what then stands in its place may be refused
# as well, and a document of faults alone has to end somewhere.
_ROUNDS = 5
# What pydantic adds to the key path of an error: of a key, or of the shape that a value has.
_MARKS = ("[key]", "[mapping]", "[other]")
_WANTED = {
    "string_type": "text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_parsing_size": "a number of fewer digits",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "a number above 0",
    "less_than_equal": "a smaller number",
    "greater_than_equal": "a number that is not negative",
    "too_short": "a list with at least one entry",
}


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Model]):
    """What could be read of a mapping: the model without its faulty values, if that makes one.

    ``faulty`` holds the key paths of what was left out or made up, relative to the mapping.
    """

    value: Model | None
    findings: list[Finding]
    faulty: frozenset[KeyPath] = frozenset()

    def is_faulty(self, *keys: str | int) -> bool:
        """Whether the value at a key path, or one in or around it, was left out."""
        return any(path[: len(keys)] == keys or keys[: len(path)] == path for path in self.faulty)


def decode(
    model: type[Model],
    data: object,
    location: Location,
    fill: Mapping[str, object] | None = None,
) -> Decoded[Model]:
    """The model that the data at a location is; a fault costs only the value that holds it.

    ``fill`` says what stands for required keys that are absent or faulty.
    """
    empty = list(_empty_values(model, data, ()))
    hint = "give it a value, or leave the key out"
    findings = [
        Finding(codes.WRONG_TYPE, f"{keys[-1]!r} is empty", location.at(*keys, of_key=True), hint)
        for keys in empty
    ]
    faulty: set[KeyPath] = set(empty)
    kept = _without(data, empty) if empty else data
    for _ in range(_ROUNDS):
        try:
            return Decoded(model.model_validate(kept), findings, frozenset(faulty))
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_input=True)
        meant = {key for error in errors for key in _meant(model, error)}
        findings += [
            _finding(model, error, location)
            for error in errors
            if not _follows(error, faulty | meant if error["type"] == "missing" else faulty)
        ]
        faulty |= meant
        kept = _mended(kept, errors, fill or {}, faulty)
        if () in faulty:
            break
    return Decoded(None, findings, frozenset(faulty))


def _follows(error: ErrorDetails, faulty: Iterable[KeyPath]) -> bool:
    """Whether an error is at or below a value that is known to be faulty."""
    path = _keys(error)
    return any(path[: len(known)] == known for known in faulty)


def _meant(model: type[BaseModel], error: ErrorDetails) -> Iterator[KeyPath]:
    """The key that a misspelt or misplaced one stands for: it is not missing as well."""
    path = _keys(error)
    if error["type"] == "extra_forbidden":
        around, key = _model_at(model, path[:-1]), str(path[-1])
        nearest = misplaced(around).get(key) or suggest(key, fields_by_key(around))
        # `treshold` is unknown, and `threshold` is not missing: one fault, one finding.
        if nearest is not None:
            yield (*path[:-1], nearest)


def _keys(error: ErrorDetails) -> KeyPath:
    return tuple(part for part in error["loc"] if part not in _MARKS)


def _mended(
    data: Any, errors: Iterable[ErrorDetails], fill: Mapping[str, object], faulty: set[KeyPath]
) -> Any:
    """The data without its faulty values, whose key paths are added to ``faulty``."""
    gone: list[KeyPath] = []
    for error in errors:
        path = _keys(error)
        if error["type"] == "missing" and path[-1] in fill:
            data = _with(data, path, fill[str(path[-1])])
        elif error["type"] == "missing" or path in faulty:
            gone.append(path[:-1])
        else:
            gone.append(path)
        faulty |= {path, *gone[-1:]}
    return data if () in gone else _without(data, gone)


def _with(data: Any, path: KeyPath, value: object) -> Any:
    """The data with a value set at a key path."""
    if not path:
        return value
    copied: Any = dict(data) if isinstance(data, dict) else list(data)
    below = path[1:]
    copied[path[0]] = _with(copied[path[0]], below, value) if below else value
    return copied


def _without(data: Any, paths: Iterable[KeyPath]) -> Any:
    """The data less what stands at some key paths; an item of a list leaves an empty mapping."""
    if not paths:
        return data
    here = {path[0] for path in paths if len(path) == 1}
    below = {
        path[0]: [r[1:] for r in paths if r[0] == path[0] and r[1:]] for path in paths if path[1:]
    }
    if isinstance(data, dict):
        return {k: _without(v, below.get(k, ())) for k, v in data.items() if k not in here}
    if isinstance(data, list):
        return [{} if n in here else _without(v, below.get(n, ())) for n, v in enumerate(data)]
    return data


def _empty_values(model: type[BaseModel], data: object, path: KeyPath) -> Iterator[KeyPath]:
    """Where a known key stands without a value."""
    if not isinstance(data, dict):
        return
    models = _models_of(model)
    for key, value in data.items():
        if key not in models:
            continue
        if value is None:
            yield (*path, key)
        for nested in models[key]:
            yield from _empty_values(nested, value, (*path, key))
            for number, item in enumerate(value if isinstance(value, list) else ()):
                yield from _empty_values(nested, item, (*path, key, number))


def _finding(model: type[BaseModel], error: ErrorDetails, base: Location) -> Finding:
    keys, kind = _keys(error), error["type"]
    location = base.at(*keys)
    if kind == "extra_forbidden":
        return _unknown_key(model, keys, base)
    if kind == "missing":
        around = base.at(*keys[:-1], of_key=True)
        hint = f"add `{keys[-1]}:{_only_value(model, keys)}`"
        return Finding(codes.MISSING_KEY, f"{keys[-1]!r} is missing", around, hint)
    if isinstance(fault := error.get("ctx", {}).get("fault"), Finding):
        if "[key]" in error["loc"] and fault.location:
            fault = replace(fault, location=replace(fault.location, of_key=True))
        return fault.within(location)
    if kind == "literal_error":
        return _choice(error, location)
    return _wrong_type(error, location)


def _unknown_key(model: type[BaseModel], keys: KeyPath, base: Location) -> Finding:
    key, location = str(keys[-1]), base.at(*keys, of_key=True)
    known = fields_by_key(_model_at(model, keys[:-1]))
    fields = ", ".join(known)
    nothing = "there is nothing to set here: leave it out"
    hint = did_you_mean(key, known, f"known: {fields}" if fields else nothing)
    if owner := misplaced(_model_at(model, keys[:-1])).get(key):
        hint = f"put it below `{owner}:`"
    around = [step for step in location.keys[:-1] if isinstance(step, str)]
    within = f" in {around[-1]}" if around else ""
    return Finding(codes.UNKNOWN_KEY, f"unknown key {clip(key)!r}{within}", location, hint)


def fields_by_key(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by their keys: ``for`` is no name that Python has for a field."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def misplaced(model: type[BaseModel]) -> Mapping[str, str]:
    """Keys that are often written in a mapping, but belong below one of its own keys."""
    found: Mapping[str, str] = getattr(model, "misplaced", {})
    return found


def _only_value(model: type[BaseModel], inner: KeyPath) -> str:
    """What a key must say, if there is no choice."""
    field = fields_by_key(_model_at(model, inner[:-1])).get(str(inner[-1]))
    choices = (
        get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    )
    return f" {choices[0]}" if len(choices) == 1 else ""


def _model_at(model: type[BaseModel], inner: KeyPath) -> type[BaseModel]:
    for part in inner:
        fields = fields_by_key(model)
        if not isinstance(part, str) or part not in fields:
            continue
        nested = _models_in(fields[part].annotation)
        model = nested[0] if nested else model
    return model


@lru_cache(maxsize=256)
def _models_of(model: type[BaseModel]) -> Mapping[str, list[type[BaseModel]]]:
    """The models that may stand below each key; the same few are asked for again and again."""
    return {key: _models_in(field.annotation) for key, field in fields_by_key(model).items()}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models_in(inner)]


def _choice(error: ErrorDetails, location: Location) -> Finding:
    choices = str(error.get("ctx", {}).get("expected", "")).split("'")[1::2]
    # Of two choices the hint names both anyhow.
    near = choices if len(choices) > 2 else ()
    hint = did_you_mean(str(error["input"]), near, f"one of {', '.join(choices)}")
    message = f"{location.keys[-1]!r} cannot be {_shown(error['input'])}"
    return Finding(codes.BAD_VALUE, message, location, hint)


def _wrong_type(error: ErrorDetails, location: Location) -> Finding:
    wanted = _WANTED.get(error["type"], "another value")
    subject = "this item" if location.keys else "this document"
    if location.keys and isinstance(location.keys[-1], str):
        subject = repr(location.keys[-1])
    code: Code = codes.BAD_VALUE if "pars" in error["type"] else codes.WRONG_TYPE
    message = f"{subject} must be {wanted}, not {_shown(error['input'])}"
    return Finding(code, message, location, _how(wanted, error["input"]))


def _how(wanted: str, given: object) -> str:
    if wanted == "a mapping":
        return "write it as `key: value`, one a line"
    if wanted.startswith("a list"):
        is_short = isinstance(given, str) and len(given) < 40
        return f"write [{given}]" if is_short else "write each entry behind a dash"
    if wanted in ("a number", "a number above 0"):
        return "such as 2 or 0.5"
    return "write one text" if wanted == "text" else ""


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty one"
    return repr(clip(str(value)))
