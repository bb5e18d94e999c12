"""From the JSON of an answer to its type.

Owns the shapes of Prometheus' answers; anything of another shape raises UnexpectedShapeError. What
``data.result`` holds comes without its type, since the library hands over no more; ``check_result``
has seen both before.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from slokit.prometheus.errors import MalformedAnswerError, one_line
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
from slokit.text.durations import parse_go_duration

T = TypeVar("T")


class UnexpectedShapeError(ValueError):
    """Says what an answer holds, and instead of what."""


@contextmanager
def malformed(url: str) -> Iterator[None]:
    """Raises MalformedAnswerError, with the server's address, for an UnexpectedShapeError."""
    try:
        yield
    except UnexpectedShapeError as error:
        hint = "check that the URL leads to Prometheus' own API"
        raise MalformedAnswerError(url, f"answers {error}", hint) from error


def parsed(body: bytes) -> object:
    """The JSON of a body; None for what is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def warnings(answer: Mapping[str, object]) -> tuple[str, ...]:
    """What the server warns about, each one line; VictoriaMetrics' mark of a partial answer too."""
    found: list[str] = []
    for key in ("warnings", "infos"):
        texts = answer.get(key)
        if isinstance(texts, list):
            found += [one_line(str(text)) for text in texts]
    if answer.get("isPartial") is True:
        found.append("partial response: some of the storage did not answer")
    return tuple(found)


def check_result(data: object, types: Sequence[str]) -> None:
    """Refuses the ``data`` of a query whose result is of another type, or no list.

    A scalar is a pair; whatever else ``result`` holds begins with an object.
    """
    answer = as_dict(data)
    kind = str(answer.get("resultType"))
    if kind not in types:
        raise UnexpectedShapeError(f"a result of type {kind!r} instead of a {types[0]}")
    result = as_list(answer.get("result"))
    if kind == "scalar":
        _point(result)
    elif result:
        as_dict(result[0])


def vector(result: object) -> Vector:
    """An instant answer: a vector, or a scalar as one sample without labels.

    >>> vector([{"metric": {"job": "api"}, "value": [1.5, "7"]}])
    (Sample(labels={'job': 'api'}, value=7.0, at=1.5, histogram=None),)
    >>> vector([1.5, "+Inf"])
    (Sample(labels={}, value=inf, at=1.5, histogram=None),)
    """
    items = as_list(result)
    if items and not isinstance(items[0], dict):
        at, value = _point(items)
        return (Sample({}, value, at),)
    return tuple(_sample(item) for item in items)


def matrix(result: object) -> Matrix:
    """A range answer, each series' points as the server ordered them."""
    return tuple(_series(item) for item in as_list(result))


def label_sets(data: object) -> list[dict[str, str]]:
    """The answer of ``series``."""
    return [labels(item) for item in as_list(data)]


def texts(data: object) -> list[str]:
    """A list of strings, as the label endpoints answer."""
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
    """A label set; as it is where no text needs a look, which is nearly always."""
    found = as_dict(data)
    with suppress(TypeError):
        if "".join(found).isascii() and "".join(found.values()).isascii():
            return found
    return {_text(name): _text(value) for name, value in found.items()}


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
        scrape_interval=parse_go_duration(str(fields.get("scrapeInterval", ""))),
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
        annotations=labels(fields.get("annotations") or {}),
        hold=_number(fields.get("duration") or 0),
        keep_firing=_number(fields.get("keepFiringFor") or 0),
        firing=tuple(
            labels(alert.get("labels") or {})
            for alert in map(as_dict, as_list(fields.get("alerts") or []))
            if alert.get("state") == "firing"
        ),
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
