"""Grafana's own schema, by its SDK: what a dashboard loses on the way through it, and its types."""

import enum
import json
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

register_default_plugins()


def read(dashboard: Mapping[str, Any]) -> Dashboard:
    """The dashboard as the SDK understands it: keys that it does not know are gone."""
    return Dashboard.from_json(dict(dashboard))


def written(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as the SDK writes it, with its defaults added."""
    back: dict[str, Any] = json.loads(json.dumps(dashboard, cls=JSONEncoder))
    return back


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where ``after`` lacks or changes what ``before`` says; what it adds is no loss."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from lost(value, after[key], f"{path}/{key}")
            else:
                yield f"{path}/{key}"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from lost(one, other, f"{path}[{number}]")
    elif before != after or type(before) is not type(after):
        yield f"{path}: {before!r} became {after!r}"


def mistyped(value: Any, path: str = "") -> Iterator[str]:
    """Where a part of an SDK object is of another type than the schema says."""
    for name, hint in typing.get_type_hints(type(value)).items():
        part, at = getattr(value, name), f"{path}.{name}"
        if not _is(part, hint):
            yield f"{at}: {part!r} is no {hint}"
        for number, one in enumerate(part if isinstance(part, list) else [part]):
            if type(one).__module__.startswith("grafana_foundation_sdk"):
                yield from mistyped(one, f"{at}[{number}]")


def _is(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return any(_is(value, one) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(_is(one, arguments[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(_is(one, arguments[1]) for one in value.values())
    return hint is Any or _is_one(value, hint)


def _is_one(value: Any, hint: Any) -> bool:
    if issubclass(hint, enum.Enum):
        return value in {member.value for member in hint}
    if isinstance(value, dict) and hasattr(hint, "from_json"):
        # The SDK leaves transformations as they are: here one is read for itself.
        one = hint.from_json(value)
        return not [*lost(value, one.to_json()), *mistyped(one)]
    if hint in {int, float}:
        kinds = (int,) if hint is int else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    return isinstance(value, hint)
