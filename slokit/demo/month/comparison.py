"""What each incident cost, by the simulation and by the report, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass

from slokit.demo.month.incidents import Cost
from slokit.demo.month.timeline import MINUTE, Timeline
from slokit.reporting.formats import figures
from slokit.reporting.model import Report, Row

# An event shows for five minutes in a rate of five minutes, and then in the slot it falls into.
_SMEARED = 10 * MINUTE


@dataclass(frozen=True)
class Line:
    """One incident and one group of an SLO: bad events or seconds, and the share of the budget."""

    cost: Cost
    row: Row
    reported: float
    share: float | None

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """SLO and group, cost by the simulation, cost by the report, share of the budget."""
        return (
            f"{self.row.id} {figures.group(self.row)}",
            self._amount(self.cost.bad),
            self._amount(self.reported),
            "unmeasured" if self.cost.incident.blind else figures.percent(self.share),
        )

    def _amount(self, bad: float) -> str:
        if self.cost.incident.blind:
            return figures.duration(bad)
        return figures.bad_amount(self.row, bad)


def compare(report: Report, costs: Iterable[Cost], timeline: Timeline) -> list[Line]:
    """Each cost beside what the report says of the same stretch of time."""
    rows = {(row.service, row.slo, tuple(sorted(row.group.items()))): row for row in report.rows}
    return [_line(cost, rows[cost.key], timeline) for cost in costs]


def _line(cost: Cost, row: Row, timeline: Timeline) -> Line:
    measure = row.window_measure
    if cost.incident.blind:
        return Line(cost, row, measure.time_range.seconds - measure.covered_seconds, None)
    start, end = timeline.seconds(cost.incident.stretch)
    found = [i for i in row.incidents if i.start < end + _SMEARED and i.end > start]
    shares = [i.budget_share for i in found if i.budget_share is not None]
    return Line(cost, row, sum(i.bad for i in found), sum(shares) if shares else None)
