"""Events: any two of good, bad and total, as counters or as levels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Ledger, Side, SidesApart, Terms, allowed_share
from slokit.model.live import Births, LiveQuestions, Pair, Rare
from slokit.promql import build
from slokit.promql.selector import left_out
from slokit.sli import expressions
from slokit.sli.base import Reader, SliType
from slokit.sli.side_checks import Absence
from slokit.sli.sides import SideText, can_start_at_zero, read_side
from slokit.source.fields import Written

_ABSENCE = {"good": Absence.NO_EVENTS, "bad": Absence.NO_EVENTS, "total": Absence.NO_DATA}


class EventsBody(Written):
    """Good, bad and total events; two of the three are enough."""

    good: SideText | None = Field(None, description="Events that went well.")
    bad: SideText | None = Field(None, description="Events that failed.")
    total: SideText | None = Field(None, description="All events.")
    of: Literal["counters", "gauges"] = Field(
        "counters",
        description="`counters`, or `gauges` for levels such as ready replicas of wanted ones.",
    )
    starts_at_zero: bool = Field(
        default=False,
        description="Whether a counter that appears on a known target counts from zero.",
    )


@dataclass(frozen=True, slots=True)
class Events:
    """Good, bad and total events; exactly two of the three are set."""

    good: Side | None
    bad: Side | None
    total: Side | None
    levels: bool
    starts_at_zero: bool = False

    type = "events"
    unit = ""
    limit_text = ""

    @property
    def measure(self) -> str:
        """Levels are instants, counters are means."""
        return "level" if self.levels else "rate"

    @property
    def counted_in(self) -> CountedIn:
        """A level counts its members for as long as they are there."""
        return CountedIn.MEMBER_SECONDS if self.levels else CountedIn.EVENTS

    @property
    def settings(self) -> Mapping[str, str]:
        """What the sides are, and what the first events of a counter count."""
        return {
            "of": "gauges" if self.levels else "counters",
            "starts_at_zero": str(self.starts_at_zero).lower(),
        }

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad per total."""
        assert objective is not None
        return allowed_share(objective)

    def sides(self) -> Iterable[Side]:
        """The two sides as written."""
        return [side for side in (self.good, self.bad, self.total) if side]

    def ledger(self, terms: Terms) -> Ledger:
        """Two of the three as rates, or as levels where they are gauges.

        >>> ledger = ledger_of("events", bad="errors_total", total="requests_total")
        >>> print(ledger.total)
        sum(rate(requests_total[5m]) >= 0 < Inf) or sum(rate(errors_total[5m]) >= 0 < Inf)
        >>> print(ledger.bad)
        sum(rate(errors_total[5m]) >= 0 < Inf) or ignoring (bundle, service, slo) 0 * R

        The example counts by rate; what stands for ``rate(…)`` otherwise, says
        :mod:`slokit.promql.counting`.
        """
        ledger = self._ledger(terms)
        present = expressions.present(terms, self.total or self.good)
        return replace(ledger, present=present) if present else ledger

    def _ledger(self, terms: Terms) -> Ledger:
        known = self._known() if self.starts_at_zero else None
        failed = self._failed(terms)
        sides = self._apart(terms, known, failed)
        if failed and self.total:
            # a group that has failed and is not in the total is all bad, not invisible
            alone = sides.bad if known else expressions.counted_alone(terms, failed)
            return Ledger(
                total=f"{sides.total}\nor\n{alone}",
                bad=expressions.or_zero(terms, sides.bad),
                apart=sides,
            )
        if self.good and self.total:
            # without any good event a group is all bad: its good side is zero
            good = expressions.or_zero(terms, sides.good)
            return Ledger(
                total=sides.total,
                # Good and total of different scrapes may disagree by some events: below zero
                # they would cancel bad ones of other times.
                bad=f"clamp_min({terms.recorded_total} - {build.IGNORING} (\n{good}\n), 0)",
                apart=sides,
            )
        assert self.good
        assert self.bad
        return Ledger(
            total=expressions.added(terms, self.good, self.bad, known),
            bad=expressions.or_zero(terms, sides.bad),
            apart=sides,
        )

    def _failed(self, terms: Terms) -> Side | None:
        """What counts the bad events alone; None where they are only known as a difference.

        A good side that is the total with more matchers leaves the rest of the total: counted alone
        it costs less, and one series that is odd is odd on both sides at once.
        """
        if self.bad or self.levels or not terms.folding.is_exact:
            return self.bad
        assert self.good
        assert self.total
        if self.good.is_promql or self.total.is_promql:
            return None
        left = left_out(self.total.parts, self.good.parts)
        return replace(self.total, key="bad", parts=left, positions=()) if left else None

    def _apart(self, terms: Terms, known: Side | None, failed: Side | None) -> SidesApart:
        def counted(side: Side | None) -> str:
            return expressions.counted(terms, side, known) if side else ""

        if self.total and failed:
            total = expressions.counted_total(terms, self.total, known)
            return SidesApart(bad=counted(failed), total=total)
        if self.good and self.total:
            # Where good events are subtracted, both sides are counted alike: a thousandth of the
            # total would be all of the budget of 99.9 %.
            total, good = expressions.comparable(terms, self.total, self.good, known)
            return SidesApart(good=good, total=total)
        return SidesApart(good=counted(self.good), bad=counted(self.bad))

    def _known(self) -> Side:
        """The series that show which targets there are: those of the total."""
        if self.total:
            return self.total
        assert self.good
        assert self.bad
        return replace(self.good, parts=(*self.good.parts, *self.bad.parts), positions=())

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether an error was ever seen, and whether both sides have the same groups."""
        reads, born = tuple(self.sides()), self._births()
        whole = self.total or self.good
        if self.bad and whole:
            pair, rare = Pair(self.bad, whole, is_complete=False), Rare(self.bad, whole)
            return LiveQuestions(reads, rare, pairs=(pair,), added=reads, born=born)
        assert self.good
        assert self.total
        pair = Pair(self.good, self.total, is_complete=True)
        return LiveQuestions(reads, pairs=(pair,), added=reads, born=born)

    def _births(self) -> Births | None:
        can_start = not self.levels and not any(side.is_promql for side in self.sides())
        if self.starts_at_zero or not can_start:
            return None
        if self.bad:
            return Births(self.bad, None, self._known())
        assert self.total
        return Births(self.total, self.good, self.total)


def resolve(body: EventsBody, reader: Reader) -> Events | None:
    """The SLI that a body means; None, with the reasons noted, when it means none."""
    given = [key for key in ("good", "bad", "total") if getattr(body, key) is not None]
    if len(given) != 2:
        has = " and ".join(given) or "none of them"
        reader.report(
            codes.SIDES,
            given[2] if len(given) == 3 else "",
            f"events need exactly two of good, bad and total; here is {has}"
            if len(given) < 3
            else "events need two of good, bad and total; here are all three",
            "leave one out" if len(given) == 3 else "write two; the third follows from them",
        )
        return None
    role = "gauge" if body.of == "gauges" else "counter"
    sides = {
        key: read_side(reader, key, getattr(body, key), role, absence)
        for key, absence in _ABSENCE.items()
    }
    if sum(side is not None for side in sides.values()) != 2:
        return None
    if body.starts_at_zero and not can_start_at_zero(reader, sides.values()):
        return None
    return Events(levels=role == "gauge", starts_at_zero=body.starts_at_zero, **sides)


TYPE = SliType(
    name="events",
    body=EventsBody,
    has_objective=True,
    example="""\
bad: http_requests_total{code=~"5.."}
total: http_requests_total
""",
    resolve=resolve,
)
