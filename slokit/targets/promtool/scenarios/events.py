"""Events: everything fails, nothing fails, some of it fails, no series, no traffic."""

from collections.abc import Iterator
from fractions import Fraction

from slokit.model.ledger import Side, Terms
from slokit.promql.selector import Selector
from slokit.sli.events import Events
from slokit.targets.promtool.raw_series import RawSeries, decoys, selects
from slokit.targets.promtool.scenarios.base import (
    DECOY,
    NONE,
    LedgerRow,
    NoScenarioError,
    Phase,
    RawGroup,
    Scenario,
    Values,
    found_by,
    merged,
)

_TOTAL, _EXCESS = Fraction(120), Fraction(150)
_SHARE = Fraction(1, 8)
_CHOICES = 4


def scenario(sli: Events, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: the two sides cannot be told apart by their series.
    """
    return _Flow(sli, terms, lane).scenario()


class _Flow:
    """The series of both sides: ``part`` are the bad events, or the good ones of all."""

    def __init__(self, sli: Events, terms: Terms, lane: int) -> None:
        part = sli.bad or sli.good
        whole = sli.total or sli.good
        assert part
        assert whole
        self.part, self.whole = part, whole
        self.group = RawGroup(terms, lane, [part, whole])
        self.counts_bad = part is sli.bad
        self.is_of_total = sli.total is not None
        self._shares: dict[tuple[str, Selector, int], Values] = {}
        self._chosen: dict[tuple[str, bool], list[tuple[Selector, int]]] = {}
        self._missed: dict[RawSeries, RawSeries] = {}
        infos = self.group.infos(1)
        everything = merged([self.with_bad(_SHARE), infos])
        self.always = {**infos, **self.group.decoys(everything, DECOY)}

    def scenario(self) -> Scenario:
        phases = (
            self.phase("total outage", self.with_bad(Fraction(1)), _TOTAL, _TOTAL),
            self.phase("recovery", self.with_bad(NONE), _TOTAL, NONE),
            self.phase("one event in eight fails", self.with_bad(_SHARE), _TOTAL, _SHARE * _TOTAL),
            self.without_part(),
            *self.contradictions(),
            self.phase("idle", dict.fromkeys(self.with_bad(_SHARE), NONE), NONE, NONE),
        )
        return self.group.scenario(phases)

    def phase(self, title: str, values: Values, total: Fraction, bad: Fraction) -> Phase:
        return Phase(title, {**self.always, **values}, LedgerRow(total, bad))

    def with_bad(self, bad_share: Fraction) -> Values:
        """All series while a share of the events is bad."""
        share = bad_share if self.counts_bad else 1 - bad_share
        part = self.spread(self.part, share * _TOTAL, None if self.is_of_total else self.whole)
        rest = _TOTAL - self.counted_in_whole(part)
        if not self.is_of_total:
            rest -= share * _TOTAL
        return merged([part, self.rest(rest)])

    def counted_in_whole(self, part: Values) -> Fraction:
        """How much of a part's series the other side counts as well."""
        return sum((n for series, n in part.items() if found_by(self.whole, series)), NONE)

    def spread(self, side: Side, amount: Fraction, avoided: Side | None) -> Values:
        """A side's series, which share an amount unevenly; the avoided side finds none of them."""
        chosen = self.chosen(side, avoided)
        if amount < 0 or not chosen:
            raise NoScenarioError
        weight = Fraction(2, len(chosen) * (len(chosen) + 1))
        found = merged(
            self.share(side, part, n * weight * amount, choice)
            for n, (part, choice) in enumerate(chosen, start=1)
        )
        if len(chosen) > 1 and any(sum(selects(p, s) for p in side.parts) > 1 for s in found):
            raise NoScenarioError
        return found

    def share(self, side: Side, part: Selector, amount: Fraction, other: int) -> Values:
        """The series of one part, which are the same for each amount."""
        shares = self._shares.get((side.key, part, other))
        if shares is None:
            shares = self.group.shards(side, part, Fraction(1), other=other)
            self._shares[side.key, part, other] = shares
        return {series: share * amount for series, share in shares.items()}

    def chosen(self, side: Side, avoided: Side | None) -> list[tuple[Selector, int]]:
        """The parts that can be told apart from the avoided side, and which of their series."""
        key = side.key, avoided is None
        if key not in self._chosen:
            choices = ((part, self.choice(side, part, avoided)) for part in side.parts)
            self._chosen[key] = [(part, n) for part, n in choices if n is not None]
        return self._chosen[key]

    def choice(self, side: Side, part: Selector, avoided: Side | None) -> int | None:
        """Which of the series that a part may have the avoided side does not find."""
        for number in range(_CHOICES):
            series = self.share(side, part, _TOTAL, number)
            if not avoided or not any(found_by(avoided, each) for each in series):
                return number
        return None

    def rest(self, amount: Fraction) -> Values:
        """Events that only the whole counts: where it can be, a matcher of the part just misses."""
        spread = self.spread(self.whole, amount, self.part)
        for series in spread:
            if series not in self._missed:
                self._missed[series] = self.missed(series)
        return {self._missed[series]: number for series, number in spread.items()}

    def missed(self, series: RawSeries) -> RawSeries:
        """A series of the same group, such as with code 200 where the part asks for 5xx."""
        kept = self.group.folding.sources + self.group.keys
        for selector in self.part.parts:
            if selector.metric() != series.name:
                continue
            for other in decoys(selector, series):
                same = all(series.get(label) == other.get(label) for label in kept)
                if same and found_by(self.whole, other) and not found_by(self.part, other):
                    return other
        return series

    def without_part(self) -> Phase:
        """What it means that one side has no series at all."""
        series = self.with_bad(_SHARE if self.counts_bad else Fraction(1))
        left = {s: n for s, n in series.items() if not found_by(self.part, s)}
        total = self.counted_in_whole(left)
        if self.counts_bad:
            return self.phase("no bad series", left, total, NONE)
        return self.phase("no good series", left, total, total)

    def contradictions(self) -> Iterator[Phase]:
        """What happens where the sides contradict each other: only if they share no series."""
        part = self.spread(self.part, _EXCESS, None)
        if not self.is_of_total or self.counted_in_whole(part):
            return
        if self.counts_bad:
            yield self.phase("bad events without a total", part, _EXCESS, _EXCESS)
        else:
            excess = merged([part, self.rest(_TOTAL)])
            yield self.phase("more good events than all", excess, _TOTAL, NONE)
