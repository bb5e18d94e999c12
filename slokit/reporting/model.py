"""What a report says, as data. An unknown number is None, never 0 and never NaN."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from slokit.model.ledger import CountedIn
from slokit.text.words import counted

SCHEMA = "slokit.report/v1"
BURN_WINDOWS = {"5m": 300, "1h": 3600, "6h": 21_600, "1d": 86_400, "3d": 259_200}


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A stretch of time in Unix seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Counts:
    """What one group counted in one time range: events, or seconds.

    ``slots`` is how many ledger windows of it hold data.
    """

    total: float
    bad: float
    slots: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One group of one SLO over one time range."""

    time_range: TimeRange
    good: float | None = None
    bad: float | None = None
    total: float | None = None
    ratio_bad: float | None = None
    sli: float | None = None
    budget_allowed: float | None = None
    budget_spent_ratio: float | None = None
    budget_remaining_ratio: float | None = None
    covered_seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """The share of the time range that was measured."""
        return min(1.0, self.covered_seconds / self.time_range.seconds)


@dataclass(frozen=True, slots=True)
class Incident:
    """A stretch of ledger windows that burned fast. ``budget_share`` is of the SLO window."""

    start: float
    end: float
    bad: float
    peak_burn: float
    budget_share: float | None
    groups: tuple[Mapping[str, str], ...]
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One group of one SLO.

    ``source`` is recorded or raw, and empty where there is no data. ``counted_in`` says what the
    amounts are, events or times; ``unit`` is that of the SLI's limit.
    """

    service: str
    slo: str
    group: Mapping[str, str]
    category: str
    sli: str
    objective: str
    unit: str
    counted_in: CountedIn
    window: str
    state: str
    source: str
    coverage: float
    window_measure: Measure
    period_measure: Measure
    burn: Mapping[str, float | None]
    incidents: tuple[Incident, ...] = ()
    description: str = ""
    owner: str = ""

    @property
    def id(self) -> str:
        """``service/slo``."""
        return f"{self.service}/{self.slo}"


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: about which moment and period, and one row a group.

    ``server`` and ``requests`` say how it came about.
    """

    at: float
    period: TimeRange
    bundle: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    server: str = field(default="", compare=False)
    requests: int = field(default=0, compare=False)

    def only(self, states: Collection[str]) -> "Report":
        """The report with only the rows in these states; a warning counts the others."""
        rows = tuple(row for row in self.rows if row.state in states)
        hidden = len(self.rows) - len(rows)
        note = (f"{counted(hidden, 'row')} in other states not shown",) if hidden else ()
        return replace(self, rows=rows, warnings=(*self.warnings, *note))
