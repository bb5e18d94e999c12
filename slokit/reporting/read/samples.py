"""What all readers do with an answer: find the group, and leave out what is no number."""

import math
from collections.abc import Iterable, Iterator, Mapping

from slokit.compiler import names
from slokit.prometheus.types import Sample, Series
from slokit.reporting.evidence import Key

_NOT_GROUP = frozenset({*names.IDENTITY, "__name__", names.SIDE, "window"})


def key_of(labels: Mapping[str, str], extra: frozenset[str] = frozenset()) -> Key:
    """The key of a sample; ``extra`` are labels that are no group labels either."""
    group = [(n, v) for n, v in labels.items() if n not in _NOT_GROUP and n not in extra and v]
    group.sort()
    return labels.get(names.SERVICE, ""), labels.get(names.SLO, ""), tuple(group)


def numbers(vector: Iterable[Sample]) -> Iterator[Sample]:
    """The samples that are numbers: what is NaN or infinite is as unknown as what is not there."""
    return (sample for sample in vector if math.isfinite(sample.value))


def by_side(vector: Iterable[Sample]) -> dict[Key, dict[str, float]]:
    """The numbers of each group, by the label that keeps the terms of a query apart."""
    found: dict[Key, dict[str, float]] = {}
    for sample in numbers(vector):
        sides = found.setdefault(key_of(sample.labels), {})
        sides[sample.labels.get(names.SIDE, "")] = sample.value
    return found


def points_by_side(matrix: Iterable[Series]) -> dict[Key, dict[str, dict[float, float]]]:
    """The same of a range: numbers by moment (Unix seconds), by side, by group."""
    found: dict[Key, dict[str, dict[float, float]]] = {}
    for series in matrix:
        sides = found.setdefault(key_of(series.labels), {})
        points = sides.setdefault(series.labels.get(names.SIDE, ""), {})
        points.update(points_of(series))
    return found


def points_of(series: Series) -> dict[float, float]:
    """The numbers of a series by moment."""
    return {at: value for at, value in series.points if math.isfinite(value)}
