"""What all readers do: ask, in smaller queries where a server sets limits, and read the answer.

They find the group, and leave out what is no number.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from slokit.compiler import names
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.types import Matrix, MetricsSource, Sample, Series, joined
from slokit.reporting.evidence import Key
from slokit.reporting.plan.query import InstantQuery, RangeQuery

_NOT_GROUP = frozenset({*names.IDENTITY, "__name__", names.SIDE, "window"})


def vector(query: InstantQuery, metrics: MetricsSource) -> list[Sample]:
    """The answer, or those of the smaller queries, one after another, where it is too much.

    Raises:
        PrometheusError: the server cannot answer.
    """
    try:
        return list(metrics.instant(query.promql, query.at))
    except PrometheusError as error:
        smaller = query.smaller() if query.smaller and error.is_too_much else ()
        if not smaller:
            raise
    return [sample for each in smaller for sample in vector(each, metrics)]


def matrix(query: RangeQuery, metrics: MetricsSource) -> Matrix:
    """The answer, put together from those about halves of the time where it is too much.

    Raises:
        PrometheusError: the server cannot answer.
    """
    try:
        return metrics.range(query.promql, query.over.start, query.over.end, query.step)
    except PrometheusError as error:
        halves = query.halves() if error.is_too_much else ()
        if not halves:
            raise
    return joined([matrix(half, metrics) for half in halves])


def key_of(labels: Mapping[str, str], extra: frozenset[str] = frozenset()) -> Key:
    """The key of a sample; ``extra`` are labels that are no group labels either."""
    group = [(n, v) for n, v in labels.items() if n not in _NOT_GROUP and n not in extra and v]
    group.sort()
    return labels.get(names.SERVICE, ""), labels.get(names.SLO, ""), tuple(group)


def numbers(samples: Iterable[Sample]) -> Iterator[Sample]:
    """The samples that are numbers: what is NaN or infinite is as unknown as what is not there."""
    return (sample for sample in samples if math.isfinite(sample.value))


def by_side(samples: Iterable[Sample]) -> dict[Key, dict[str, float]]:
    """The numbers of each group, by the label that keeps the terms of a query apart.

    Those of several queries are added up: each is about a stretch of time of its own.
    """
    found: dict[Key, dict[str, float]] = {}
    for sample in numbers(samples):
        sides, side = found.setdefault(key_of(sample.labels), {}), sample.labels.get(names.SIDE, "")
        sides[side] = sides.get(side, 0.0) + sample.value
    return found


def points_by_side(answer: Iterable[Series]) -> dict[Key, dict[str, dict[float, float]]]:
    """The same of a range: numbers by moment (Unix seconds), by side, by group."""
    found: dict[Key, dict[str, dict[float, float]]] = {}
    for series in answer:
        sides = found.setdefault(key_of(series.labels), {})
        points = sides.setdefault(series.labels.get(names.SIDE, ""), {})
        points.update(points_of(series))
    return found


def points_of(series: Series) -> dict[float, float]:
    """The numbers of a series by moment."""
    return {at: value for at, value in series.points if math.isfinite(value)}
