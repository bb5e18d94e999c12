"""Threshold: members within the limits, on them, beyond them, silent."""

from collections.abc import Sequence
from fractions import Fraction

from slokit.model.ledger import Side, Terms
from slokit.sli.threshold import Threshold
from slokit.targets.promtool.scenarios.base import (
    MEMBERS,
    NONE,
    ONE,
    LedgerRow,
    Phase,
    RawGroup,
    Scenario,
    Values,
    found_by,
    merged,
)

_SCALE = Fraction(1000)
_LONGEST_MEMORY = Fraction(7200)
_PER_MEMBER = frozenset(("worst", "best", "each"))

# What each member's value is; None for a silent one.
MemberValues = Sequence[Fraction | None]


def scenario(sli: Threshold, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: a metric or the expected members are PromQL.
    """
    return _Members(sli, terms, lane).scenario()


class _Members:
    """The members of one group, with their values."""

    def __init__(self, sli: Threshold, terms: Terms, lane: int) -> None:
        self.sli = sli
        self.group = RawGroup(terms, lane, list(sli.sides()), sli.member)
        self.is_folded = sli.aggregate not in _PER_MEMBER
        self.count = (2 if self.is_folded else MEMBERS) if self.group.has_members() else 1
        # As many samples has a member, and so many a phase's row for `each`.
        self.samples = len(sli.metric[0].parts) if len(sli.metric) == 1 else 1
        # The longest that a phase may last: two evaluations after the ledger window has passed.
        longest = 2 * Fraction(terms.window_seconds)
        self.is_forgetful = sli.remember is not None and sli.remember < longest
        self.returns = sli.remember is not None and sli.remember < 2 * longest
        self.sees_silence = sli.expected is not None or sli.remember is not None
        expected = map(self.expected, range(self.count))
        always = merged([self.group.infos(self.count), *expected])
        outage = self.spread(self.bad()) if self.is_folded else [self.bad()] * self.count
        everything = merged([always, self.with_values(outage)])
        decoys = self.group.decoys(everything, self.bad())
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
        return self.sli.aggregate != "avg" or limit.denominator == 1

    def bad(self) -> Fraction:
        """A value just beyond a limit."""
        if self.sli.high is not None:
            return self.sli.high + _step(self.sli.high)
        return self.below()

    def below(self) -> Fraction:
        """A value just below the lower limit."""
        assert self.sli.low is not None
        return self.sli.low - _step(self.sli.low)

    def scenario(self) -> Scenario:
        is_one_row = self.is_folded or self.count == 1
        phases = self.of_one_row() if is_one_row else self.of_members()
        if self.sli.remember is not None and self.sli.remember <= _LONGEST_MEMORY:
            seconds = self.sli.remember + 300
            title = "silent for so long that they are forgotten"
            phases.append(Phase(title, {}, None, seconds=seconds))
        return self.group.scenario(phases)

    def phase(
        self,
        title: str,
        values: MemberValues,
        row: tuple[int, int] | None,
        odd: Fraction | None = None,
    ) -> Phase:
        """A phase with these members' values, and all and bad samples in the ledger.

        ``odd`` is the value of the first member's last metric, where a list names several.
        """
        series = merged([self.always, self.with_values(values, odd)])
        ledger = LedgerRow(Fraction(row[0]), Fraction(row[1])) if row else None
        return Phase(title, series, ledger)

    def of_members(self) -> list[Phase]:
        aggregate, good, bad = self.sli.aggregate, self.good(), self.bad()
        size = self.samples if aggregate == "each" else 1
        whole = self.count * size if aggregate == "each" else 1
        one, two = {"worst": (1, 1), "best": (0, 0), "each": (size, 2 * size)}[aggregate]
        outage, all_good = [bad] * self.count, [good] * self.count
        return [
            self.phase("total outage: every member beyond the limit", outage, (whole, whole)),
            self.phase("recovery: every member within, on the limit", all_good, (whole, 0)),
            self.phase("one member beyond the limit", [bad, good, good], (whole, one)),
            self.phase("two members beyond the limit", [good, bad, bad], (whole, two)),
            *self.low_side(whole),
            *self.odd_sample(all_good, whole),
            *self.silent(size, whole),
        ]

    def of_one_row(self) -> list[Phase]:
        """The phases where a group is one sample, because it is folded or has one member."""
        return [
            self.phase("total outage: beyond the limit", self.spread(self.bad()), (1, 1)),
            self.phase("recovery: within, on the limit", self.spread(self.good()), (1, 0)),
            *self.low_side(1),
            *([] if self.is_forgetful else [self.all_silent(1)]),
        ]

    def low_side(self, whole: int) -> list[Phase]:
        if self.sli.low is None or self.sli.high is None:
            return []
        values = self.spread(self.below()) if self.is_folded else [self.below()] * self.count
        return [self.phase("below the lower limit", values, (whole, whole))]

    def odd_sample(self, values: MemberValues, whole: int) -> list[Phase]:
        if self.samples == 1:
            return []
        bad = 0 if self.sli.aggregate == "best" else 1
        title = "one metric of one member beyond the limit"
        return [self.phase(title, values, (whole, bad), odd=self.bad())]

    def silent(self, size: int, whole: int) -> list[Phase]:
        """Silence of one and of all, as long as members are remembered throughout a phase."""
        if self.is_forgetful:
            return []
        back = self.phase("every member is back", [self.good()] * self.count, (whole, 0))
        return [
            self.one_silent(size),
            *([back] if self.returns else []),
            self.all_silent(self.count if self.sli.aggregate == "each" else 1),
        ]

    def one_silent(self, size: int) -> Phase:
        """A silent member that is expected counts once, whatever the number of its metrics."""
        seen = int(self.sees_silence and self.sli.aggregate != "best")
        total = (self.count - 1) * size + seen if self.sli.aggregate == "each" else 1
        return self.phase("one member silent", [None, self.good(), self.good()], (total, seen))

    def all_silent(self, rows: int) -> Phase:
        values = [None] * self.count
        return self.phase(
            "every member silent", values, (rows, rows) if self.sees_silence else None
        )

    def spread(self, value: Fraction) -> MemberValues:
        """Values of the members of which the fold is the value."""
        if self.count == 1:
            return [value]
        if self.sli.aggregate == "sum":
            return [value - 1, ONE] if value >= 1 and value.denominator == 1 else [value / 2] * 2
        gap = max(ONE, abs(value))
        if self.sli.aggregate == "avg":
            return [value - gap / 2, value + gap / 2]
        return [value, value + gap] if self.sli.aggregate == "min" else [value, value - gap]

    def with_values(self, values: MemberValues, odd: Fraction | None = None) -> Values:
        """The series of all members."""
        return merged(
            self.member(number, value, None if number else odd)
            for number, value in enumerate(values)
        )

    def member(self, number: int, value: Fraction | None, odd: Fraction | None) -> Values:
        if len(self.sli.metric) == 2:
            return self.quotient(number, value)
        if value is None:
            return {}
        side = self.sli.metric[0]
        *first, last = side.parts
        return merged(
            [
                *(self.group.series(side, part, value, number) for part in first),
                self.group.series(side, last, value if odd is None else odd, number),
            ]
        )

    def quotient(self, member: int, value: Fraction | None) -> Values:
        """A member's ratio; it is silent where it divides by zero."""
        of, to = self.sli.metric
        dividend = _SCALE if value is None else value * _SCALE
        divisor = NONE if value is None else _SCALE
        return merged([self.sum_up(of, member, dividend), self.sum_up(to, member, divisor)])

    def sum_up(self, side: Side, member: int, value: Fraction) -> Values:
        """A member's samples of one side of a ratio, which add up to the value."""
        first, *rest = side.parts
        return merged(
            [
                self.group.shards(side, first, value, member),
                *(self.group.series(side, part, NONE, member) for part in rest),
            ]
        )

    def of_no_group(self) -> Values:
        """An expected member without a group label, which belongs nowhere."""
        if self.sli.expected is None:
            return {}
        found = self.group.ungrouped(self.sli.expected, 0)
        read = {s for s in found if any(found_by(side, s) for side in self.sli.metric)}
        return {series: number for series, number in found.items() if series not in read}

    def expected(self, member: int) -> Values:
        side = self.sli.expected
        if side is None:
            return {}
        return merged(self.group.series(side, part, ONE, member) for part in side.parts)


def _step(limit: Fraction) -> Fraction:
    return ONE if limit.denominator == 1 else abs(limit) / 100
