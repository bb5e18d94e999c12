"""What a report says, as data. An unknown number is None, never 0 and never NaN."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from slokit.model.ledger import EVENT, CountedIn, LedgerUnit
from slokit.text.durations import rough_duration
from slokit.text.words import counted

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA = "slokit.report/v1"
_SKEW = 120.0  # seconds between two clocks that are no news
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

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of two time ranges that do not overlap."""
        return Counts(self.total + other.total, self.bad + other.bad, self.slots + other.slots)


NOTHING = Counts(0.0, 0.0, 0)


class Slot(NamedTuple):
    """What one group counted in one slot of a series, which ends at ``end`` (Unix seconds).

    ``windows`` is how many ledger windows of it hold data.
    """

    end: float
    total: float
    bad: float
    windows: int


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
    """A stretch of ledger windows that burned fast. ``budget_share`` is of the SLO window.

    ``alerts_after`` are seconds from its start, to a ledger window, after which an alert was seen
    to fire, by its severity; 0 of one that fired before. ``is_ongoing`` says that it had not ended
    at the end of the period.
    """

    start: float
    end: float
    bad: float
    peak_burn: float
    budget_share: float | None
    groups: tuple[Mapping[str, str], ...]
    alerts: tuple[str, ...]
    alerts_after: Mapping[str, float] = field(default_factory=dict)
    is_ongoing: bool = False


_MEASURED = (
    "good",
    "bad",
    "total",
    "sli",
    "budget_allowed",
    "budget_spent_ratio",
    "budget_remaining_ratio",
    "covered_seconds",
)
# The names of a row's values, flat: the columns of the CSV format and of frames.
RECORD = (
    *("service", "slo", "group", "owner", "category", "description", "sli_type", "objective"),
    *("unit", "bad_unit", "total_unit", "window", "state", "source", "coverage"),
    *(f"window_{name}" for name in (*_MEASURED, "from", "to")),
    *(f"period_{name}" for name in (*_MEASURED, "from", "to")),
    *(f"compare_{name}" for name in (*_MEASURED, "from", "to")),
    *(f"burn_{name}" for name in BURN_WINDOWS),
    *("exhausted_earliest", "exhausted_likely", "exhausted_latest", "exhausted_basis"),
    "incidents",
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the budget that is left at which something happens, and what, in a few words."""

    left: float
    what: str


@dataclass(frozen=True, slots=True)
class PlannedTime:
    """A maintenance that a report lists: why, what it is for, and when it was.

    ``is_corrected`` says that only this report leaves it out: rules and alerts have counted it.
    """

    name: str
    reason: str
    subject: str
    is_corrected: bool
    times: tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a service stands by the error-budget policy: its worst budget, and what to do."""

    service: str
    owner: str
    slo: str
    left: float
    action: str
    note: str


RECENT_DAYS, CURRENT_BURN = "recent-days", "current-burn"


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a budget will be gone, in Unix seconds: the earliest, the likeliest, and the latest.

    ``latest`` is None where the budget may last. ``basis`` is what goes on: ``recent-days``, the
    spending of the last two weeks, or ``current-burn``, where something burns now.
    """

    earliest: float
    likely: float
    latest: float | None
    basis: str = RECENT_DAYS


@dataclass(frozen=True, slots=True)
class Row:
    """One group of one SLO.

    ``source`` is recorded or raw, and empty where there is no data. ``counted_in`` says what the
    amounts are, events or times; ``unit`` is that of the SLI's limit. ``budget`` is how much may be
    bad per total. ``uncorrected_window`` and ``uncorrected_period`` are what was measured with the
    times of maintenance that are left out, None where none are. ``series`` are its slots, the
    oldest first, where the report was asked for them; ``thresholds`` are drawn beside them.
    ``compare_measure`` is an earlier period, where the report compares. ``resets_at`` is when a
    calendar window begins anew, None of a rolling one. ``forecast`` says when the budget will be
    gone, where the report was asked for series and that is likely within the window's length.
    ``events`` is what its events are called, where it counts any.
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
    budget: float | None = None
    uncorrected_window: Measure | None = None
    uncorrected_period: Measure | None = None
    series: tuple[Slot, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    compare_measure: Measure | None = None
    resets_at: float | None = None
    forecast: Forecast | None = None
    events: LedgerUnit = EVENT

    @property
    def id(self) -> str:
        """``service/slo``."""
        return f"{self.service}/{self.slo}"

    @property
    def name(self) -> str:
        """``service/slo``, and the labels of its group."""
        return " ".join([self.id, *(f"{n}={v}" for n, v in self.group.items())])

    @property
    def bad_unit(self) -> LedgerUnit:
        """What is counted as bad: a time, or events by what they are called."""
        return self.counted_in.bad if self.counted_in.bad.is_time else self.events

    @property
    def total_unit(self) -> LedgerUnit:
        """Out of what: a time, or events by what they are called."""
        return self.counted_in.total if self.counted_in.total.is_time else self.events

    @property
    def background(self) -> float | None:
        """What was bad in the period outside of its incidents."""
        bad = self.period_measure.bad
        return None if bad is None else max(0.0, bad - sum(each.bad for each in self.incidents))

    def record(self) -> dict[str, str | float | None]:
        """The row as flat values by the names of :data:`RECORD`; times are Unix seconds."""
        window, period, compare = self.window_measure, self.period_measure, self.compare_measure
        found = self.forecast
        values: tuple[str | float | None, ...] = (
            *(self.service, self.slo, ", ".join(f"{n}={v}" for n, v in self.group.items())),
            *(self.owner, self.category, self.description, self.sli, self.objective, self.unit),
            *(self.bad_unit.plural, self.total_unit.plural),
            *(self.window, self.state, self.source, self.coverage),
            *(getattr(window, name) for name in _MEASURED),
            *(window.time_range.start, window.time_range.end),
            *(getattr(period, name) for name in _MEASURED),
            *(period.time_range.start, period.time_range.end),
            *(getattr(compare, name, None) for name in _MEASURED),
            *((compare.time_range.start, compare.time_range.end) if compare else (None, None)),
            *(self.burn.get(name) for name in BURN_WINDOWS),
            *((found.earliest, found.likely, found.latest) if found else (None, None, None)),
            found.basis if found else None,
            len(self.incidents),
        )
        return dict(zip(RECORD, values, strict=True))


def first_alerts(incidents: Iterable[Incident]) -> dict[str, float]:
    """Seconds after the start of the first of these after which alerts fired, by severity.

    One that fired before any of them is not counted where another one of its severity began.
    """
    own = list(incidents)
    start = min(each.start for each in own)
    found: dict[str, float] = {}
    for each in own:
        for name, after in each.alerts_after.items():
            since = each.start - start + after if after else 0.0
            known = found.get(name, 0.0)
            found[name] = min(known, since) if known and since else known or since
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Link:
    """A part of an incident: what it did to one SLO, whose worst hit group is ``row``.

    ``incident`` has all groups hit; its ``bad`` is that of all, its share and peak the worst.
    """

    row: Row
    incident: Incident


@dataclass(frozen=True, slots=True)
class Chain:
    """What burned in one cluster without half an hour of calm between: a link an SLO, by start."""

    service: str
    cluster: Mapping[str, str]
    links: tuple[Link, ...]

    @property
    def over(self) -> TimeRange:
        """From its first start to its last end."""
        return TimeRange(self.links[0].incident.start, max(i.incident.end for i in self.links))

    @property
    def worst(self) -> Link:
        """The link that took the largest share of a budget."""
        return max(self.links, key=lambda link: link.incident.budget_share or 0.0)

    @property
    def is_ongoing(self) -> bool:
        """Whether it had not ended at the end of the period."""
        return any(link.incident.is_ongoing for link in self.links)

    @property
    def alerts_after(self) -> dict[str, float]:
        """Seconds from its start after which alerts were seen to fire, by severity."""
        return first_alerts(link.incident for link in self.links)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: about which moment and period, and one row a group.

    ``slot_seconds`` is the length of the slots of rows' series, and ``window_seconds`` that of a
    ledger window. ``compare`` is the earlier period that it compares with; ``title`` and
    ``compare_title`` are what people call the two, empty where they have no name. ``archived`` are
    the times that were taken from an archive. ``standings`` are there where the bundle has an
    error-budget policy, the least left first. ``added`` are labels that the store adds. ``server``
    and ``requests`` say how it came about, ``clock`` what the server's clock showed (Unix seconds).
    """

    at: float
    period: TimeRange
    bundle: str
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    maintenance: tuple[PlannedTime, ...] = ()
    slot_seconds: float = 0.0
    window_seconds: float = 300.0
    compare: TimeRange | None = None
    title: str = ""
    compare_title: str = ""
    archived: tuple[TimeRange, ...] = ()
    standings: tuple[Standing, ...] = ()
    added: tuple[str, ...] = ()
    server: str = field(default="", compare=False)
    requests: int = field(default=0, compare=False)
    clock: float | None = field(default=None, compare=False)

    def of_now(self) -> "Report":
        """The report, with a warning where its moment should be now and is not the server's now.

        For those who have taken its moment from the clock of their machine.
        """
        ahead = self.at - self.clock if self.clock is not None else 0.0
        if abs(ahead) < _SKEW:
            return self
        how, effect = ("ahead of", "the newest numbers are missing or old")
        if ahead < 0:
            how, effect = ("behind", "what has happened since is not in this report")
        warning = (
            f"this machine's clock is {rough_duration(abs(ahead))} {how} the server's: {effect};"
            " set the wrong one right"
        )
        return replace(self, warnings=(warning, *self.warnings))

    def only(self, states: Collection[str]) -> "Report":
        """The report with only the rows in these states; a warning counts the others."""
        rows = tuple(row for row in self.rows if row.state in states)
        hidden = len(self.rows) - len(rows)
        note = (f"{counted(hidden, 'row')} in other states not shown",) if hidden else ()
        return replace(self, rows=rows, warnings=(*self.warnings, *note))

    def to_frame(self) -> "DataFrame":
        """The rows as a DataFrame, one a group, in their order; an unknown number is NaN.

        The columns are those of the CSV format; times are UTC.
        """
        from slokit.reporting import frames

        return frames.of_rows(self.rows)

    def slots(self) -> "DataFrame":
        """The series as a DataFrame: one row for each slot of each group that has a series.

        ``row`` is the group's place in :meth:`to_frame`; ``start`` and ``end`` are UTC, ``total``
        and ``bad`` amounts, ``measured`` is the share of the slot that was measured, and ``burn``
        its burn rate, NaN without traffic.
        """
        from slokit.reporting import frames

        return frames.of_slots(self.rows, self.slot_seconds, self.window_seconds)

    def forecasts(self) -> "dict[int, Forecast]":
        """When budgets will be gone if the burning goes on, by the place of the row in ``rows``."""
        return {n: row.forecast for n, row in enumerate(self.rows) if row.forecast}
