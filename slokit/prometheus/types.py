"""What Prometheus answers, as frozen types, and what every source of metrics can be asked.

Owns no HTTP: what computes with metrics imports this module alone. Times are Unix seconds,
durations seconds. NaN and the infinities are ordinary values here, as they are in Prometheus; a
missing series is a missing element, never a number.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

Moment: TypeAlias = datetime | float
"""A point in time: an aware datetime, or Unix seconds."""

Step: TypeAlias = timedelta | float
"""A distance in time: a timedelta, or seconds."""


def unix_seconds(moment: Moment) -> float:
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


@dataclass(frozen=True, slots=True)
class Histogram:
    """A native histogram as a query answers it: its count and its sum; the buckets stay behind."""

    count: float
    sum: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an instant vector; a scalar is a sample without labels.

    A native histogram has ``histogram`` set and NaN as its ``value``.
    """

    labels: Mapping[str, str]
    value: float
    at: float
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One element of a range matrix: ``points`` are (Unix seconds, value), oldest first.

    The points of a native histogram are in ``histograms``.
    """

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]
    histograms: tuple[tuple[float, Histogram], ...] = ()


Vector: TypeAlias = tuple[Sample, ...]
Matrix: TypeAlias = tuple[Series, ...]


def joined(parts: Sequence[Matrix]) -> Matrix:
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


@dataclass(frozen=True, slots=True)
class MetricMetadata:
    """What an exporter says about a metric: its type, its help text, its unit (often empty)."""

    type: str
    help: str
    unit: str


@dataclass(frozen=True, slots=True)
class Target:
    """An active scrape target; ``scrape_interval`` is None on servers that do not say."""

    labels: Mapping[str, str]
    health: str
    scrape_interval: float | None = None
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A loaded rule; ``kind`` is ``recording`` or ``alerting``, ``health`` ``ok`` or ``err``.

    ``query`` is as the server prints what it has parsed. ``hold`` and ``keep_firing`` are seconds,
    ``firing`` the labels of each alert that fires.
    """

    name: str
    kind: str
    query: str
    labels: Mapping[str, str] = field(default_factory=dict)
    health: str = ""
    last_error: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    hold: float = 0.0
    keep_firing: float = 0.0
    firing: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A loaded group of rules with its evaluation interval and its last run, in seconds."""

    name: str
    file: str
    interval: float
    rules: tuple[Rule, ...] = ()
    evaluation_seconds: float | None = None


class MetricsSource(Protocol):
    """Where metrics come from: a live server, or what a test puts in its place.

    Every method raises a subclass of slokit.prometheus.errors.PrometheusError when it cannot
    answer, and never anything else. An empty answer is an empty tuple, list or dict.
    """

    @property
    def url(self) -> str:
        """The server's address, as it may be shown."""
        ...

    @property
    def requests(self) -> int:
        """How many HTTP requests were made so far."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the server warned about so far, each text once: partial answers and the like."""
        ...

    @property
    def clock(self) -> float | None:
        """What the server's clock showed at its first answer (Unix seconds), None where unknown."""
        ...

    def instant(self, query: str, at: Moment) -> Vector:
        """The value of ``query`` at ``at``; a scalar is one sample without labels."""
        ...

    def range(self, query: str, start: Moment, end: Moment, step: Step) -> Matrix:
        """The values of ``query`` at start, start + step, … up to ``end`` inclusive."""
        ...

    def series(self, matchers: Sequence[str], start: Moment, end: Moment) -> list[dict[str, str]]:
        """The label sets of all series that any selector of ``matchers`` finds."""
        ...

    def label_values(
        self, label: str, matchers: Sequence[str], start: Moment, end: Moment
    ) -> list[str]:
        """The values of one label among the series that ``matchers`` find (all, if empty)."""
        ...

    def metadata(self, metric: str | None = None) -> dict[str, list[MetricMetadata]]:
        """Type, help and unit by metric name. Raises MissingEndpointError too."""
        ...

    def targets(self) -> list[Target]:
        """The active scrape targets. Raises MissingEndpointError too."""
        ...

    def build_info(self) -> dict[str, str]:
        """Version and build of the server. Raises MissingEndpointError too."""
        ...

    def runtime_info(self) -> dict[str, str]:
        """Start time, retention and the like, as text. Raises MissingEndpointError too."""
        ...

    def flags(self) -> dict[str, str]:
        """The server's command line flags. Raises MissingEndpointError too."""
        ...

    def rules(self) -> list[RuleGroup]:
        """The loaded rule groups. Raises MissingEndpointError too."""
        ...
