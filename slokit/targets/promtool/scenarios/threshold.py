"""Threshold: members within the limits, on them, beyond them, silent."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from slokit.model.ledger import Terms
from slokit.sli.threshold import Threshold
from slokit.targets.promtool.scenarios.base import (
    MEMBERS,
    NONE,
    ONE,
    LedgerRow,
    NoScenarioError,
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
    members = _Members(sli, terms, lane)
    return members.group.scenario(members.phases())


class _Members:
    """The members of one group, with their values."""

    def __init__(self, sli: Threshold, terms: Terms, lane: int) -> None:
        self.sli = sli
        if sli.limits:
            raise NoScenarioError  # each series has limits of its own
        self.group = RawGroup(terms, lane, list(sli.sides()), sli.member)
        self.is_folded = sli.aggregate not in _PER_MEMBER
        self.count = (2 if self.is_folded else MEMBERS) if self.group.has_members() else 1
        self.samples = len(sli.metric[0].parts) if len(sli.metric) == 1 else 1  # of a member
        # The longest that a phase may last: two evaluations after the ledger window has passed.
        self.longest = 2 * Fraction(terms.window_seconds)
        side, members = sli.expected, range(self.count)
        parts = [(side, part) for part in side.parts] if side else []
        expected = (self.group.series(s, part, ONE, m) for m in members for s, part in parts)
        always = merged([self.group.infos(self.count), *expected])
        everything = merged([always, self.with_values(self.spread(self.bad()))])
        decoys = self.group.decoys(everything, self.bad())
        self.always = {**self.of_no_group(), **always, **decoys}

    def good(self) -> Fraction:
        """The limit itself, which is good, or a value well within where floats blur it."""
        low, high = self.sli.low, self.sli.high
        limit = high if high is not None else low
        assert limit is not None
        if len(self.sli.metric) == 2:
            is_exact = (limit * _SCALE).denominator == 1
        else:
            is_exact = self.sli.aggregate != "avg" or limit.denominator == 1
        if is_exact:
            return limit
        if low is not None and high is not None:
            return (low + high) / 2
        # Well within: floats blur the limit itself, and one sample must not decide.
        return limit * (Fraction(9, 10) if (high is not None) is (limit > 0) else Fraction(11, 10))

    def bad(self) -> Fraction:
        """A value just beyond a limit."""
        return self.below() if self.sli.high is None else self.sli.high + _step(self.sli.high)

    def below(self) -> Fraction:
        """A value just below the lower limit."""
        assert self.sli.low is not None
        return self.sli.low - _step(self.sli.low)

    def spread(self, value: Fraction) -> MemberValues:
        """Values of the members of which the fold is the value."""
        if self.count == 1 or not self.is_folded:
            return [value] * self.count
        if self.sli.aggregate == "sum":
            return [value - 1, ONE] if value >= 1 and value.denominator == 1 else [value / 2] * 2
        gap = max(ONE, abs(value))
        if self.sli.aggregate == "avg":
            return [value - gap / 2, value + gap / 2]
        return [value, value + gap] if self.sli.aggregate == "min" else [value, value - gap]

    def phases(self) -> Iterator[Phase]:
        """Good and bad values of all, of one and of two members, and silence."""
        aggregate, good, bad = self.sli.aggregate, self.good(), self.bad()
        has_rows = not self.is_folded and self.count > 1
        size = self.samples if aggregate == "each" else 1
        whole = self.count * size if aggregate == "each" else 1
        who = "every member " if has_rows else ""
        yield self.phase(f"total outage: {who}beyond the limit", self.spread(bad), (whole, whole))
        yield self.phase(f"recovery: {who}within, on the limit", self.spread(good), (whole, 0))
        if has_rows:
            one, two = {"worst": (1, 1), "best": (0, 0), "each": (size, 2 * size)}[aggregate]
            yield self.phase("one member beyond the limit", [bad, good, good], (whole, one))
            yield self.phase("two members beyond the limit", [good, bad, bad], (whole, two))
        if self.sli.low is not None and self.sli.high is not None:
            yield self.phase("below the lower limit", self.spread(self.below()), (whole, whole))
        if has_rows and self.samples > 1:
            title, one = "one metric of one member beyond the limit", int(aggregate != "best")
            yield self.phase(title, self.spread(good), (whole, one), odd=bad)
        yield from self.silence(size if has_rows else 0, whole)

    def silence(self, size: int, whole: int) -> Iterator[Phase]:
        """One member is silent, then all are, as long as members are remembered for a phase.

        A member has so many samples, if there is a row for several.
        """
        aggregate, memory = self.sli.aggregate, self.sli.remember
        is_seen = self.sli.expected is not None or memory is not None
        is_bad = is_seen and not self.sli.is_silence_good
        if memory is None or memory >= self.longest:
            if size:
                # A silent member that is expected counts once, whatever the number of its metrics.
                total = (self.count - 1) * size + int(is_seen) if aggregate == "each" else 1
                row = (total, int(is_bad and aggregate != "best"))
                yield self.phase("one member silent", [None, self.good(), self.good()], row)
                if self.sli.is_silence_good:
                    bad = {"worst": 1, "best": 0, "each": 2 * size}[aggregate]
                    values = [None, self.bad(), self.bad()]
                    yield self.phase("one silent, the others beyond", values, (total, bad))
            if size and memory is not None and memory < 2 * self.longest:
                yield self.phase("every member is back", self.spread(self.good()), (whole, 0))
            rows = self.count if aggregate == "each" else 1
            all_silent = [None] * self.count
            of_all = (rows, rows * is_bad) if is_seen else None
            yield self.phase("every member silent", all_silent, of_all)
        if memory is not None and memory <= _LONGEST_MEMORY:
            title = "silent for so long that they are forgotten"
            yield Phase(title, {}, None, seconds=memory + 300)

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
        return Phase(title, series, LedgerRow(*map(Fraction, row)) if row else None)

    def with_values(self, values: MemberValues, odd: Fraction | None = None) -> Values:
        """The series of all members."""
        return merged(
            self.member(number, value, value if number or odd is None else odd)
            for number, value in enumerate(values)
        )

    def member(self, number: int, value: Fraction | None, last: Fraction | None) -> Values:
        """A member's series; the last metric of a list may have a value of its own."""
        if len(self.sli.metric) == 2:
            return self.quotient(number, value)
        if value is None or last is None:
            return {}
        side = self.sli.metric[0]
        numbers = [*[value] * (len(side.parts) - 1), last]
        return merged(
            self.group.series(side, part, each, number)
            for part, each in zip(side.parts, numbers, strict=True)
        )

    def quotient(self, member: int, value: Fraction | None) -> Values:
        """A member's ratio, of sides that add up; it is silent where it divides by zero."""
        sums = (_SCALE, NONE) if value is None else (value * _SCALE, _SCALE)
        return merged(
            self.group.series(side, part, NONE, member)
            if number
            else self.group.shards(side, part, total, member)
            for side, total in zip(self.sli.metric, sums, strict=True)
            for number, part in enumerate(side.parts)
        )

    def of_no_group(self) -> Values:
        """An expected member without a group label, which belongs nowhere."""
        if self.sli.expected is None:
            return {}
        found = self.group.ungrouped(self.sli.expected, 0)
        read = {s for s in found if any(found_by(side, s) for side in self.sli.metric)}
        return {series: number for series, number in found.items() if series not in read}


def _step(limit: Fraction) -> Fraction:
    return ONE if limit.denominator == 1 else abs(limit) / 100
