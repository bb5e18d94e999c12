"""Rate: how often something may happen: elections, failovers, evictions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Ledger, Side, Terms
from slokit.model.live import LiveQuestions
from slokit.promql import build
from slokit.promql.selector import Selector
from slokit.sli import expressions
from slokit.sli.base import Reader, SliType
from slokit.sli.sides import SideText, names_members, read_side
from slokit.source.fields import LabelNames, RateText, UnitText, Written
from slokit.text import InvalidTextError
from slokit.text.numbers import Rate, parse_rate

_MINUTE = 60


class RateBody(Written):
    """A counter or an epoch, who counts it, and the allowance."""

    counter: SideText | None = Field(None, description="Counts the events.")
    epoch: SideText | None = Field(
        None,
        description="A gauge that only grows, such as a term or timeline; each step is an event.",
    )
    counted_by: Literal["every_member", "one_member"] | None = Field(
        None,
        description="`every_member` (all see the same event) or `one_member` (each has its own).",
    )
    member: LabelNames = Field(["instance"], description="The labels that name a member.")
    at_most: RateText | None = Field(
        None, description="The allowance, such as `2/30d`; it is the objective."
    )
    unit: UnitText | None = Field(None, description="The unit, for people.")


@dataclass(frozen=True, slots=True)
class Occurrences:
    """A counter or an epoch and its allowance. The allowance is the objective."""

    source: Side
    counted_by: str
    member: tuple[str, ...]
    allowance: Rate
    unit: str
    limit_text: str

    type = "rate"
    measure = "rate"
    counted_in = CountedIn.EVENTS_IN_TIME

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed events per second."""
        return self.allowance.per_second

    def sides(self) -> Iterable[Side]:
        """The counter or epoch as written."""
        return [self.source]

    def ledger(self, terms: Terms) -> Ledger:
        """The total is time, the bad ones are events per second.

        >>> ledger = ledger_of("rate", counter="c_total", counted_by="every_member", at_most="1/h")
        >>> print(ledger.total)
        group(c_total <= Inf)
        >>> print(ledger.bad)
        quantile(0.5, sum by (instance) (c_total - c_total offset 5m >= 0 < Inf)) / 300
        or ignoring (bundle, service, slo) 0 * R
        """
        shapes = {
            "every_member": self._every_member,
            "one_member": self._one_member,
            "epoch": self._epoch,
        }
        seen, events = shapes[self.counted_by](terms)
        return Ledger(
            total=expressions.fold(terms, "group", seen),
            bad=expressions.or_zero(terms, events),
        )

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether what each member counts by itself is added up once."""
        added = (self.source,) if self.counted_by == "one_member" else ()
        return LiveQuestions((self.source,), added=added)

    def _every_member(self, terms: Terms) -> tuple[str, str]:
        # The median of the members: one that missed an event, or sees it a scrape later, changes
        # nothing. Whole differences and no rate(), which would extrapolate one event to 1.1.
        if self.source.is_promql:
            events = self._own_rate(terms)
            return events, expressions.fold(terms, "quantile", events, "0.5")
        # A member may have several series (a partition or a reason each): what it saw is their sum.
        identity = tuple(dict.fromkeys([*terms.folding.names, *self.member]))
        steps = build.union([self._steps(terms, part) for part in self.source.parts])
        members = build.fold("sum", identity, steps)
        # The median: one member that missed an election, or saw one alone, changes nothing.
        median = expressions.fold(terms, "quantile", members, "0.5")
        return self._seen(terms), f"{median} / {build.number(terms.window_seconds)}"

    def _steps(self, terms: Terms, part: Selector) -> str:
        # A restarted member counts from anew and is no witness; as a zero it would outvote others.
        window = expressions.counting_window(terms)
        step = f"{part}{window.now} - {part}{window.before} >= 0 < Inf"
        return expressions.placed(terms, step)

    def _one_member(self, terms: Terms) -> tuple[str, str]:
        seen = self._own_rate(terms) if self.source.is_promql else self._seen(terms)
        return seen, expressions.counted(terms, self.source)

    def _own_rate(self, terms: Terms) -> str:
        return expressions.renamed(terms, build.events_only(build.own(self.source.parts[0])))

    def _epoch(self, terms: Terms) -> tuple[str, str]:
        """How far the epoch is above what it was before the ledger window.

        An epoch of 0 is unknown, as Patroni writes it while PostgreSQL is down. A step is measured
        against the last known value within an hour, so that one in such a time counts, and a return
        to the same epoch does not.
        """
        # The largest: members that follow late are below it. An epoch that falls, because the only
        # member that knew it is gone, is no event.
        now = expressions.fold(terms, "max", self._above_zero(terms))
        window = expressions.counting_window(terms)
        step = terms.interval if terms.interval_seconds > _MINUTE else "1m"
        hour = f"last_over_time({build.own(now)}[1h:{step}]{window.before})"
        # The subquery's steps lie beside the evaluation: where the value of that very moment is
        # known, it decides, or an event would count for longer than the ledger window.
        before = f"({expressions.fold(terms, 'max', self._before(terms))} or {hour})"
        events = f"clamp_min({now} - {before}, 0)"
        return self._seen(terms), f"{events} / {build.number(terms.window_seconds)}"

    def _seen(self, terms: Terms) -> str:
        return build.union(
            [f"{expressions.value(terms, part)} <= Inf" for part in self.source.parts]
        )

    def _above_zero(self, terms: Terms) -> str:
        return build.union(
            [f"{expressions.value(terms, part)} > 0 < Inf" for part in self.source.parts]
        )

    def _before(self, terms: Terms) -> str:
        length = terms.window_seconds
        if not self.source.is_promql:
            earlier = [
                f"{expressions.value(terms, part, earlier=length)} > 0 < Inf"
                for part in self.source.parts
            ]
            return build.union(earlier)
        # only a selector or a subquery takes an offset, so an expression becomes a short subquery
        text = build.own(self.source.parts[0])
        looked = f"last_over_time({text}[1m:{terms.interval}] offset {terms.window})"
        return f"{expressions.renamed(terms, looked)} > 0 < Inf"


def resolve(body: RateBody, reader: Reader) -> Occurrences | None:
    """The SLI that a body means; None, with the reasons noted, when it means none."""
    if (body.counter is None) == (body.epoch is None):
        reader.report(
            codes.SIDES,
            "epoch" if body.epoch else "",
            "a rate needs either `counter` or `epoch`",
            "write one of them",
        )
        return None
    counted_by = _counted_by(body, reader)
    key, role = ("counter", "counter") if body.counter else ("epoch", "epoch")
    side = read_side(reader, key, body.counter or body.epoch, role)
    if counted_by == "every_member":
        names_members(reader, tuple(body.member))
    allowance = _allowance(body, reader)
    if side is None or allowance is None or counted_by is None:
        return None
    return Occurrences(
        side, counted_by, tuple(body.member), allowance, body.unit or "", f"at most {allowance}"
    )


def _counted_by(body: RateBody, reader: Reader) -> str | None:
    if body.epoch:
        if body.counted_by:
            reader.report(
                codes.SIDES,
                "counted_by",
                "an epoch is agreed on by all members",
                "leave `counted_by` out",
            )
        return "epoch"
    if body.counted_by is None:
        reader.report(
            codes.SIDES,
            "",
            "who counts the events is missing",
            "add `counted_by: every_member` (elections) or `counted_by: one_member` (restarts)",
        )
    return body.counted_by


def _allowance(body: RateBody, reader: Reader) -> Rate | None:
    if body.at_most is None:
        reader.report(codes.LIMITS, "", "a rate needs an allowance", "add `at_most: 2/30d`")
        return None
    try:
        rate = parse_rate(body.at_most)
    except InvalidTextError as cause:
        reader.report(codes.BAD_VALUE, "at_most", str(cause), cause.hint)
        return None
    if not rate.events:
        reader.report(
            codes.OBJECTIVE_RANGE,
            "at_most",
            "an allowance of zero events leaves no error budget",
            "allow a few, or alert on the cause itself with a cause alert",
        )
        return None
    return rate


TYPE = SliType(
    name="rate",
    body=RateBody,
    has_objective=False,
    example="""\
counter: etcd_server_leader_changes_seen_total
counted_by: every_member
at_most: 2/d
""",
    resolve=resolve,
)
