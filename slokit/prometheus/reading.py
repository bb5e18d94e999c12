"""From the JSON of an answer to its type; anything of another shape raises UnexpectedShapeError."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from slokit.prometheus.types import (
    Histogram,
    Matrix,
    MetricMetadata,
    Rule,
    RuleGroup,
    Sample,
    Series,
    Target,
    Vector,
)

T = TypeVar("T")
_UNIT_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+")


class UnexpectedShapeError(ValueError):
    """Says what an answer holds, and instead of what."""


def vector(data: object) -> Vector:
    """An instant answer: a vector, or a scalar as one sample without labels."""
    kind, result = _typed(data)
    if kind == "vector":
        return tuple(_sample(item) for item in as_list(result))
    if kind == "scalar":
        at, value = _point(result)
        return (Sample({}, value, at),)
    raise UnexpectedShapeError(f"a result of type {kind!r} instead of a vector")


def matrix(data: object) -> Matrix:
    """A range answer, each series' points as the server ordered them."""
    kind, result = _typed(data)
    if kind != "matrix":
        raise UnexpectedShapeError(f"a result of type {kind!r} instead of a matrix")
    return tuple(_series(item) for item in as_list(result))


def label_sets(data: object) -> list[dict[str, str]]:
    """The answer of ``series``."""
    return [labels(item) for item in as_list(data)]


def texts(data: object) -> list[str]:
    """A list of strings."""
    return [_text(item) for item in as_list(data)]


def text_map(data: object) -> dict[str, str]:
    """A flat object; numbers and booleans become text, nested parts are left out."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in as_dict(data).items()
        if isinstance(value, (str, int, float))
    }


def metadata(data: object) -> dict[str, list[MetricMetadata]]:
    """The answer of ``metadata``, by metric name."""
    return {
        name: [_metadata(entry) for entry in as_list(entries)]
        for name, entries in as_dict(data).items()
    }


def targets(data: object) -> list[Target]:
    """The active targets in the answer of ``targets``."""
    return [_target(item) for item in as_list(as_dict(data).get("activeTargets") or [])]


def rule_groups(data: object) -> list[RuleGroup]:
    """The answer of ``rules``."""
    return [_rule_group(item) for item in as_list(as_dict(data).get("groups") or [])]


def labels(data: object) -> dict[str, str]:
    """A label set."""
    return {_text(name): _text(value) for name, value in as_dict(data).items()}


def as_list(data: object) -> list[Any]:
    """``data`` if it is a JSON array."""
    if not isinstance(data, list):
        raise UnexpectedShapeError(f"{_named(data)} instead of a list")
    return data


def as_dict(data: object) -> dict[str, Any]:
    """``data`` if it is a JSON object."""
    if not isinstance(data, dict):
        raise UnexpectedShapeError(f"{_named(data)} instead of an object")
    return data


def duration(text: str) -> float | None:
    """Seconds of a duration like ``1m30s``; None for anything else."""
    if not _DURATION.fullmatch(text):
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhdwy])", text)
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)


def _typed(data: object) -> tuple[str, object]:
    answer = as_dict(data)
    return str(answer.get("resultType")), answer.get("result")


def _sample(item: object) -> Sample:
    fields = as_dict(item)
    own = labels(fields.get("metric"))
    if "histogram" in fields:
        at, histogram = _pair(fields["histogram"], _histogram)
        return Sample(own, float("nan"), at, histogram)
    at, value = _point(fields.get("value"))
    return Sample(own, value, at)


def _series(item: object) -> Series:
    fields = as_dict(item)
    return Series(
        labels(fields.get("metric")),
        _points(as_list(fields.get("values") or [])),
        tuple(_pair(point, _histogram) for point in as_list(fields.get("histograms") or [])),
    )


def _points(data: list[Any]) -> tuple[tuple[float, float], ...]:
    """Millions of points come this way: the quick path first, the one with reasons if it fails."""
    try:
        return tuple([(float(at), float(value)) for at, value in data])
    except (ValueError, TypeError, OverflowError):
        return tuple(_point(point) for point in data)


def _point(data: object) -> tuple[float, float]:
    return _pair(data, _number)


def _pair(data: object, read: Callable[[object], T]) -> tuple[float, T]:
    pair = as_list(data)
    if len(pair) != 2:
        raise UnexpectedShapeError(f"a point of {len(pair)} parts instead of a time and a value")
    return _number(pair[0]), read(pair[1])


def _histogram(data: object) -> Histogram:
    fields = as_dict(data)
    return Histogram(_number(fields.get("count")), _number(fields.get("sum")))


def _number(data: object) -> float:
    """A JSON number, or a string as Prometheus writes values: ``1e3``, ``NaN``, ``+Inf``."""
    if isinstance(data, bool) or not isinstance(data, (int, float, str)):
        raise UnexpectedShapeError(f"{_named(data)} instead of a number")
    try:
        return float(data)
    except (ValueError, OverflowError):
        raise UnexpectedShapeError("a text instead of a number") from None


def _text(data: object) -> str:
    """A string that can be written out again: JSON may escape half a character."""
    if not isinstance(data, str):
        raise UnexpectedShapeError(f"{_named(data)} instead of a text")
    if data.isascii():
        return data
    return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _metadata(entry: object) -> MetricMetadata:
    fields = as_dict(entry)
    return MetricMetadata(
        type=str(fields.get("type", "unknown")),
        help=str(fields.get("help", "")),
        unit=str(fields.get("unit", "")),
    )


def _target(item: object) -> Target:
    fields = as_dict(item)
    return Target(
        labels=labels(fields.get("labels") or {}),
        health=str(fields.get("health", "unknown")),
        scrape_url=str(fields.get("scrapeUrl", "")),
        scrape_pool=str(fields.get("scrapePool", "")),
        scrape_interval=duration(str(fields.get("scrapeInterval", ""))),
        last_error=str(fields.get("lastError", "")),
    )


def _rule_group(item: object) -> RuleGroup:
    fields = as_dict(item)
    spent = fields.get("evaluationTime")
    return RuleGroup(
        name=str(fields.get("name", "")),
        file=str(fields.get("file", "")),
        interval=_number(fields.get("interval", 0)),
        rules=tuple(_rule(rule) for rule in as_list(fields.get("rules") or [])),
        evaluation_seconds=None if spent is None else _number(spent),
    )


def _rule(item: object) -> Rule:
    fields = as_dict(item)
    return Rule(
        name=str(fields.get("name", "")),
        kind=str(fields.get("type", "")),
        query=str(fields.get("query", "")),
        labels=labels(fields.get("labels") or {}),
        health=str(fields.get("health", "")),
        last_error=str(fields.get("lastError", "")),
    )


def _named(data: object) -> str:
    names: Mapping[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
    }
    return names.get(type(data), "nothing")
