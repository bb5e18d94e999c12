"""Burn rates against the thresholds of the alerts that a bundle's SLOs can set off."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from slokit.compiler.windows import is_fast
from slokit.dashboards.panels import (
    GREEN,
    MOST_LINES,
    ORANGE,
    RED,
    Graph,
    Link,
    Query,
    Shown,
    Step,
)
from slokit.dashboards.queries import AT_END, Ledger
from slokit.model.alerting import PAGE, BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.text.durations import format_duration


@dataclass(frozen=True, slots=True)
class BurnPair:
    """Two windows that must burn together, and the alerts that wait for it, the slowest first."""

    long: Fraction
    short: Fraction
    alerts: tuple[BurnAlert, ...]

    @property
    def name(self) -> str:
        """Such as ``1h and 5m``."""
        return f"{format_duration(self.long)} and {format_duration(self.short)}"

    @property
    def pages(self) -> bool:
        """Whether one of its alerts wakes somebody."""
        return any(alert.severity == PAGE for alert in self.alerts)


def burn_pairs(slos: Iterable[Slo]) -> tuple[BurnPair, ...]:
    """The pairs in use, the shortest long window first."""
    found: dict[tuple[Fraction, Fraction], set[BurnAlert]] = {}
    for slo in slos:
        for alert in slo.burn_alerts:
            found.setdefault((alert.long, alert.short), set()).add(alert)
    return tuple(
        BurnPair(long, short, tuple(sorted(alerts, key=lambda a: (a.burn, a.severity))))
        for (long, short), alerts in sorted(found.items())
    )


def steps(pair: BurnPair) -> tuple[Step, ...]:
    """Green, and the colour of each alert of the pair from its burn rate on."""
    colours = {PAGE: RED}
    limits = (Step(colours.get(a.severity, ORANGE), float(a.burn)) for a in pair.alerts)
    return (Step(GREEN), *limits)


def graph(bundle: Bundle, ledger: Ledger, pair: BurnPair, link: Link) -> Graph:
    """The burn rates of a pair against the thresholds of its alerts."""
    long, short = pair.long, pair.short
    burn, at_end = ledger.slower_burn(long, short), ledger.slower_burn(long, short, AT_END)
    # A group that is gone at the end burns no more, and is shown all the same if there is room.
    known = f"{at_end}\nor ignoring (window) 0 * {ledger.recorded_left(AT_END)}"
    worst = f"topk({MOST_LINES}, {ledger.owned(known)})"
    severities = bundle.project.alerts
    waits = pair.pages and any(slo.min_bad_events for slo in bundle.slos)
    few = " (a page also waits for a few bad events)" if waits else ""
    alerts = ", ".join(f"{severities.of(a.severity).name} above {a.burn}" for a in pair.alerts)
    return Graph(
        key=f"burn-{format_duration(long)}-{format_duration(short)}",
        title=f"Burn rate over {pair.name}: {alerts}",
        description=(
            f"How fast budgets are used over the last {pair.name}: the lower one of the two, so"
            " that the alert fires while a line is above the threshold"
            f"{few}. At 1 a budget lasts exactly one window."
            f" The {MOST_LINES} groups that burn most at the end of the time range."
        ),
        width=12,
        height=8,
        queries=(Query(f"{burn}\nand ignoring (window) {worst}", ledger.legend()),),
        resolution=_resolution(pair, bundle.project),
        shown=Shown("short", 2, steps(pair)),
        has_limits=True,
        is_logarithmic=True,
        reaches=ceil(1.1 * float(pair.alerts[-1].burn)),
        link=link,
    )


def _resolution(pair: BurnPair, project: Project) -> Fraction:
    """No closer than the longer one is recorded, and slower where even the short one is slow."""
    if is_fast(pair.long):
        return 2 * project.interval
    ledger = project.ledger_window
    return min(max(pair.short / 8, ledger), 3 * ledger)
