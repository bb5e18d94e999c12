"""The shape of a mapping, checked by pydantic and told as findings with places."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Place, suggest
from slokit.text.words import clip

Route = tuple[str | int, ...]
Locate = Callable[..., Place]
Model = TypeVar("Model", bound=BaseModel)

_ROUNDS = 5
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
    "less_than_equal": "a smaller number",
    "greater_than_equal": "a number that is not negative",
    "too_short": "a list with at least one entry",
}


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Model]):
    """What could be read of a mapping: the model without its faulty values, if that makes one.

    ``faulty`` holds the routes of what was left out or made up, relative to the mapping.
    """

    value: Model | None
    findings: list[Finding]
    faulty: frozenset[Route] = frozenset()

    def is_faulty(self, *keys: str | int) -> bool:
        """Whether the value at a route, or one in or around it, was left out."""
        return any(
            route[: len(keys)] == keys or keys[: len(route)] == route for route in self.faulty
        )


def salvage(
    model: type[Model],
    data: object,
    locate: Locate,
    route: Route,
    not_yet: Mapping[str, str],
    fill: Mapping[str, object] | None = None,
) -> Decoded[Model]:
    """The model that the data is; a fault costs only the value that holds it.

    ``not_yet`` maps keys that the contract knows and this version does not to what they would do.
    ``fill`` says what stands for required keys that are absent or faulty.
    """
    empty = list(_empty_values(model, data, ()))
    findings = [_empty_value(locate((*route, *keys), of_key=True), keys) for keys in empty]
    faulty: set[Route] = set(empty)
    kept = _without(data, empty) if empty else data
    for _ in range(_ROUNDS):
        try:
            return Decoded(model.model_validate(kept), findings, frozenset(faulty))
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False, include_input=True)
        meant = {key for error in errors for key in _meant(model, error)}
        findings += [
            _finding(model, error, locate, route, not_yet)
            for error in errors
            if not _follows(error, faulty | meant if error["type"] == "missing" else faulty)
        ]
        faulty |= meant
        kept = _mended(kept, errors, fill or {}, faulty)
        if () in faulty:
            break
    return Decoded(None, findings, frozenset(faulty))


def _follows(error: ErrorDetails, faulty: Iterable[Route]) -> bool:
    """Whether an error is at or below a value that is known to be faulty."""
    route = _route(error)
    return any(route[: len(known)] == known for known in faulty)


def _meant(model: type[BaseModel], error: ErrorDetails) -> Iterator[Route]:
    """The key that a misspelt or misplaced one stands for: it is not missing as well."""
    route = _route(error)
    if error["type"] == "extra_forbidden":
        around, key = _model_at(model, route[:-1]), str(route[-1])
        nearest = misplaced(around).get(key) or suggest(key, around.model_fields)
        if nearest is not None:
            yield (*route[:-1], nearest)


def _route(error: ErrorDetails) -> Route:
    return tuple(part for part in error["loc"] if part != "[key]")


def _mended(
    data: Any, errors: Iterable[ErrorDetails], fill: Mapping[str, object], faulty: set[Route]
) -> Any:
    """The data without its faulty values, whose routes are added to ``faulty``."""
    gone: list[Route] = []
    for error in errors:
        route = _route(error)
        if error["type"] == "missing" and route[-1] in fill:
            data = _with(data, route, fill[str(route[-1])])
        elif error["type"] == "missing" or route in faulty:
            gone.append(route[:-1])
        else:
            gone.append(route)
        faulty |= {route, *gone[-1:]}
    return data if () in gone else _without(data, gone)


def _with(data: Any, route: Route, value: object) -> Any:
    """The data with a value set at a route."""
    if not route:
        return value
    copied: Any = dict(data) if isinstance(data, dict) else list(data)
    below = route[1:]
    copied[route[0]] = _with(copied[route[0]], below, value) if below else value
    return copied


def _without(data: Any, routes: Iterable[Route]) -> Any:
    """The data less what stands at some routes; an item of a list leaves an empty mapping."""
    if not routes:
        return data
    here = {route[0] for route in routes if len(route) == 1}
    below = {
        route[0]: [r[1:] for r in routes if r[0] == route[0] and r[1:]]
        for route in routes
        if route[1:]
    }
    if isinstance(data, dict):
        return {k: _without(v, below.get(k, ())) for k, v in data.items() if k not in here}
    if isinstance(data, list):
        return [{} if n in here else _without(v, below.get(n, ())) for n, v in enumerate(data)]
    return data


def _empty_values(model: type[BaseModel], data: object, route: Route) -> Iterator[Route]:
    """Where a known key stands without a value."""
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        field = model.model_fields.get(key)
        if field is None:
            continue
        if value is None:
            yield (*route, key)
        for nested in _models_in(field.annotation):
            yield from _empty_values(nested, value, (*route, key))
            for number, item in enumerate(value if isinstance(value, list) else ()):
                yield from _empty_values(nested, item, (*route, key, number))


def _empty_value(place: Place, keys: Route) -> Finding:
    hint = "give it a value, or leave the key out"
    return Finding(codes.WRONG_TYPE, f"{keys[-1]!r} is empty", place, hint)


def _finding(
    model: type[BaseModel],
    error: ErrorDetails,
    locate: Locate,
    base: Route,
    not_yet: Mapping[str, str],
) -> Finding:
    inner = _route(error)
    route, kind = (*base, *inner), error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, inner, route, locate(route, of_key=True), not_yet)
    if kind == "missing":
        place = locate(route[:-1], of_key=True) if len(route) > 1 else locate(())
        hint = f"add `{inner[-1]}:{_only_value(model, inner)}`"
        return Finding(codes.MISSING_KEY, f"{inner[-1]!r} is missing", place, hint)
    if code := codes.by_name(kind):
        told: dict[str, Any] = error.get("ctx", {})
        of_key = told["of_key"] or "[key]" in error["loc"]
        place = locate((*route, *told["at"]), of_key=of_key, span=told["span"])
        return Finding(code, told["text"], place, told["hint"])
    if kind == "literal_error":
        return _choice(error, locate(route), route)
    return _wrong_type(error, locate(route), route)


def _unknown_key(
    model: type[BaseModel], inner: Route, route: Route, place: Place, not_yet: Mapping[str, str]
) -> Finding:
    key = str(inner[-1])
    if len(inner) == 1 and key in not_yet:
        return Finding(
            codes.NOT_YET,
            f"{key!r} is not supported yet: {not_yet[key]}",
            place,
            "leave it out for now",
        )
    known = _model_at(model, inner[:-1])
    nearest = suggest(key, known.model_fields)
    fields = ", ".join(known.model_fields)
    hint = f"did you mean {nearest!r}?" if nearest else f"known: {fields}" if fields else ""
    hint = hint or "there is nothing to set here: leave it out"
    if owner := misplaced(known).get(key):
        hint = f"put it below `{owner}:`"
    around = [step for step in route[:-1] if isinstance(step, str)]
    within = f" in {around[-1]}" if around else ""
    return Finding(codes.UNKNOWN_KEY, f"unknown key {clip(key)!r}{within}", place, hint)


def misplaced(model: type[BaseModel]) -> Mapping[str, str]:
    """Keys that are often written in a mapping, but belong below one of its own keys."""
    found: Mapping[str, str] = getattr(model, "misplaced", {})
    return found


def _only_value(model: type[BaseModel], inner: Route) -> str:
    """What a key must say, if there is no choice."""
    field = _model_at(model, inner[:-1]).model_fields.get(str(inner[-1]))
    choices = (
        get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    )
    return f" {choices[0]}" if len(choices) == 1 else ""


def _model_at(model: type[BaseModel], inner: Route) -> type[BaseModel]:
    for part in inner:
        if not isinstance(part, str) or part not in model.model_fields:
            continue
        nested = _models_in(model.model_fields[part].annotation)
        model = nested[0] if nested else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models_in(inner)]


def _choice(error: ErrorDetails, place: Place, route: Route) -> Finding:
    choices = str(error.get("ctx", {}).get("expected", "")).split("'")[1::2]
    nearest = suggest(str(error["input"]), choices) if len(choices) > 2 else None
    hint = f"did you mean {nearest!r}?" if nearest else f"one of {', '.join(choices)}"
    message = f"{route[-1]!r} cannot be {_shown(error['input'])}"
    return Finding(codes.BAD_VALUE, message, place, hint)


def _wrong_type(error: ErrorDetails, place: Place, route: Route) -> Finding:
    wanted = _WANTED.get(error["type"], "another value")
    subject = f"{route[-1]!r}" if route and isinstance(route[-1], str) else "this item"
    subject = subject if route else "this document"
    code: Code = codes.BAD_VALUE if "pars" in error["type"] else codes.WRONG_TYPE
    message = f"{subject} must be {wanted}, not {_shown(error['input'])}"
    return Finding(code, message, place, _how(wanted, error["input"]))


def _how(wanted: str, given: object) -> str:
    if wanted == "a mapping":
        return "write it as `key: value`, one a line"
    if wanted.startswith("a list"):
        is_short = isinstance(given, str) and len(given) < 40
        return f"write [{given}]" if is_short else "write each entry behind a dash"
    return "write one text" if wanted == "text" else ""


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty one"
    return repr(clip(str(value)))
