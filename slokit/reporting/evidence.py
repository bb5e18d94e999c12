"""What is known about each group of each SLO, whichever source it came from."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from slokit.compiler import names
from slokit.prometheus.types import Sample, Series
from slokit.reporting.model import Counts

Key = tuple[str, str, tuple[tuple[str, str], ...]]
_NOT_GROUP = frozenset({*names.IDENTITY, "__name__", names.SIDE, "window"})


@dataclass(slots=True)
class Evidence:
    """The facts about one group of one SLO.

    ``spans`` maps names of spans to counts; ``burn`` maps windows to burn rates; ``now`` is the
    total per second at the moment of the report; ``hot`` maps ends of ledger windows that burned
    fast to (bad events, burn rate); ``alerts`` maps moments to names of alerts that fired;
    ``firing`` names those that fire at the moment of the report, or would if they were recorded.
    """

    source: str
    spans: dict[str, Counts] = field(default_factory=dict)
    burn: dict[str, float] = field(default_factory=dict)
    now: float | None = None
    hot: dict[float, tuple[float, float]] = field(default_factory=dict)
    alerts: dict[float, set[str]] = field(default_factory=dict)
    firing: set[str] = field(default_factory=set)

    @property
    def is_data(self) -> bool:
        """Whether anything was measured; an alert alone is no measurement."""
        return bool(self.spans) or self.now is not None


def key_of(labels: Mapping[str, str], extra: frozenset[str] = frozenset()) -> Key:
    """The key of a sample: service, SLO and group labels in the order of their names."""
    group = sorted(
        (n, v) for n, v in labels.items() if n not in _NOT_GROUP and n not in extra and v
    )
    return labels.get(names.SERVICE, ""), labels.get(names.SLO, ""), tuple(group)


def numbers(vector: Iterable[Sample]) -> Iterator[Sample]:
    """The samples that are numbers: what is NaN or infinite is as unknown as what is not there."""
    return (sample for sample in vector if math.isfinite(sample.value))


def points(series: Series) -> Iterator[tuple[float, float]]:
    """The points of a series that are numbers: (Unix seconds, value)."""
    return ((at, value) for at, value in series.points if math.isfinite(value))
