"""The one query about series: both sides slot by slot, of the groups that spent most.

What is drawn needs no ledger window: some hundred slots a group are as many as a chart has room
for, and the server adds them up. The reading of the answer is in read/series.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.promql.selector import Matcher
from slokit.reporting.evidence import SloKey
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.query import RangeQuery, slot_ends
from slokit.reporting.plan.recorded import sums
from slokit.text.durations import format_duration

_HOUR = 3600
# Two weeks side by side say little; five are a month, and a weekly budget is seen to repeat.
_LEAST = 35 * 24 * _HOUR
_MOST_SLOTS = 300
_LENGTHS = (1, 2, 3, 6, 12, 24)
# A query grows by each name, and beyond so many it asks about all.
_MOST_NAMED = 400


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What is drawn: slots of ``seconds`` over a time range, of up to ``most`` groups."""

    project: Project
    over: TimeRange
    seconds: float
    most: int

    @property
    def ends(self) -> TimeRange:
        """From the end of the first whole slot to that of the last one."""
        return slot_ends(self.over, self.seconds)

    def query(self, slos: Iterable[SloKey]) -> RangeQuery:
        """Both sides of each slot, and how much was measured; of these SLOs unless they are many.

        It may find others of the same services as well.
        """
        return RangeQuery(
            f"total and bad events of each {format_duration(Fraction(self.seconds))}, to draw",
            sums(self.project, Fraction(self.seconds), tuple(_named(slos))),
            self.ends,
            self.seconds,
            f"some group spent anything; about the SLOs of the {self.most} that spent most",
        )


def plan_series(
    project: Project, longest: TimeRange, most: int, *, in_days: bool = False
) -> SeriesPlan:
    """Slots over five weeks at least, as short as a few hundred of them allow, or days.

    >>> plan = plan_series(Project(), TimeRange(0, 30 * 86_400), 10)
    >>> plan.seconds / 3600, plan.over.seconds / 86_400
    (3.0, 35.0)
    """
    length = max(longest.seconds, float(_LEAST))
    over = TimeRange(longest.end - length, longest.end)
    window = float(project.ledger_window)
    lengths = _LENGTHS[-1:] if in_days else _LENGTHS
    hours = next((h for h in lengths if length / (h * _HOUR) <= _MOST_SLOTS), 2 * _LENGTHS[-1])
    # a slot holds whole ledger windows
    return SeriesPlan(project, over, -(-hours * _HOUR // window) * window, most)


def _named(slos: Iterable[SloKey]) -> Iterator[Matcher]:
    """Matchers of their services and of their names; none of none or of too many."""
    keys = list(slos)
    for label, words in (
        (names.SERVICE, {service for service, _ in keys}),
        (names.SLO, {slo for _, slo in keys}),
    ):
        if 0 < len(words) <= _MOST_NAMED:
            yield Matcher(label, "=~", "|".join(sorted(words)))
