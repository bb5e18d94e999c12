"""What a report is about: which SLOs, at which moment, over which period, from which source."""

from dataclasses import dataclass

from slokit.diagnostics.errors import UsageError
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.reporting.model import TimeRange
from slokit.reporting.periods import compared_with, parse_period
from slokit.text import InvalidTextError
from slokit.text.words import no_such

AUTO, RECORDED, RAW = "auto", "recorded", "raw"
SOURCES = (AUTO, RECORDED, RAW)
CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report is about: SLOs of a bundle at one moment (Unix seconds), and what happened.

    ``period_seconds`` is how far back it lists incidents and counts bad events, beside the SLOs'
    own windows. ``source`` is ``recorded`` (the ledger), ``raw`` (raw history), or ``auto``:
    recorded where the ledger covers the window, raw elsewhere. ``series`` is of how many groups
    slots are read, those first that spent most: short ones for ``charts``, else days, which is what
    forecasts need. ``compare`` is an earlier time range
    that is counted as well; ``title`` and ``compare_title`` are what people call the two.
    """

    bundle: Bundle
    slos: tuple[Slo, ...]
    at: float
    period_seconds: float
    source: str = AUTO
    series: int = 0
    charts: bool = True
    compare: TimeRange | None = None
    title: str = ""
    compare_title: str = ""

    @property
    def project(self) -> Project:
        """The bundle's settings."""
        return self.bundle.project

    @property
    def period(self) -> TimeRange:
        """The period, up to the moment of the report."""
        return TimeRange(self.at - self.period_seconds, self.at)

    @property
    def longest(self) -> TimeRange:
        """The longest of the windows and the period."""
        windows = (TimeRange(*window.span(self.at)) for window in {s.window for s in self.slos})
        return max(self.period, *windows, key=lambda over: over.seconds)

    def window(self, slo: Slo) -> TimeRange:
        """The window of an SLO, up to the moment of the report."""
        return TimeRange(*slo.window.span(self.at))


def request_about(
    bundle: Bundle,
    slos: tuple[Slo, ...],
    at: float,
    *,
    period: str = "7d",
    compare: str = "",
    timezone: str = "UTC",
) -> ReportRequest:
    """A report on a period as it is written; see :mod:`slokit.reporting.periods`.

    Raises:
        UsageError: it is no period of which anything is known at the moment.
    """
    try:
        over = parse_period(period, at, timezone)
    except InvalidTextError as cause:
        raise UsageError(f"period: {cause}") from cause
    try:
        before = compared_with(compare, over) if compare else None
    except InvalidTextError as cause:
        raise UsageError(f"compare: {cause}") from cause
    return ReportRequest(
        bundle=bundle,
        slos=slos,
        at=over.until,
        period_seconds=over.known.seconds,
        compare=before.known if before else None,
        title=over.title,
        compare_title=before.title if before else "",
    )


def check_source(name: str) -> None:
    """Refuse a source that does not exist.

    Raises:
        UsageError: it does not exist.
    """
    if name not in SOURCES:
        raise UsageError(no_such("source", name, SOURCES))
