"""Threshold: time within limits, of the worst, the best, each or the fold of all members."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Facet, Ledger, Side, Terms, allowed_share
from slokit.model.live import Level, LiveQuestions, Members, Pair, Rare
from slokit.promql import build
from slokit.promql.selector import Selector, label_list, matcher_list
from slokit.sli import expressions, facets
from slokit.sli.base import Reader, SliType
from slokit.sli.limits import LimitMatch, split
from slokit.sli.side_checks import Absence
from slokit.sli.sides import (
    SideText,
    keeps_members,
    keeps_names,
    metrics_of,
    names_members,
    read_side,
)
from slokit.source.fields import DurationText, LabelNames, LimitText, UnitText, Written
from slokit.text.durations import format_duration

_PER_MEMBER = ("worst", "best", "each")
# What kube-state-metrics exports is about objects; these are within a namespace, mostly under the
# label of the second word.
_OF_MANY = "kube_"
_NAMESPACED = "cronjob daemonset deployment endpoint hpa ingress job pod replicaset service".split()
_NAMESPACED += "poddisruptionbudget persistentvolumeclaim statefulset".split()
_THINGS = {"job": "job_name", "hpa": "horizontalpodautoscaler"}
# Skews and ratios of sizes may well be above one; shares in percent are mostly above this.
_STRANGE_RATIO = 5


class QuotientBody(Written):
    """The quotient of two gauges, per group and member."""

    of: SideText = Field(description="The part.")
    to: SideText = Field(description="The whole; groups where it is 0 have no sample.")


class ThresholdLimitWritten(Written):
    """Limits for the series that match, unless they match an entry before it."""

    match: LimitMatch = Field(description='Matchers on labels of the metric: `device="/data"`.')
    at_most: LimitText | None = Field(None, description="Their upper limit; itself good.")
    at_least: LimitText | None = Field(None, description="Their lower limit; itself good.")


class ThresholdBody(Written):
    """A metric or ratio, its limits, and whose samples are expected."""

    metric: SideText | None = Field(None, description="The gauge.")
    ratio: QuotientBody | None = Field(
        None, description="The quotient of two gauges, instead of `metric`."
    )
    at_most: LimitText | None = Field(
        None, description="The upper limit; the limit itself is good."
    )
    at_least: LimitText | None = Field(
        None, description="The lower limit; the limit itself is good."
    )
    limits: Annotated[list[ThresholdLimitWritten], Field(min_length=1)] | None = Field(
        None,
        description="Limits that differ by labels, `{match, at_most, at_least}` each: the first"
        " entry that a series matches counts, and the limits beside them for the rest, which is"
        " left out without.",
    )
    aggregate: Literal["worst", "best", "each", "sum", "avg", "min", "max"] = Field(
        "worst", description="`worst`, `best` or `each` member, or the members' `sum avg min max`."
    )
    expected: SideText | None = Field(
        None,
        description=(
            "Who must answer, as a selector or PromQL; a member without a sample is bad, or good"
            " with `no_data: good`."
        ),
    )
    remember: DurationText | None = Field(
        None,
        description=(
            "A member seen within this time is expected, besides those of `expected`; see `member`"
            " for what one is."
        ),
    )
    member: LabelNames = Field(
        list(expressions.MEMBER),
        description="The labels that name a member: what stays when it is replaced or moves.",
    )
    unit: UnitText | None = Field(
        None, description="The unit, where the metric's suffix does not say."
    )


Limits: TypeAlias = tuple[Fraction | None, Fraction | None]
"""A lower and an upper limit, in the metric's unit; one of them may be missing."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, its limits in the metric's unit, and the members that must answer.

    ``metric`` holds one side, or the two of a ratio. An expected member without a sample is bad,
    or good with ``is_silence_good``: there are gauges that exist only while they are not zero. With
    ``limits`` each part of the metric has its own, lower and upper, in the place of low and high.
    """

    metric: tuple[Side, ...]
    low: Fraction | None
    high: Fraction | None
    aggregate: str
    expected: Side | None
    remember: Fraction | None
    member: tuple[str, ...]
    unit: str
    limit_text: str
    is_silence_good: bool = False
    limits: tuple[Limits, ...] = ()

    type = "threshold"
    measure = "level"

    @property
    def counted_in(self) -> CountedIn:
        """The time of each member where each is a sample, that of the group otherwise."""
        return CountedIn.MEMBER_SECONDS if self.aggregate == "each" else CountedIn.SECONDS

    @property
    def settings(self) -> Mapping[str, str]:
        """How members are folded, who is expected for how long, and what names one."""
        return {
            "aggregate": self.aggregate,
            "remember": format_duration(self.remember) if self.remember else "",
            "member": f"[{', '.join(self.member)}]",
        }

    def failing(self, name: str) -> tuple[str, str]:
        """The time beyond a limit."""
        whose = "the members' time" if self.aggregate == "each" else "the time"
        if self.limits:
            return f"of {whose} is beyond its limits", "may be"
        low, _, high = self.limit_text.removeprefix("at least ").rpartition(" and at most ")
        if low:
            wanted = low if self.low == self.high else f"{low} to {high}"
            return f"of {whose} is not {wanted}", "may be"
        beyond = "above" if self.low is None else "below"
        return f"of {whose} is {beyond} {self.limit_text.split()[-1]}", "may be"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad time per time, or bad member-time per member-time."""
        assert objective is not None
        return allowed_share(objective)

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """The gauges against the limits, and who was expected to answer."""
        lowest = self.high is None and self.low is not None
        # the limit is that of the quotient, and of what is folded, not of its parts
        is_own = len(self.metric) == 1 and self.aggregate in _PER_MEMBER
        limits = tuple(limit for limit in (self.low, self.high) if limit is not None)
        for number, side in enumerate(self.metric):
            yield Facet(
                key=f"gauge-{number}" if number else "gauge",
                title="Worst members"
                if len(self.metric) == 1
                else f"Worst members: {('numerator', 'denominator')[number]}",
                description=(
                    f"The value of each member, {'lowest' if lowest else 'highest'} first"
                    f"{f'; good is {self.limit_text}' if self.limit_text else ''}. One member that"
                    " stands apart is at fault itself; all together, look at what they share."
                ),
                unit=self.unit if len(self.metric) == 1 else "",
                queries=facets.levels(terms, side, self.member, lowest=lowest),
                limits=limits if is_own else (),
            )
        if self.expected:
            yield Facet(
                key="expected",
                title="Members that are expected",
                description=(
                    "Who must answer. A line that ends above is a member that is gone for good, or"
                    " one that the exporter no longer sees."
                ),
                unit="",
                queries=facets.levels(terms, self.expected, self.member, lowest=True),
            )

    def sides(self) -> Iterable[Side]:
        """The metric's side or sides, then the expected members."""
        return [*self.metric, *([self.expected] if self.expected else [])]

    def ledger(self, terms: Terms) -> Ledger:
        """1 for each group or member that is judged, and 1 for each that is bad.

        >>> ledger = ledger_of("threshold", metric="lag_seconds", at_most="200ms", expected="up")
        >>> print(ledger.total)
        group((lag_seconds <= Inf) or on (instance) group by (instance) (up) )
        >>> print(ledger.bad)
        max((lag_seconds <= Inf) > bool 0.2 or on (instance) group by (instance) (up) )
        >>> print(ledger_of("threshold", metric="ready", at_least="2", aggregate="sum").bad)
        0 * group(sum((ready <= Inf)) >= 2) or ignoring (bundle, service, slo) R
        """
        metric, expected = self.samples(terms), self._expected(terms)
        present = f"({build.numbers_only(metric)})"
        if self.aggregate not in _PER_MEMBER:
            return self._folded(terms, present, expected)
        identity = label_list(self._identity(terms))
        # A member that is expected and has no sample comes in as 1, which is bad. `on` names what
        # makes a member: its sample and what says that it is expected differ in all other labels.
        silent = f"\nor on ({identity})\n{expected}\n" if expected else ""
        operation = "count" if self.aggregate == "each" else "group"
        total = expressions.fold(terms, operation, f"{present}{silent}")
        if self.is_silence_good:
            # one shape for all three, of 0 and 1: a silent member comes in as 0
            operation = {"worst": "max", "best": "min", "each": "sum"}[self.aggregate]
            judged = f"{self._beyond(terms, present)}\nor on ({identity})\n0 * {expected}\n"
            return Ledger(total, expressions.fold(terms, operation, judged))
        if self.aggregate == "each":
            return Ledger(total, self._each(terms, metric))
        if self.aggregate == "best":
            # Any good member is enough: the limits filter, and what is left makes the group good.
            good = expressions.fold(terms, "group", self._inside(terms, metric))
            # 0 for the groups of which any member is good, and what the total says for all others
            return Ledger(total, f"0 * {good}\nor {build.IGNORING} {terms.recorded_total}")
        return Ledger(
            total, expressions.fold(terms, "max", f"{self._beyond(terms, present)}{silent}")
        )

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether all expected members answer, and whether a ratio's two gauges go together.

        Of a gauge whether it was ever there, if its silence is good, or else whether it is there
        only while it is bad.
        """
        members, reads = self._members(terms), tuple(self.sides())
        is_missed = self.expected is not None or self.remember is not None
        is_named = is_missed and self.aggregate in _PER_MEMBER and self.member != expressions.MEMBER
        found = LiveQuestions(
            reads,
            members=members,
            is_remembered=self.remember is not None,
            named_by=self.member if is_named else (),
        )
        if len(self.metric) == 2:
            return replace(found, pairs=(Pair(*self.metric, is_complete=True),))
        (gauge,) = self.metric
        if self.limits:
            return found
        found = replace(found, added=self.metric if self.aggregate == "sum" else ())
        if self.is_silence_good and self.expected:
            return replace(found, rare=Rare(gauge, self.expected))
        return replace(found, level=Level(gauge, self.low, self.high, self.expected))

    def _members(self, terms: Terms) -> Members | None:
        if self.expected is None:
            return None
        per_member = self.aggregate in _PER_MEMBER
        return Members(
            side=self.expected,
            expected=build.union(self._answering(terms)),
            answering=self.samples(terms),
            identity=self._identity(terms) if per_member else terms.folding.names,
            is_silence_good=self.is_silence_good,
        )

    def _folded(self, terms: Terms, present: str, expected: str) -> Ledger:
        silent = f"\nor on ({label_list(terms.folding.names)})\n{expected}\n" if expected else ""
        folded = expressions.fold(terms, self.aggregate, present)
        total = expressions.fold(terms, "group", f"{present}{silent}")
        if self.is_silence_good:
            return Ledger(total, expressions.or_zero(terms, _outside(folded, self.low, self.high)))
        # Grouped once more, because 0 times an infinite sum is no number.
        within = expressions.fold(terms, "group", _within(folded, self.low, self.high))
        return Ledger(total, f"0 * {within}\nor {build.IGNORING} {terms.recorded_total}")

    def _each(self, terms: Terms, metric: str) -> str:
        good = expressions.or_zero(
            terms, expressions.fold(terms, "count", self._inside(terms, metric))
        )
        # Expected less good ones: a silent member is in the total, and counts as bad without asking
        # for the members a second time.
        return f"{terms.recorded_total} - {build.IGNORING} (\n{good}\n)"

    def samples(self, terms: Terms) -> str:
        """The metric as PromQL: one sample a member, group labels under their recorded names."""
        if len(self.metric) == 1:
            vectors = [expressions.value(terms, p) for p in self.metric[0].parts]
            return vectors[0] if len(vectors) == 1 else f"({build.union(vectors)})"
        of, to = (self._member_sum(terms, side) for side in self.metric)
        # Of nothing there is no share: such a group is absent, not infinite.
        return f"{of} / ({to} > 0)"

    def _member_sum(self, terms: Terms, side: Side) -> str:
        identity = self._identity(terms)
        sums = [build.fold("sum", identity, expressions.value(terms, p)) for p in side.parts]
        return sums[0] if len(sums) == 1 else build.fold("sum", identity, build.union(sums))

    def _identity(self, terms: Terms) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*terms.folding.names, *self.member]))

    def _expected(self, terms: Terms) -> str:
        vectors = [*self._answering(terms), *self._remembered(terms)]
        if not vectors:
            return ""
        return build.fold("group", self._identity(terms), build.union(vectors))

    def _answering(self, terms: Terms) -> list[str]:
        if self.expected is None:
            return []
        must = expressions.member_matchers(terms, self.member)
        return [
            expressions.value(terms, p.inheriting((), must) if isinstance(p, Selector) else p)
            for p in self.expected.parts
        ]

    def _remembered(self, terms: Terms) -> list[str]:
        if self.remember is None:
            return []
        text = format_duration(self.remember)
        if len(self.metric) == 2:
            # A quotient is no selector, so it is remembered by a subquery, a look each minute.
            return [f"last_over_time(({self.samples(terms)})[{text}:1m])"]
        parts = self.metric[0].parts
        return [expressions.remembered(terms, part, text) for part in parts]

    def _inside(self, terms: Terms, metric: str) -> str:
        """The samples within their limits."""
        if not self.limits:
            return _within(metric, self.low, self.high)
        vectors = self._parts(terms)
        inside = [_within(vector, *own) for vector, own in zip(vectors, self.limits, strict=True)]
        return build.union(inside)

    def _beyond(self, terms: Terms, present: str) -> str:
        """1 for each sample beyond its limits, 0 for each within."""
        if not self.limits:
            return _outside(present, self.low, self.high)
        vectors = [f"({build.numbers_only(vector)})" for vector in self._parts(terms)]
        beyond = [_outside(vector, *own) for vector, own in zip(vectors, self.limits, strict=True)]
        return build.union(beyond)

    def _parts(self, terms: Terms) -> list[str]:
        return [expressions.value(terms, part) for part in self.metric[0].parts]


def _within(vector: str, low: Fraction | None, high: Fraction | None) -> str:
    least = None if low is None else build.number(low)
    most = None if high is None else build.number(high)
    return build.within(vector, least, most)


def _outside(present: str, low: Fraction | None, high: Fraction | None) -> str:
    if high is None:
        assert low is not None
        return f"{present} < bool {build.number(low)}"
    if low is None:
        return f"{present} > bool {build.number(high)}"
    return build.outside(present, low, high)


def resolve(body: ThresholdBody, reader: Reader) -> Threshold | None:
    """The SLI that a body means; None, with the reasons noted, when it means none."""
    metric = _metric(body, reader)
    expected = read_side(reader, "expected", body.expected, "member")
    remember = reader.duration("remember", body.remember)
    member = tuple(body.member)
    unit = "ratio" if body.ratio else reader.unit(body.unit, metric)
    low, high = _limits(body, reader, unit, is_needed=not body.limits)
    if body.aggregate in _PER_MEMBER and (expected or remember):
        for side in (*metric, expected):
            if side:
                keeps_members(reader, side, member)
        if names_members(reader, member) and "member" not in body.model_fields_set:
            _check_exporter(reader, "expected" if expected else "remember", (*metric, expected))
    elif body.ratio:
        names_members(reader, member)
    is_silence_good = reader.surroundings.is_silence_good
    if is_silence_good and body.expected is None:
        reader.report(
            codes.SIDES,
            "",
            "`no_data: good` needs `expected`: whose silence is good?",
            "add `expected: 'up{…} == 1'`, or use `no_data: ignore`",
        )
    by_label = _limits_by_label(body, reader, metric, unit, (low, high)) if body.limits else None
    if reader.has_failed or not metric or unit is None:
        return None
    if by_label:
        metric = (by_label[0],)
    return Threshold(
        metric=metric,
        low=low,
        high=high,
        aggregate=body.aggregate,
        expected=expected,
        remember=remember,
        member=member,
        unit=unit,
        limit_text=_limit_text(body),
        is_silence_good=is_silence_good,
        limits=by_label[1] if by_label else (),
    )


def _limit_text(body: ThresholdBody) -> str:
    entries = [f"{_words(e)} for {matcher_list(e.match)}" for e in body.limits or ()]
    rest = _words(body)
    entries += [f"{rest} for the rest" if entries else rest] if rest else []
    return ", ".join(entries)


def _words(limits: ThresholdBody | ThresholdLimitWritten) -> str:
    texts = (
        f"at least {limits.at_least}" if limits.at_least else "",
        f"at most {limits.at_most}" if limits.at_most else "",
    )
    return " and ".join(text for text in texts if text)


def _limits_by_label(
    body: ThresholdBody,
    reader: Reader,
    metric: tuple[Side, ...],
    unit: str | None,
    rest: Limits,
) -> tuple[Side, tuple[Limits, ...]] | None:
    """The metric in parts that have their own limits each, and those; faults are noted."""
    entries = body.limits or []
    if body.ratio or body.aggregate not in _PER_MEMBER:
        what = "a `ratio`" if body.ratio else f"`aggregate: {body.aggregate}`"
        message = f"limits by label are of single series, and {what} has none any more"
        hint = "write an SLO for each limit, with `match` in its `objectives`"
        reader.report(codes.LIMITS, "limits", message, hint)
        return None
    found = [_limits(each, reader, unit, f"limits.{n}") for n, each in enumerate(entries)]
    has_rest = rest != (None, None)
    if reader.has_failed or not metric:
        return None
    parts = split(metric[0], [entry.match for entry in entries], reader, "", has_rest=has_rest)
    return parts and (parts[0], tuple([*found, rest][entry] for entry in parts[1]))


def _metric(body: ThresholdBody, reader: Reader) -> tuple[Side, ...]:
    if (body.metric is None) == (body.ratio is None):
        reader.report(
            codes.SIDES,
            "ratio" if body.ratio else "",
            "a threshold needs either `metric` or `ratio`",
            "write one of them",
        )
        return ()
    if body.ratio:
        of = read_side(reader, "ratio.of", body.ratio.of, "gauge", Absence.AMBIGUOUS)
        to = read_side(reader, "ratio.to", body.ratio.to, "gauge", Absence.AMBIGUOUS)
        return (of, to) if of and to else ()
    side = read_side(reader, "metric", body.metric, "gauge", Absence.AMBIGUOUS)
    # the worst is found by a comparison that gives 0 or 1, which drops the name; so are all where
    # silence is good
    of_names = _PER_MEMBER if reader.surroundings.is_silence_good else ("worst",)
    if side is None or (body.aggregate in of_names and not keeps_names(reader, side)):
        return ()
    return (side,)


def _check_exporter(reader: Reader, key: str, sides: Iterable[Side | None]) -> None:
    """Warn where members are named by the instance, and that is of the exporter of many things."""
    metrics = [name for side in sides if side for name in metrics_of(side)]
    name = next((name for name in metrics if name.startswith(_OF_MANY)), "")
    if name:
        word = name.split("_")[1]
        thing = _THINGS.get(word, word)
        named = ["namespace", thing] if word in _NAMESPACED else [thing]
        own = [label for label in named if label not in reader.folding.sources] or [thing]
        reader.report(
            codes.EXPORTER_AS_MEMBER,
            key,
            f"the instance of {name!r} is the exporter, which may move, not the thing: each move"
            " would look as if all members had vanished",
            f"say what keeps its name when it is replaced: `member: [{', '.join(own)}]`",
        )


def _limits(
    written: ThresholdBody | ThresholdLimitWritten,
    reader: Reader,
    unit: str | None,
    below: str = "",
    *,
    is_needed: bool = True,
) -> Limits:
    """The two limits that are written below a key, of which one is needed; faults are noted."""
    at_least, at_most = (f"{below}.{name}".lstrip(".") for name in ("at_least", "at_most"))
    low = reader.limit(at_least, written.at_least, unit)
    high = reader.limit(at_most, written.at_most, unit)
    if is_needed and written.at_most is None and written.at_least is None:
        hint = "add `at_most`, `at_least` or both"
        reader.report(codes.LIMITS, below, "a threshold needs a limit", hint)
    if low is not None and high is not None and low > high:
        hint = "at_least must not be above at_most"
        reader.report(codes.LIMITS, at_least, "nothing lies between these limits", hint)
    if unit == "ratio":
        reader.bare_number(at_least, written.at_least, unit, _STRANGE_RATIO)
        reader.bare_number(at_most, written.at_most, unit, _STRANGE_RATIO)
    return low, high


TYPE = SliType(
    name="threshold",
    body=ThresholdBody,
    has_objective=True,
    example="""\
metric: pg_replication_lag_seconds
at_most: 200ms
expected: pg_up
""",
    resolve=resolve,
    knows_expected=True,
)
