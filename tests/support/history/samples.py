"""What a query gives back: samples and series, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Labels = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """One value of one series; `at` is seconds since the epoch (or since the replay's start).

    The value of a native histogram is its count; `histogram` holds it whole, as the API shows it.
    """

    labels: Labels
    value: float
    at: float
    histogram: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Series:
    """One series over time; `points` are (seconds, value) in order."""

    labels: Labels
    points: tuple[tuple[float, float], ...]


def decode_instant(data: Mapping[str, Any]) -> list[Sample]:
    """The answer of an instant query (`data` of the HTTP API), a scalar as one bare sample."""
    if data["resultType"] == "scalar":
        at, value = data["result"]
        return [Sample({}, float(value), float(at))]
    return [decode_row(row) for row in data["result"] if "values" not in row]


def decode_row(row: Mapping[str, Any]) -> Sample:
    """One sample of a vector."""
    if "histogram" in row:
        at, histogram = row["histogram"]
        return Sample(dict(row["metric"]), float(histogram["count"]), float(at), histogram)
    at, value = row["value"]
    return Sample(dict(row["metric"]), float(value), float(at))


def decode_matrix(data: Mapping[str, Any]) -> list[Series]:
    """The answer of a range query, or of an instant query of a range selector."""
    return [
        Series(dict(row["metric"]), tuple((float(at), float(v)) for at, v in row["values"]))
        for row in data["result"]
        if "values" in row
    ]


def only(samples: Sequence[Sample]) -> Sample:
    """The one sample of an answer; an AssertionError shows the others."""
    assert len(samples) == 1, f"one sample expected, got {list(samples)}"
    return samples[0]
