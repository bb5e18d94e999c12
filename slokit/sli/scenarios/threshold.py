"""Threshold, played by members: within the limits, on them, beyond them, silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from slokit.model.ledger import Side, Terms
from slokit.model.rehearsal import Act, Rehearsal, Steady
from slokit.promql.raw_series import selects
from slokit.promql.reading import read
from slokit.sli.scenarios.stage import ONE, Given, OffStageError, Stage, merged, selectors_of

if TYPE_CHECKING:
    from slokit.sli.threshold import Threshold

_ZERO, _SCALE = Fraction(0), Fraction(1000)
_LONGEST_MEMORY = Fraction(7200)
_PER_MEMBER = frozenset(("worst", "best", "each"))
_INEXACT = frozenset(("rate", "irate", "increase", "avg_over_time"))

Values = Sequence[Fraction | None]


def rehearse(sli: "Threshold", terms: Terms) -> Rehearsal | None:
    """The acts; None where an expression cannot be solved for the values they need."""
    try:
        return _Play(sli, terms).rehearsal()
    except OffStageError:
        return None


@dataclass(frozen=True, slots=True)
class _Scene:
    """What each member's value is (None: it is silent), and what the ledger must say.

    ``odd`` is the value of the first member's last metric, where a list names several.
    """

    title: str
    values: Values
    total: int | None
    bad: int | None
    odd: Fraction | None = None

    @property
    def ledger(self) -> Steady | None:
        """The row, if there is one."""
        if self.total is None or self.bad is None:
            return None
        return Steady(Fraction(self.total), Fraction(self.bad))


class _Play:
    def __init__(self, sli: "Threshold", terms: Terms) -> None:
        self.sli, self.terms = sli, terms
        self.stage = Stage(terms, list(sli.sides()), sli.member)
        is_alone = not all(self.stage.keeps_members(side) for side in sli.metric)
        self.count = 1 if is_alone else 3 if sli.aggregate in _PER_MEMBER else 2
        self.settling = self.stage.settling and self.stage.settling + terms.window_seconds
        self.sees_silence = sli.expected is not None or sli.remember is not None
        always = merged([self.stage.infos(self.count), *map(self.expected, range(self.count))])
        is_folded = sli.aggregate not in _PER_MEMBER
        values = self.spread(self.bad()) if is_folded else [self.bad()] * self.count
        outage = _Scene("", values, None, None)
        everything = merged([always, self.given(outage)])
        decoys = self.stage.decoys(everything, self.bad())
        self.always = {**self.of_no_group(), **always, **decoys}

    def good(self) -> Fraction:
        """The limit itself, which is good, or a value well within where floats blur it."""
        low, high = self.sli.low, self.sli.high
        limit = high if high is not None else low
        assert limit is not None
        if self.is_exact(limit):
            return limit
        if low is not None and high is not None:
            return (low + high) / 2
        return limit * (Fraction(9, 10) if (high is not None) is (limit > 0) else Fraction(11, 10))

    def is_exact(self, limit: Fraction) -> bool:
        """Whether a value on the limit comes out of the metric as the very same float."""
        if len(self.sli.metric) == 2:
            return (limit * _SCALE).denominator == 1
        if self.sli.aggregate == "avg" and limit.denominator != 1:
            return False
        texts = [part for part in self.sli.metric[0].parts if isinstance(part, str)]
        computed = any(read(text).functions & _INEXACT for text in texts)
        return not texts or (limit.denominator == 1 and not computed)

    def bad(self) -> Fraction:
        """A value just beyond a limit."""
        if self.sli.high is not None:
            return self.sli.high + _step(self.sli.high)
        return self.below()

    def below(self) -> Fraction:
        """A value just below the lower limit."""
        assert self.sli.low is not None
        return self.sli.low - _step(self.sli.low)

    def rehearsal(self) -> Rehearsal:
        acts = [self.act(scene) for scene in self.scenes()]
        if self.sli.remember is not None and self.sli.remember <= _LONGEST_MEMORY:
            seconds = self.sli.remember + 300
            title = "silent for so long that they are forgotten"
            acts.append(Act(title, {}, None, seconds=seconds))
        return Rehearsal(self.stage.group, tuple(acts))

    def act(self, scene: _Scene) -> Act:
        moves = merged([self.always, self.given(scene)])
        return Act(scene.title, moves, scene.ledger, seconds=self.settling)

    def scenes(self) -> list[_Scene]:
        aggregate = self.sli.aggregate
        if aggregate in _PER_MEMBER and self.count > 1:
            return self.of_members()
        return self.of_the_fold() if aggregate not in _PER_MEMBER else self.of_one()

    def of_members(self) -> list[_Scene]:
        good, bad, count = self.good(), self.bad(), self.count
        size = self.samples if self.sli.aggregate == "each" else 1
        whole = count * size if self.sli.aggregate == "each" else 1
        one, two = {"worst": (1, 1), "best": (0, 0), "each": (size, 2 * size)}[self.sli.aggregate]
        return [
            _Scene("total outage: every member beyond the limit", [bad] * count, whole, whole),
            _Scene("recovery: every member within, on the limit", [good] * count, whole, 0),
            _Scene("one member beyond the limit", [bad, good, good], whole, one),
            _Scene("two members beyond the limit", [good, bad, bad], whole, two),
            *self.low_side([self.below()] * count if self.sli.low is not None else [], whole),
            *self.odd_sample(whole),
            *self.silent(size, whole),
        ]

    def silent(self, size: int, whole: int) -> list[_Scene]:
        """Silence of one and of all, as long as members are remembered throughout an act."""
        if self.is_forgetful:
            return []
        memory, act = self.sli.remember, self.longest_act
        back = _Scene("every member is back", [self.good()] * self.count, whole, 0)
        return [
            self.one_silent(size),
            *([back] if memory is not None and memory < 2 * act else []),
            self.all_silent(self.count if self.sli.aggregate == "each" else 1),
        ]

    def silence(self) -> list[_Scene]:
        """Silence of all, where the group is one row."""
        return [] if self.is_forgetful else [self.all_silent(1)]

    @property
    def is_forgetful(self) -> bool:
        """Whether a silent member may be forgotten before an act is over."""
        return self.sli.remember is not None and self.sli.remember < self.longest_act

    @property
    def longest_act(self) -> Fraction:
        """How many seconds an act may last: two evaluations after the ledger has settled."""
        window = Fraction(self.terms.window_seconds)
        return max(self.settling, window) + window

    @property
    def samples(self) -> int:
        """How many samples a member has."""
        return len(self.sli.metric[0].parts) if len(self.sli.metric) == 1 else 1

    def odd_sample(self, whole: int) -> list[_Scene]:
        if self.samples == 1:
            return []
        bad = 0 if self.sli.aggregate == "best" else 1
        title, good = "one metric of one member beyond the limit", [self.good()] * self.count
        return [_Scene(title, good, whole, bad, odd=self.bad())]

    def one_silent(self, size: int) -> _Scene:
        """A silent member that is expected counts once, whatever the number of its metrics."""
        seen = int(self.sees_silence and self.sli.aggregate != "best")
        total = (self.count - 1) * size + seen if self.sli.aggregate == "each" else 1
        return _Scene("one member silent", [None, self.good(), self.good()], total, seen)

    def all_silent(self, rows: int) -> _Scene:
        values = [None] * self.count
        if self.sees_silence:
            return _Scene("every member silent", values, rows, rows)
        return _Scene("every member silent", values, None, None)

    def low_side(self, values: Values, whole: int) -> list[_Scene]:
        if self.sli.low is None or self.sli.high is None:
            return []
        return [_Scene("below the lower limit", values, whole, whole)]

    def of_one(self) -> list[_Scene]:
        good, bad = self.good(), self.bad()
        return [
            _Scene("total outage: beyond the limit", [bad], 1, 1),
            _Scene("recovery: within, on the limit", [good], 1, 0),
            *self.low_side([self.below()] if self.sli.low is not None else [], 1),
            *self.silence(),
        ]

    def of_the_fold(self) -> list[_Scene]:
        return [
            _Scene("total outage: beyond the limit", self.spread(self.bad()), 1, 1),
            _Scene("recovery: within, on the limit", self.spread(self.good()), 1, 0),
            *self.low_side(self.spread(self.below()) if self.sli.low is not None else [], 1),
            *self.silence(),
        ]

    def spread(self, value: Fraction) -> Values:
        """Values of the members of which the fold is the value."""
        if self.count == 1:
            return [value]
        if self.sli.aggregate == "sum":
            return [value - 1, ONE] if value >= 1 and value.denominator == 1 else [value / 2] * 2
        gap = max(ONE, abs(value))
        if self.sli.aggregate == "avg":
            return [value - gap / 2, value + gap / 2]
        return [value, value + gap] if self.sli.aggregate == "min" else [value, value - gap]

    def given(self, scene: _Scene) -> Given:
        odd = (scene.odd, *[None] * self.count)
        return merged(self.member(n, v, odd[min(n, 1)]) for n, v in enumerate(scene.values))

    def member(self, number: int, value: Fraction | None, odd: Fraction | None) -> Given:
        if len(self.sli.metric) == 2:
            return self.quotient(number, value)
        if value is None:
            return {}
        side = self.sli.metric[0]
        *first, last = side.parts
        return merged(
            [
                *(self.stage.give(side, part, value, number) for part in first),
                self.stage.give(side, last, value if odd is None else odd, number),
            ]
        )

    def quotient(self, member: int, value: Fraction | None) -> Given:
        """A member's ratio; it is silent where it divides by zero."""
        of, to = self.sli.metric
        dividend = _SCALE if value is None else value * _SCALE
        divisor = _ZERO if value is None else _SCALE
        return merged([self.sum_up(of, member, dividend), self.sum_up(to, member, divisor)])

    def sum_up(self, side: Side, member: int, value: Fraction) -> Given:
        """A member's samples of one side of a ratio, which add up to the value."""
        first, *rest = side.parts
        return merged(
            [
                self.stage.give_parts(side, first, value, member),
                *(self.stage.give(side, part, _ZERO, member) for part in rest),
            ]
        )

    def of_no_group(self) -> Given:
        """An expected member without a group label, which belongs nowhere."""
        if self.sli.expected is None:
            return {}
        reads = [s for side in self.sli.metric for part in side.parts for s in selectors_of(part)]
        found = self.stage.ungrouped(self.sli.expected, 0)
        return {s: n for s, n in found.items() if not any(selects(r, s) for r in reads)}

    def expected(self, member: int) -> Given:
        side = self.sli.expected
        if side is None:
            return {}
        return merged(self.stage.give(side, part, ONE, member) for part in side.parts)


def _step(limit: Fraction) -> Fraction:
    return ONE if limit.denominator == 1 else abs(limit) / 100
