"""Events: any two of good, bad and total, as counters or as levels; and those too slow.

With a ``latency`` an event is bad when it failed or took too long. Both are counted apart, since
counters of failures have no durations: what is both counts twice, up to the total, unless the
histogram is selected to leave the failed ones out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import (
    CountedIn,
    Facet,
    Ledger,
    Side,
    SidesApart,
    SupportingRule,
    Terms,
    allowed_share,
)
from slokit.model.live import Births, LiveQuestions, Pair, Rare
from slokit.promql import build
from slokit.promql.disjoint import rest_of
from slokit.sli import expressions, facets, latency
from slokit.sli.base import Reader, SliType
from slokit.sli.latency import Latency, LatencyBody
from slokit.sli.nouns import EVENTS, noun
from slokit.sli.side_checks import Absence
from slokit.sli.sides import SideText, can_start_at_zero, read_side
from slokit.source.fields import Written

_FAILED, _SLOW = "failed", "slow"
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
    latency: LatencyBody | None = Field(
        None,
        description="A histogram of the same events: those beyond its limit are bad as well.",
    )
    starts_at_zero: bool = Field(
        default=False,
        description="Whether a counter that appears on a known target counts from zero.",
    )


@dataclass(frozen=True, slots=True)
class Events:
    """Good, bad and total events; exactly two of the three are set.

    Where there is a limit for ``slow`` ones, those two are bad and total.
    """

    good: Side | None
    bad: Side | None
    total: Side | None
    levels: bool
    starts_at_zero: bool = False
    slow: Latency | None = None

    type = "events"

    @property
    def unit(self) -> str:
        """That of the limit, where there is one."""
        return self.slow.unit if self.slow else ""

    @property
    def limit_text(self) -> str:
        """What is too slow, where anything is."""
        return self.slow.limit_text if self.slow else ""

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
        slow = self.slow.settings if self.slow else {}
        return {
            "of": "gauges" if self.levels else "counters",
            "starts_at_zero": str(self.starts_at_zero).lower(),
            **{f"latency.{key}": value for key, value in slow.items()},
        }

    def failing(self, name: str) -> tuple[str, str]:
        """Requests that fail, members that are bad."""
        counted = noun((self.total, self.good, self.bad))
        if self.levels:
            return f"of {'members' if counted == EVENTS else counted} are bad", "may be"
        return f"of {counted} fail{' or take too long' if self.slow else ''}", "may"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad per total."""
        assert objective is not None
        return allowed_share(objective)

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """Each side by member, and what the histogram of the slow ones shows."""
        about = {
            "bad": "What failed. One member that stands apart fails by itself; all together, look"
            " at what they share.",
            "good": "What went well. A line that falls while the total stays is where errors are.",
            "total": "What was asked. A line that ends is a member that is gone; one far above the"
            " others is a hot shard.",
        }
        look = facets.levels if self.levels else facets.rates
        for side in (self.bad, self.good, self.total):
            if side:
                yield Facet(
                    key=side.key,
                    title=f"{side.key.capitalize()} events by member",
                    description=about[side.key],
                    unit="" if self.levels else "per second",
                    queries=look(terms, side),
                )
        if self.slow:
            yield from self.slow.facets(terms)

    def sides(self) -> Iterable[Side]:
        """The two sides as written, and the histogram of the slow ones."""
        own = [side for side in (self.good, self.bad, self.total) if side]
        return [*own, *(self.slow.sides() if self.slow else ())]

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
        if odd := expressions.unknown(terms, [side for side in (self.good, self.bad) if side]):
            ledger = replace(ledger, total=f"({ledger.total})\nunless ({odd})")
        present = expressions.present(terms, self.total or self.good, self.bad)
        return replace(ledger, present=present) if present else ledger

    def _ledger(self, terms: Terms) -> Ledger:
        known = self._known() if self.starts_at_zero else None
        failed = self._failed(terms)
        sides = self._apart(terms, known, failed)
        if self.slow:
            return self._with_slow(terms, sides, self.slow)
        if failed and self.total and expressions.is_folded(terms, self.total):
            # What the total's own expression has summed up to NaN is there and not known: it hides
            # the bad events, which alone would be all there was.
            total = expressions.as_written(terms, self.total)
            either = f"{total}\nor\n{expressions.counted_alone(terms, failed)}"
            known_bad = f"{sides.bad}\nand {build.IGNORING} {terms.recorded_total}"
            return Ledger(
                total=build.events_only(f"({either})"),
                bad=expressions.or_zero(terms, known_bad),
                apart=sides,
            )
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
        # good events that are not known leave no total: then the bad ones are of nothing
        seen = f"\nand {build.IGNORING} {terms.recorded_total}"
        is_known = not expressions.is_folded(terms, self.good)
        return Ledger(
            total=expressions.added(terms, self.good, self.bad, known),
            bad=expressions.or_zero(terms, sides.bad if is_known else sides.bad + seen),
            apart=sides,
        )

    def _with_slow(self, terms: Terms, sides: SidesApart, slow: Latency) -> Ledger:
        """Failed and slow events are recorded first: both sides of the ledger read them.

        >>> ledger = ledger_of(
        ...     "events", bad="e_total", total="r_total", latency={"histogram": "d_seconds",
        ...     "at_most": "1s"})
        >>> print(ledger.total)
        (sum(rate(r_total[5m]) >= 0 < Inf)
        or ignoring (bundle, service, slo) slokit:failed:rate5m)
        and ignoring (bundle, service, slo) (slokit:slow:rate5m or slokit:failed:rate5m > 0)
        >>> print(ledger.bad)
        (slokit:failed:rate5m or 0 * R) + (slokit:slow:rate5m or 0 * R) < R or R
        """
        failed, late = terms.recorded(_FAILED), terms.recorded(_SLOW)
        slower = slow.ledger(terms).bad
        total = terms.recorded_total
        # Where the histogram is gone it is not known what was slow: only failures make a row then.
        known = f"{build.IGNORING} ({late} or {failed} > 0)"
        # An event that failed and was slow is in both: no more than all events are bad.
        bad = f"({failed} or 0 * {total}) + ({late} or 0 * {total}) < {total} or {total}"
        return Ledger(
            total=f"({sides.total}\nor {build.IGNORING} {failed})\nand {known}",
            bad=bad,
            supporting=(
                SupportingRule(_FAILED, sides.bad),
                SupportingRule(_SLOW, slower),
            ),
            apart=replace(sides, slow=slower),
        )

    def _failed(self, terms: Terms) -> Side | None:
        """What counts the bad events alone; None where they are only known as a difference.

        A good side that is the total with more matchers leaves the rest of the total: counted alone
        it costs less, and one series that is odd is odd on both sides at once.
        """
        if self.bad or self.levels:
            return self.bad
        assert self.good
        assert self.total
        if self.good.is_promql or self.total.is_promql:
            return None
        left = rest_of(self.total.parts, self.good.parts)
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
        if self.slow:
            return self._questions_with_slow(terms, self.slow)
        reads, born = tuple(self.sides()), self._births()
        whole = self.total or self.good
        if self.bad and whole:
            pair, rare = Pair(self.bad, whole, is_complete=False), Rare(self.bad, whole)
            return LiveQuestions(reads, rare, pairs=(pair,), added=reads, born=born)
        assert self.good
        assert self.total
        pair = Pair(self.good, self.total, is_complete=True)
        return LiveQuestions(reads, pairs=(pair,), added=reads, born=born)

    def _questions_with_slow(self, terms: Terms, slow: Latency) -> LiveQuestions:
        """What is asked of the failed ones, and what is asked of the histogram."""
        own, other = replace(self, slow=None).live_questions(terms), slow.live_questions(terms)
        return replace(
            other,
            reads=(*own.reads, *other.reads),
            rare=own.rare,
            pairs=(*own.pairs, *other.pairs),
            added=(*own.added, *other.added),
            born=own.born or other.born,
        )

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
    slow = _slow(body, reader)
    if body.latency is not None and slow is None:
        return None
    return Events(levels=role == "gauge", starts_at_zero=body.starts_at_zero, slow=slow, **sides)


def _slow(body: EventsBody, reader: Reader) -> Latency | None:
    """The limit of the slow ones; None where there is none, or with the reason noted."""
    if body.latency is None:
        return None
    if body.of == "gauges":
        message, hint = "levels have no duration", "leave `latency` out"
        reader.report(codes.SIDES, "latency", message, hint)
        return None
    if body.bad is None or body.total is None:
        message = "with a latency, events need bad and total: slow ones are added to the bad"
        reader.report(codes.SIDES, "latency", message, "write `bad:` and `total:`")
        return None
    return latency.resolve(body.latency, reader, "latency.")


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
