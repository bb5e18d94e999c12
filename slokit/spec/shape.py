"""The shape of a mapping, checked by pydantic and told as findings with places."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from slokit.spec import codes
from slokit.spec.diagnostics import Code, Finding, Place, suggest
from slokit.spec.units import clip

Route = tuple[str | int, ...]
Locate = Callable[..., Place]
Model = TypeVar("Model", bound=BaseModel)

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
    "greater_than_equal": "a number that is not negative",
}


def decode(
    model: type[Model], data: object, locate: Locate, route: Route, not_yet: Mapping[str, str]
) -> tuple[Model | None, list[Finding]]:
    """The model that the data is, or the findings that say why it is none.

    ``not_yet`` maps keys that the contract knows and this version does not to what they would do.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=True)
        return None, [_finding(model, error, locate, route, not_yet) for error in errors]


def _finding(
    model: type[BaseModel],
    error: ErrorDetails,
    locate: Locate,
    base: Route,
    not_yet: Mapping[str, str],
) -> Finding:
    inner = tuple(part for part in error["loc"] if part != "[key]")
    route, kind = (*base, *inner), error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, inner, locate(route, of_key=True), not_yet)
    if kind == "missing":
        place = locate(route[:-1], of_key=True) if len(route) > 1 else locate(())
        return Finding(codes.MISSING_KEY, f"{inner[-1]!r} is missing", place, f"add `{inner[-1]}:`")
    if code := codes.by_name(kind):
        context: dict[str, Any] = error.get("ctx", {})
        return Finding(code, str(context["text"]), locate(route), str(context["hint"]))
    if kind == "literal_error":
        return _choice(error, locate(route), route)
    return _wrong_type(error, locate(route), route)


def _unknown_key(
    model: type[BaseModel], inner: Route, place: Place, not_yet: Mapping[str, str]
) -> Finding:
    key = str(inner[-1])
    if key in not_yet:
        return Finding(
            codes.NOT_YET,
            f"{key!r} is not supported yet: {not_yet[key]}",
            place,
            "leave it out for now",
        )
    known = _keys_at(model, inner[:-1])
    nearest = suggest(key, known)
    hint = f"did you mean {nearest!r}?" if nearest else f"known here: {', '.join(known)}"
    within = f" in {inner[-2]}" if len(inner) > 1 and isinstance(inner[-2], str) else ""
    return Finding(codes.UNKNOWN_KEY, f"unknown key {clip(key)!r}{within}", place, hint)


def _keys_at(model: type[BaseModel], inner: Route) -> list[str]:
    for part in inner:
        if not isinstance(part, str) or part not in model.model_fields:
            continue
        nested = _models_in(model.model_fields[part].annotation)
        model = nested[0] if nested else model
    return list(model.model_fields)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models_in(inner)]


def _choice(error: ErrorDetails, place: Place, route: Route) -> Finding:
    expected = str(error.get("ctx", {}).get("expected", ""))
    nearest = suggest(str(error["input"]), [word.strip("'") for word in expected.split("'")[1::2]])
    hint = f"did you mean {nearest!r}?" if nearest else f"one of {expected}"
    message = f"{route[-1]!r} cannot be {_shown(error['input'])}; it is one of {expected}"
    return Finding(codes.BAD_VALUE, message, place, hint)


def _wrong_type(error: ErrorDetails, place: Place, route: Route) -> Finding:
    wanted = _WANTED.get(error["type"], "another value")
    subject = f"{route[-1]!r}" if route and isinstance(route[-1], str) else "this item"
    code: Code = codes.BAD_VALUE if "pars" in error["type"] else codes.WRONG_TYPE
    return Finding(code, f"{subject} must be {wanted}, not {_shown(error['input'])}", place)


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return repr(clip(str(value)))
