"""Times and steps as the API takes them, and long ranges in pieces that a server accepts."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from slokit.prometheus.types import Matrix, Moment, Series, Step

MOST_POINTS = 11_000
"""Prometheus refuses a range of more points per series."""


def seconds(moment: Moment) -> float:
    """Unix seconds, exact to the millisecond that Prometheus counts in.

    Raises ValueError for a datetime without a time zone, which would mean another moment on every
    machine, and for NaN and the infinities.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = moment.timestamp()
    if not math.isfinite(moment):
        raise ValueError(f"{moment} is no moment")
    return round(moment, 3)


def step_seconds(step: Step) -> float:
    """Seconds of a step, at least a millisecond. Raises ValueError for less."""
    found = step.total_seconds() if isinstance(step, timedelta) else float(step)
    if not (math.isfinite(found) and found >= 0.001):
        raise ValueError(f"a step of {found} s makes no sense")
    return round(found, 3)


def as_text(value: float) -> str:
    """Seconds as the API reads them: no exponent, no trailing zeros."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def pieces(start: float, end: float, step: float) -> Iterator[tuple[float, float]]:
    """The range from ``start`` to ``end`` in parts of MOST_POINTS points, all on one grid."""
    points = math.floor((end - start) / step + 1e-6) + 1
    for first in range(0, max(points, 1), MOST_POINTS):
        last = min(first + MOST_POINTS, points) - 1
        upto = end if last == points - 1 else round(start + last * step, 3)
        yield round(start + first * step, 3), upto


def joined(parts: list[Matrix]) -> Matrix:
    """Consecutive answers as one: the points of a series that several parts hold in a row."""
    if len(parts) == 1:
        return parts[0]
    found: dict[frozenset[tuple[str, str]], list[Series]] = {}
    for part in parts:
        for series in part:
            found.setdefault(frozenset(series.labels.items()), []).append(series)
    return tuple(
        Series(
            same[0].labels,
            tuple(point for one in same for point in one.points),
            tuple(point for one in same for point in one.histograms),
        )
        for same in found.values()
    )
