"""The queries about raw history: the ledger's own expressions, evaluated on the same slots.

For an SLO whose ledger is younger than its window. Of a level each slot is what the rules would
have written: ``sum_over_time((expr)[5m:interval]) * interval``, the range open on one end, so that
no moment counts in two slots. What counters counted by differences is known exactly at the end of a
slot, at a tenth of the cost. The reading of the answers is in read/raw.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler.ledger import raw_ledger
from slokit.model.bundle import Project
from slokit.model.ledger import BAD, TOTAL, Ledger, SidesApart
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.promql.tokens import narrowed
from slokit.reporting.added import Part
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.maintenance import LeftOut, counted
from slokit.reporting.plan.query import (
    InstantQuery,
    RangeQuery,
    half_open,
    slot_ends,
    union,
)
from slokit.text.durations import format_duration

# Some servers take no query of more than 16 KiB.
_MOST_CHARACTERS = 12_000
_MOST_TOGETHER = 16
# Prometheus evaluates a chain of `or` slower than its members, so it is no longer than need be.
_FEW_QUERIES = 100
_ROOM_FOR_MATCHERS = 300
# Prometheus answers 11,000 points a series, and holds 50 million samples for a query.
_MOST_SLOTS = 10_000
_FEWEST_SLOTS = 864
_EVALUATIONS = 30_000
# Prometheus forgets a sample after this: a level of a moment is seen by a look as far apart.
_STALENESS = Fraction(300)
# The roles of sides whose events are counted by differences.
_COUNTED = frozenset({"counter", "histogram"})
GAP = "the ledger does not cover the window"


@dataclass(frozen=True, slots=True)
class RawPlan:
    """The queries about one SLO over its window and the period; made when they are needed.

    ``compare`` is an earlier time range that is counted as well.
    ``since`` is where its series begin, if they are younger than all that is asked about.
    ``until`` is where its ledger begins, if it covers the newer part of them. ``slot_seconds`` is
    the length of the slots that are drawn, 0 where none are. ``left_out`` are the stretches of
    maintenance.

    A bundle may have thousands of SLOs, and the ledger of most of them covers their windows.
    """

    slo: Slo
    project: Project
    window: TimeRange
    period: TimeRange
    until: float | None = None
    since: float | None = None
    slot_seconds: float = 0.0
    left_out: tuple[LeftOut, ...] = ()
    compare: TimeRange | None = None

    @property
    def ranges(self) -> tuple[TimeRange, ...]:
        """The time ranges that are counted, each once."""
        compare = (self.compare,) if self.compare else ()
        return tuple(dict.fromkeys((self.window, self.period, *compare)))

    @property
    def over(self) -> TimeRange:
        """What the queries are about: all that is counted, as far as the ledger lacks it.

        And before it as long as a group goes on without data.
        """
        end = self.period.end if self.until is None else self.until
        return TimeRange(self.start - float(self.slo.no_data_for), end)

    @property
    def start(self) -> float:
        """Where the first of the time ranges that are counted begins."""
        return min(over.start for over in self.ranges)

    @property
    def ends(self) -> TimeRange:
        """From the end of the first whole ledger window of it to that of the last one."""
        step = float(self.project.ledger_window)
        ends = slot_ends(self.over, step)
        if self.since is None or self.since <= ends.start:
            return ends
        return TimeRange(ends.start + (self.since - ends.start) // step * step, ends.end)

    @property
    def has_past(self) -> bool:
        """Whether anything may be there of which :meth:`history` asks."""
        longest = float(self.slo.window.longest)
        before = longest if self.slo.window.is_rolling else longest / 2
        return self.since is None or self.since < self.window.end - before

    @property
    def most_slots(self) -> int:
        """How many ledger windows one query is about: few where each is evaluated many times."""
        if self._is_exact:
            return _MOST_SLOTS
        return int(_EVALUATIONS * self.project.interval / self.project.ledger_window)

    def apart(self) -> SidesApart | None:
        """The sides that are asked for instead of total and bad, where both follow from them."""
        return self._apart(raw_ledger(self.slo, self.project))

    def sides(
        self, matchers: Sequence[Matcher] = (), ends: TimeRange | None = None
    ) -> dict[str, str]:
        """The total and bad events of each ledger window, as the rules would have written them.

        Or those of the sides :meth:`apart`, so that the server computes nothing twice. ``ends`` is
        the part that is asked about, all of it unless given: of other maintenances of members
        nothing is said.
        """
        over = ends or self.over
        looks_back = float(self.project.ledger_window + self.project.interval)
        over = TimeRange(over.start - looks_back, over.end)

        def heeding(member: Slo, total: str) -> str:
            return counted(member, total, self.left_out, over)

        ledger = raw_ledger(self.slo, self.project, counted=heeding if self.left_out else None)
        apart = self._apart(ledger)
        sides = apart.expressions() if apart else {TOTAL: ledger.total, BAD: ledger.bad}
        return {side: self._slot(narrowed(text, matchers)) for side, text in sides.items()}

    def history(self, matchers: Sequence[Matcher] = ()) -> str:
        """Groups of which something was counted in the half window before the window.

        Asked where some group has no slot at the begin of the window: whether it is new.
        """
        ledger = raw_ledger(self.slo, self.project)
        apart = self._apart(ledger)
        # where both sides follow from what adds up, the total alone says who was there
        side = apart.total if apart and apart.adds_up else ledger.bad
        seen = narrowed(side, matchers)
        step, whole = min(self.project.ledger_window, _STALENESS), self.slo.window.longest
        length, offset = format_duration(whole / 2), format_duration(whole)
        if not self.slo.window.is_rolling:
            # the slots that were read begin at the boundary, wherever that is
            length, offset = offset, length
        looks = f"[{length}:{format_duration(step)}] offset {offset}"
        return f"present_over_time({build.own(seen)}{looks})"

    def queries(self, *, needs_gap: bool) -> Iterator[RangeQuery]:
        """All queries; with ``needs_gap`` they are sent only where the ledger is too short."""
        for stretch in stretches(self.ends, float(self.project.ledger_window), self.most_slots):
            yield RangeQuery(
                f"{self.slo.id}: total and bad events of each ledger window",
                union(self.sides(ends=stretch)),
                stretch,
                float(self.project.ledger_window),
                GAP if needs_gap else "",
            )

    def history_query(self, *, needs_gap: bool) -> InstantQuery:
        """The query about that."""
        return InstantQuery(
            f"{self.slo.id}: groups with a history of half of {self.slo.window.name} at least,"
            " where the older half of it holds nothing",
            self.history(),
            self.window.end,
            GAP if needs_gap else "",
        )

    def _apart(self, ledger: Ledger) -> SidesApart | None:
        apart = ledger.apart
        return apart if apart and (apart.adds_up or self._is_exact) else None

    @property
    def _is_exact(self) -> bool:
        """Whether all of its events are differences of counters, which add up without a loss."""
        sli = self.slo.sli
        if raw_ledger(self.slo, self.project).is_whole:
            return True
        sides = tuple(sli.sides())
        return (
            self.slo.folding.is_exact
            and sli.measure != "level"
            and bool(sides)
            and all(side.role in _COUNTED and not side.is_promql for side in sides)
        )

    def _slot(self, expression: str) -> str:
        """What the rules record of one ledger window, left-open like a range of Prometheus 3."""
        seconds = build.number(self.project.ledger_window)
        if self._is_exact:
            # differences of counters are never negative, and each node costs at every moment
            return f"{build.own(expression)} * {seconds}"
        window = half_open(self.project.ledger_window)
        interval = format_duration(self.project.interval)
        # a level's slot is that of the rules to the sample, so that reports may go on with theirs
        samples = f"{build.own(expression)}[{window}:{interval}] offset {interval}"
        # a moment without a sample is no second that was measured, but a rate is a mean anyway
        if self.slo.sli.measure == "rate":
            return build.events_only(f"avg_over_time({samples}) * {seconds}")
        each = build.number(self.project.interval)
        return build.events_only(f"sum_over_time({samples}) * {each}")


def plan_scraped(plans: Sequence[RawPlan], *, needs_gap: bool = False) -> Iterator[RangeQuery]:
    """Whether the server scraped anything, window by window, where groups go on without data.

    While it was down itself, nothing is known to be gone: the rules did not run, either.
    """
    going_on = [plan for plan in plans if plan.slo.no_data_for]
    if not going_on:
        return
    step = float(going_on[0].project.ledger_window)
    first = min(plan.ends.start for plan in going_on)
    last = max(plan.ends.end for plan in going_on)
    for stretch in stretches(slot_ends(TimeRange(first - 2 * step, last), step), step, _MOST_SLOTS):
        purpose = "whether anything was scraped, for groups that go on as bad without data"
        yield RangeQuery(purpose, "group(up)", stretch, step, GAP if needs_gap else "")


@dataclass(frozen=True, slots=True)
class RawBatch:
    """SLOs of which one query asks, about the same part of raw history.

    ``ends`` goes from the end of the first ledger window to that of the last one.
    """

    plans: tuple[RawPlan, ...]
    part: Part
    ends: TimeRange

    @property
    def query(self) -> RangeQuery:
        """One query; the label ``side`` has the position of the SLO before the word."""
        vectors = {
            f"{number} {side}": promql
            for number, plan in enumerate(self.plans)
            for side, promql in plan.sides(self.part.matchers, self.ends).items()
        }
        step = float(self.plans[0].project.ledger_window)
        purpose = "total and bad events of each ledger window of several SLOs"
        return RangeQuery(purpose, union(vectors), self.ends, step)

    def halves(self) -> tuple["RawBatch", "RawBatch"] | None:
        """The same of half of the SLOs each; None of one SLO."""
        middle = len(self.plans) // 2
        if not middle:
            return None
        first, second = self.plans[:middle], self.plans[middle:]
        return RawBatch(first, self.part, self.ends), RawBatch(second, self.part, self.ends)

    def shorter(self) -> tuple["RawBatch", "RawBatch"] | None:
        """The same about half of the time each; None where that is short already."""
        step = float(self.plans[0].project.ledger_window)
        slots = int(self.ends.seconds // step) + 1
        if slots < 2 * _FEWEST_SLOTS:
            return None
        last = self.ends.start + (slots // 2 - 1) * step
        early, late = TimeRange(self.ends.start, last), TimeRange(last + step, self.ends.end)
        return RawBatch(self.plans, self.part, early), RawBatch(self.plans, self.part, late)


@dataclass(frozen=True, slots=True)
class RawHistory:
    """SLOs of which one query asks whether their groups have a history of half a window."""

    plans: tuple[RawPlan, ...]
    part: Part

    @property
    def query(self) -> InstantQuery:
        """One query; the label ``side`` has the position of the SLO."""
        vectors = {
            str(number): plan.history(self.part.matchers) for number, plan in enumerate(self.plans)
        }
        return InstantQuery(
            "groups of several SLOs with a history of half a window at least",
            union(vectors),
            self.plans[0].window.end,
        )

    def halves(self) -> tuple["RawHistory", "RawHistory"] | None:
        """The same of half of the SLOs each; None of one SLO."""
        middle = len(self.plans) // 2
        if not middle:
            return None
        return RawHistory(self.plans[:middle], self.part), RawHistory(
            self.plans[middle:], self.part
        )


def stretches(ends: TimeRange, step: float, most: int) -> Iterator[TimeRange]:
    """The ends of ledger windows in stretches of at most so many, oldest first."""
    slots = int(ends.seconds // step) + 1 if ends.end >= ends.start else 0
    for first in range(0, slots, most):
        last = min(first + most, slots) - 1
        yield TimeRange(ends.start + first * step, ends.start + last * step)


def together(
    plans: Sequence[RawPlan], most_queries: int = _FEW_QUERIES
) -> Iterator[tuple[RawPlan, ...]]:
    """SLOs of which one query asks: so many that there are some hundred queries at most.

    A query has only so much room, though.
    """
    most = min(_MOST_TOGETHER, -(-len(plans) // most_queries))
    chosen: list[RawPlan] = []
    length = 0
    for plan in plans:
        size = len(union(plan.sides()).encode()) + _ROOM_FOR_MATCHERS
        is_full = length + size > _MOST_CHARACTERS or len(chosen) == most
        if chosen and (is_full or plan.most_slots != chosen[0].most_slots):
            yield tuple(chosen)
            chosen, length = [], 0
        chosen.append(plan)
        length += size
    if chosen:
        yield tuple(chosen)
