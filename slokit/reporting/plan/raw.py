"""The queries about raw history: the ledger's own expressions, evaluated on the same slots.

For an SLO whose ledger is younger than its window. Each slot is what the recording rules would
have written: ``avg_over_time((expr)[5m:interval]) * 300``, the range open on one end, so that no
moment counts in two slots. The reading of the answers is in read/raw.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from slokit.compiler.ledger import raw_ledger
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.query import Query, RangeQuery, half_open, slot_ends, union
from slokit.text.durations import format_duration
from slokit.text.words import joined

# What one query asks about: enough for few requests, few enough for a server's limit of samples.
_CHUNK = Fraction(3 * 86_400)


@dataclass(frozen=True, slots=True)
class RawPlan:
    """The queries about one SLO over its window and the period; made when they are needed.

    A bundle may have thousands of SLOs, and the ledger of most of them covers their windows.
    """

    slo: Slo
    project: Project
    window: TimeRange
    period: TimeRange

    @property
    def over(self) -> TimeRange:
        """What the queries are about: the window and the period."""
        return TimeRange(min(self.window.start, self.period.start), self.period.end)

    def has_data(self) -> RangeQuery:
        """In which chunks the total had data: history is often shorter than a window.

        A look at each ledger window costs a twentieth of the whole question.
        """
        total = build.own(raw_ledger(self.slo, self.project).total)
        length = f"{format_duration(_CHUNK)}:{self.project.ledger_window_name}"
        chunks = self._chunks()
        return RangeQuery(
            f"{self.slo.id}: where raw history has data",
            f"count_over_time({total}[{length}])",
            TimeRange(chunks[0].end, chunks[-1].end),
            float(_CHUNK),
        )

    def slots(self) -> Iterator[RangeQuery]:
        """The total and bad events of each ledger window, oldest first, a query for each chunk."""
        ledger = raw_ledger(self.slo, self.project)
        both = union({"total": self._slot(ledger.total), "bad": self._slot(ledger.bad)})
        for chunk in self._chunks():
            yield RangeQuery(
                f"{self.slo.id}: total and bad events of each ledger window",
                both,
                chunk,
                float(self.project.ledger_window),
                "raw history has data there",
            )

    def queries(self, *, needs_gap: bool) -> Iterator[Query]:
        """All queries; with ``needs_gap`` they are sent only where the ledger is too short."""
        gap = ["the ledger does not cover the window"] if needs_gap else []
        for query in (self.has_data(), *self.slots()):
            yield replace(query, condition=joined([*gap, *filter(None, [query.condition])]))

    def _chunks(self) -> list[TimeRange]:
        """Stretches of whole ledger windows, oldest first, cut from the end of the time range."""
        step = float(self.project.ledger_window)
        first, end = slot_ends(self.over, step).start, self.over.end
        chunks = []
        while end >= first:
            chunks.append(TimeRange(max(end - float(_CHUNK) + step, first), end))
            end -= float(_CHUNK)
        return chunks[::-1]

    def _slot(self, expression: str) -> str:
        """What the rules record of one ledger window, left-open like a range of Prometheus 3."""
        window = half_open(self.project.ledger_window)
        interval = format_duration(self.project.interval)
        seconds = build.number(self.project.ledger_window)
        mean = f"avg_over_time({build.own(expression)}[{window}:{interval}])"
        return build.events_only(f"{mean} * {seconds}")
