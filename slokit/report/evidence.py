"""What is known about each group of each SLO, whichever source it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slokit.compiler import names
from slokit.report.model import Counts

Key = tuple[str, str, tuple[tuple[str, str], ...]]
_NOT_GROUP = frozenset({*names.IDENTITY, "__name__", "what", "window"})


@dataclass(slots=True)
class Evidence:
    """The facts about one group of one SLO.

    ``spans`` maps names of spans to counts; ``burn`` maps windows to burn rates; ``now`` is the
    total per second at the moment of the report; ``hot`` maps ends of ledger windows that burned
    fast to (bad events, burn rate); ``alerts`` maps moments to names of alerts that fired.
    """

    source: str
    spans: dict[str, Counts] = field(default_factory=dict)
    burn: dict[str, float] = field(default_factory=dict)
    now: float | None = None
    hot: dict[float, tuple[float, float]] = field(default_factory=dict)
    alerts: dict[float, set[str]] = field(default_factory=dict)
    firing: set[str] = field(default_factory=set)


def key_of(labels: Mapping[str, str], extra: frozenset[str] = frozenset()) -> Key:
    """The key of a sample: service, SLO and group labels in the order of their names."""
    group = sorted(
        (n, v) for n, v in labels.items() if n not in _NOT_GROUP and n not in extra and v
    )
    return labels.get(names.SERVICE, ""), labels.get(names.SLO, ""), tuple(group)
