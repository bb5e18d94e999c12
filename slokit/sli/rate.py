"""Rate: how often something may happen: elections, failovers, evictions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Facet, Ledger, Side, Terms
from slokit.model.live import LiveQuestions
from slokit.promql import build, counting
from slokit.promql.expression import expression
from slokit.promql.rates import flows
from slokit.promql.reading import read as read_promql
from slokit.promql.recorded import is_named_as_counter, is_named_as_epoch
from slokit.promql.selector import Selector
from slokit.sli import expressions, facets
from slokit.sli.base import Reader, SliType
from slokit.sli.nouns import noun, noun_in, singular
from slokit.sli.sides import SideText, keeps_members, keeps_names, names_members, read_side
from slokit.source.fields import LabelNames, RateText, UnitText, Written
from slokit.text import InvalidTextError
from slokit.text.durations import format_duration
from slokit.text.numbers import Rate, parse_rate

_MINUTE, _HOUR = 60, 3600
_NOW = Fraction(0)
_IN_VIEW = 5 * _MINUTE
_TIMES = ("_timestamp", "_timestamp_seconds", "_timestamp_ms", "_time_seconds", "_time_ms")


def _step(terms: Terms) -> str:
    """How often a subquery looks back over an hour: once a minute, if not less often evaluated."""
    return terms.interval if terms.interval_seconds > _MINUTE else "1m"


class RateBody(Written):
    """A counter, an epoch or a gauge that changes, who counts it, and the allowance."""

    counter: SideText | None = Field(None, description="Counts the events.")
    epoch: SideText | None = Field(
        None,
        description="A gauge that only grows, such as a term or timeline; each step is an event.",
    )
    changes: SideText | None = Field(
        None,
        description=(
            "A gauge of which each change is one event of its member: a start time, for restarts."
        ),
    )
    counted_by: Literal["every_member", "one_member"] | None = Field(
        None,
        description="`every_member` (all see the same event) or `one_member` (each has its own).",
    )
    member: LabelNames = Field(
        list(expressions.MEMBER), description="The labels that name a member."
    )
    at_most: RateText | None = Field(
        None, description="The allowance, such as `2/30d`; it is the objective."
    )
    unit: UnitText | None = Field(None, description="The unit, for people.")


@dataclass(frozen=True, slots=True)
class Occurrences:
    """What happens, and its allowance. The allowance is the objective.

    ``counted_by`` is that of a counter, or ``epoch`` or ``changes``.
    """

    source: Side
    counted_by: str
    member: tuple[str, ...]
    allowance: Rate
    unit: str
    limit_text: str

    type = "rate"
    measure = "count"
    counted_in = CountedIn.EVENTS_IN_TIME

    @property
    def settings(self) -> Mapping[str, str]:
        """Who counts the events of a counter, and what names a member."""
        is_counter = self.source.key == "counter"
        return {
            "counted_by": self.counted_by if is_counter else "",
            "member": f"[{', '.join(self.member)}]",
        }

    def failing(self, name: str) -> tuple[str, str]:
        """What happens, by its unit, by the SLO's name or by the metric's."""
        many = self.unit or noun_in(name) or noun([self.source])
        verb = "is" if self.allowance.events == 1 else "are"
        return f"{singular(many)}|{many}", f"{verb} allowed"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed events per second."""
        return self.allowance.per_second

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """What each member counted, or which value each one holds."""
        if self.source.key == "counter":
            yield Facet(
                key="counted",
                title="Events counted by each member",
                description=(
                    "How fast each member's counter grows. Where every member counts the same"
                    " event, as elections, the lines rise together; one that rises alone saw what"
                    " no other did."
                ),
                unit="per second",
                queries=facets.rates(terms, self.source, member=self.member),
            )
            return
        yield Facet(
            key="value",
            title=f"The {self.counted_by} of each member",
            description=(
                "The gauge whose steps are counted. A step is one event; a member that stays below"
                " the others has missed it."
            ),
            unit="",
            queries=facets.levels(terms, self.source, self.member),
        )

    def sides(self) -> Iterable[Side]:
        """The counter or gauge as written."""
        return [self.source]

    def ledger(self, terms: Terms) -> Ledger:
        """The total is time, the bad ones are events per second.

        >>> ledger = ledger_of("rate", counter="c_total", counted_by="every_member", at_most="1/h")
        >>> print(ledger.total)
        group(c_total <= Inf)
        >>> print(ledger.bad)
        quantile(0.5, sum by (instance) (c_total - c_total offset 5m >= 0 < Inf
        or c_total - min_over_time(c_total[5m]) > 0 < Inf
          unless (c_total offset 5m or last_over_time(c_total[54m:5m] offset 10m)))) / 300
        or ignoring (bundle, service, slo) 0 * R
        """
        shapes = {
            "every_member": self._every_member,
            "one_member": self._one_member,
            "epoch": self._epoch,
            "changes": self._changes,
        }
        seen, events = shapes[self.counted_by](terms)
        return Ledger(
            total=expressions.fold(terms, "group", seen),
            bad=expressions.or_zero(terms, events),
            is_whole=self.counted_by == "changes" and not self.source.is_promql,
        )

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether what each member counts is added up once, and whether it says whose it is."""
        added = (self.source,) if self.counted_by == "one_member" else ()
        by_member = self.counted_by in ("every_member", "changes")
        named_by = self.member if by_member and self.member != expressions.MEMBER else ()
        return LiveQuestions((self.source,), added=added, named_by=named_by)

    def _every_member(self, terms: Terms) -> tuple[str, str]:
        # The median of the members: one that missed an event, or sees it a scrape later, changes
        # nothing. Whole differences and no rate(), which would extrapolate one event to 1.1.
        if self.source.is_promql:
            events = self._own_rate(terms)
            members = self._by_member(terms, events)
            return events, expressions.fold(terms, "quantile", members, "0.5")
        # A member may have several series (a partition or a reason each): what it saw is their sum.
        steps = build.union([self._steps(terms, part) for part in self.source.parts])
        members = build.fold("sum", self._identity(terms), steps)
        # The median: one member that missed an election, or saw one alone, changes nothing.
        median = expressions.fold(terms, "quantile", members, "0.5")
        return self._seen(terms), f"{median} / {build.number(terms.window_seconds)}"

    def _by_member(self, terms: Terms, events: str) -> str:
        """What each member's series of an expression add up to.

        Samples that do not say whose they are, as in ``max by (pod)``, are a member each.
        """
        kept = read_promql(str(self.source.parts[0])).kept
        own = {*terms.folding.sources, *self.member}
        is_member = all(label in kept for label in self.member)
        is_folded = not kept.is_all_but and kept.names <= own
        return (
            build.fold("sum", self._identity(terms), events)
            if is_member and not is_folded
            else events
        )

    def _steps(self, terms: Terms, part: Selector) -> str:
        # A restarted member counts from anew and is no witness; as a zero it would outvote others.
        # One that is new has counted what came after its first sample: before that, no one knows.
        window = expressions.counting_window(terms)
        now = f"{part}{window.now}"
        step = f"{now} - {part}{window.before} >= 0 < Inf"
        first = f"{now} - min_over_time({part}{window.over}) > 0 < Inf"
        # for an hour it is looked at once in five minutes, for which a sample stays in view
        earlier = expressions.offset(terms, terms.window_seconds + _IN_VIEW)
        known = f"({part}{window.before} or last_over_time({part}[54m:5m]{earlier}))"
        vector = f"{step}\nor {first}\n  unless {known}"
        return expressions.placed(terms, vector, expressions.newest(terms, part))

    def _one_member(self, terms: Terms) -> tuple[str, str]:
        if self.source.is_promql:
            return self._own_rate(terms), expressions.counted(terms, self.source)
        if not terms.folding.is_exact:
            return self._seen(terms), expressions.counted(terms, self.source)
        window = expressions.counting_window(terms)
        grown = [
            expressions.placed(
                terms,
                counting.growth(str(part), window, since_first=True),
                expressions.newest(terms, part),
            )
            for part in self.source.parts
        ]
        sums = [expressions.per_second(terms, expressions.fold(terms, "sum", g)) for g in grown]
        return self._seen(terms), expressions.summed(terms, sums)

    def _own_rate(self, terms: Terms) -> str:
        return expressions.renamed(terms, build.events_only(build.own(self.source.parts[0])))

    def _epoch(self, terms: Terms) -> tuple[str, str]:
        """How far the epoch is above what it was before the ledger window.

        An epoch of 0 is unknown, as Patroni writes it while PostgreSQL is down. A step is measured
        against the last known value within an hour, so that one in such a time counts, and a return
        to the same epoch does not. Of a group that is new its first value is what was before.
        """
        # The largest: members that follow late are below it. An epoch that falls, because the only
        # member that knew it is gone, is no event.
        now = expressions.fold(terms, "max", self._above_zero(terms))
        # what is read there is as late as the samples are already
        long = format_duration(_HOUR + terms.window_seconds)
        earlier = f" offset {terms.window}"
        hour = f"last_over_time({build.own(now)}[{long}:{_step(terms)}]{earlier})"
        hour += f"\n  unless {self._long_gone(terms, now, before=earlier)}"
        first = f"min_over_time({build.own(now)}[{terms.window}:{terms.interval}])"
        # The subquery's steps lie beside the evaluation: where the value of that very moment is
        # known, it decides, or an event would count for longer than the ledger window.
        before = f"({expressions.fold(terms, 'max', self._before(terms))}\nor {hour}\nor {first})"
        events = f"clamp_min({now} - {before}, 0)"
        return self._seen(terms), f"{events} / {build.number(terms.window_seconds)}"

    def _long_gone(self, terms: Terms, vector: str, before: str) -> str:
        """What had been silent for over an hour when it came back within the ledger window.

        Decided by those two moments and not by what is still in sight: or an event would be known
        during a part of the ledger window only, and count for so much of it.
        """
        # a step longer than what is looked through otherwise, or it would know less for a moment
        step, beyond = _step(terms), max(terms.interval_seconds, Fraction(_MINUTE))
        long = format_duration(_HOUR + terms.window_seconds + beyond)
        times = f"timestamp({vector}"
        came = f"min_over_time({times})[{terms.window}:{terms.interval}]) or {times})"
        gone = f"max_over_time({times})[{long}:{step}]{before})"
        return f"(({came}) - {gone} > {_HOUR})"

    def _changes(self, terms: Terms) -> tuple[str, str]:
        """The changes of each member's gauge in the ledger window, each counted once.

        The group is seen while a sample is within the ledger window: what restarts is gone for a
        moment, and what changed right before it goes still counts whole.
        """
        sums = [
            expressions.fold(
                terms, "sum", build.fold("max", self._identity(terms), self._changed(terms, part))
            )
            for part in self.source.parts
        ]
        events = f"{expressions.summed(terms, sums)} / {build.number(terms.window_seconds)}"
        # the largest and not the last: of those, NaN is none while there is a number
        span = {"of": "max", "step": terms.interval}
        seen = build.union(
            [
                f"{expressions.remembered(terms, part, terms.window, **span)} <= Inf"
                for part in self.source.parts
            ]
        )
        # what changed stays in view for an hour, and no group is bad that is not seen
        return seen, f"{events} and {build.IGNORING} {terms.recorded_total}"

    def _changed(self, terms: Terms, part: Selector | str) -> str:
        """How often each series changed in the ledger window, since the hour before it.

        Of all changes in both, less those in the hour: so the value before a gap is not forgotten,
        and no change is in two windows.
        """
        step = f":{terms.interval}"
        own = build.own(part) if isinstance(part, str) else f"{part}{expressions.offset(terms)}"
        numbers = f"{own} < Inf > -Inf"
        is_observed = isinstance(part, Selector) and bool(terms.folding.observers)
        if is_observed:
            # one that was away sees the change when it is back: it is of what all of them see
            numbers = expressions.observed_once(terms, numbers)
        since = self._since(terms, f"({numbers})", step, _NOW)
        if isinstance(part, Selector) and not is_observed:
            # changes() takes NaN and infinity for values. They are no samples: where a sum shows
            # that there are any, the numbers alone are looked through, which takes longer.
            late = terms.folding.offset
            finite = f"abs(sum_over_time({self._both(terms, str(part), '', late)})) < Inf"
            since = f"({self._since(terms, str(part), '', late)} and {finite} or {since})"
        gone = self._long_gone(terms, numbers, before=f" offset {terms.window}")
        # To VictoriaMetrics a first sample is a change. Zeros change no other way.
        newest = (
            f"changes(({numbers})[{terms.window}{step}])"
            f" - changes((0 * ({numbers}))[{terms.window}{step}])"
        )
        changed = f"{since}\n  unless {gone}\nor {newest}"
        if isinstance(part, str):
            return expressions.renamed(terms, f"({changed})")
        placed = f"({changed})" if terms.folding.join else changed
        return expressions.renamed(terms, expressions.joined(terms, placed, over=terms.window))

    def _since(self, terms: Terms, text: str, step: str, late: Fraction) -> str:
        """The changes in the ledger window of a vector that was there in the hour before it."""
        before = counting.offset(late + terms.window_seconds)
        earlier = f"{text}[{format_duration(_HOUR + terms.window_seconds)}{step}]{before}"
        return f"changes({self._both(terms, text, step, late)}) - changes({earlier})"

    def _both(self, terms: Terms, text: str, step: str, late: Fraction) -> str:
        length = format_duration(_HOUR + 2 * terms.window_seconds)
        return f"{text}[{length}{step}]{counting.offset(late)}"

    def _identity(self, terms: Terms) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*terms.folding.names, *self.member]))

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
    given = [key for key in _ROLES if getattr(body, key) is not None]
    if len(given) != 1:
        where = given[-1] if given else ""
        message = "a rate needs one of `counter`, `epoch` and `changes`"
        reader.report(codes.SIDES, where, message, "write one of them")
        return None
    (key,) = given
    counted_by, member = _counted_by(body, key, reader), tuple(body.member)
    side = read_side(reader, key, getattr(body, key), _ROLES[key])
    if counted_by in ("every_member", "changes"):
        names_members(reader, member)
    if side is not None and not _is_meant(reader, side, member):
        return None
    allowance = _allowance(body, reader)
    if side is None or allowance is None or counted_by is None:
        return None
    limit_text = f"at most {allowance}"
    return Occurrences(side, counted_by, member, allowance, body.unit or "", limit_text)


_ROLES = {"counter": "counter", "epoch": "epoch", "changes": "gauge"}
_ALONE = {"epoch": "an epoch is agreed on by all members", "changes": "each member changes alone"}


def _counted_by(body: RateBody, key: str, reader: Reader) -> str | None:
    if key in _ALONE:
        if body.counted_by:
            reader.report(codes.SIDES, "counted_by", _ALONE[key], "leave `counted_by` out")
        return key
    if body.counted_by is None:
        reader.report(
            codes.SIDES,
            "",
            "who counts the events is missing",
            "add `counted_by: every_member` (elections) or `counted_by: one_member` (restarts)",
        )
    return body.counted_by


def _is_meant(reader: Reader, side: Side, member: tuple[str, ...]) -> bool:
    """Whether a gauge can be read as it shall be; noted where not."""
    if side.key == "changes":
        # changes() drops the name
        return keeps_members(reader, side, member) and keeps_names(reader, side)
    if side.key != "epoch":
        return True
    strange = [
        (number, name, hint)
        for number, part in enumerate(side.parts)
        for name in _valued(part)
        if (hint := hint_at_no_epoch(name))
    ]
    for number, name, hint in strange:
        message = f"{name!r} is no epoch, whose steps are one event each"
        reader.report(codes.NO_EPOCH, side.key_of(number), message, hint)
    return not strange


def _valued(part: Selector | str) -> list[str]:
    """The metrics whose value a side gives."""
    if isinstance(part, Selector):
        return [part.metric()]
    root = expression(part)
    sources = [flow.source for flow in flows(root)] if root else []
    return [source.name for source in sources if source.kind == "selector"]


def hint_at_no_epoch(name: str) -> str:
    """What to do with a metric whose name says that it is no epoch; empty where it may be one.

    >>> hint_at_no_epoch("process_start_time_seconds")
    'count its changes instead: `changes: process_start_time_seconds`'
    >>> hint_at_no_epoch("rabbitmq_raft_term_total")
    ''
    """
    if name.endswith(_TIMES):
        return f"count its changes instead: `changes: {name}`"
    if is_named_as_counter(name) and not is_named_as_epoch(name):
        return f"it is a counter: `counter: {name}`, and who counts in `counted_by`"
    return ""


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
