"""Events, played: everything fails, nothing fails, some of it fails, no series, no traffic."""

from fractions import Fraction
from typing import TYPE_CHECKING

from slokit.model.ledger import Side, Terms
from slokit.model.rehearsal import Act, Rehearsal, Steady
from slokit.promql.raw_series import RawSeries, decoys, selects
from slokit.promql.selector import Selector
from slokit.sli.scenarios.stage import Given, OffStageError, Stage, merged, selectors_of

if TYPE_CHECKING:
    from slokit.sli.events import Events

_TOTAL, _NONE, _EXCESS, _DECOY = Fraction(120), Fraction(0), Fraction(150), Fraction(7)
_SHARE = Fraction(1, 8)
_CHOICES = 4


def rehearse(sli: "Events", terms: Terms) -> Rehearsal | None:
    """The acts; None where the sides cannot be told apart or cannot be solved."""
    try:
        return _Play(sli, terms).rehearsal()
    except OffStageError:
        return None


class _Play:
    def __init__(self, sli: "Events", terms: Terms) -> None:
        self.sli = sli
        part = sli.bad or sli.good
        whole = sli.total or sli.good
        assert part
        assert whole
        self.part, self.whole = part, whole
        self.stage = Stage(terms, [part, whole])
        self.counts_bad = part is sli.bad
        self._shares: dict[tuple[str, Selector, int], Given] = {}
        self._chosen: dict[tuple[str, bool], list[tuple[Selector | str, int]]] = {}
        self._missed: dict[RawSeries, RawSeries] = {}
        everything = merged([self.flow(_SHARE), self.stage.infos(1)])
        self.always = {**self.stage.infos(1), **self.stage.decoys(everything, _DECOY)}

    def rehearsal(self) -> Rehearsal:
        acts = [
            self.act("total outage", 1),
            self.act("recovery", 0),
            self.act("one event in eight fails", _SHARE),
            *self.without_part(),
            *self.odd(),
            self.steady("idle", dict.fromkeys(self.flow(_SHARE), _NONE), _NONE, _NONE),
        ]
        return Rehearsal(self.stage.group, tuple(acts))

    def act(self, title: str, share: Fraction | int) -> Act:
        return self.steady(title, self.flow(Fraction(share)), _TOTAL, share * _TOTAL)

    def steady(self, title: str, given: Given, total: Fraction, bad: Fraction) -> Act:
        moves = {**self.always, **given}
        return Act(title, moves, Steady(total, bad), seconds=self.stage.settling)

    def flow(self, bad_share: Fraction) -> Given:
        """All series while a share of the events is bad."""
        share = bad_share if self.counts_bad else 1 - bad_share
        part = self.pour(self.part, share * _TOTAL, self.whole if self.sli.total is None else None)
        rest = _TOTAL - self.counted_in_whole(part)
        if self.sli.total is None:
            rest -= share * _TOTAL
        return merged([part, self.rest(rest)])

    def counted_in_whole(self, part: Given) -> Fraction:
        """How much of a part's series the other side counts as well."""
        return sum((n for series, n in part.items() if _found(self.whole, series)), _NONE)

    def pour(self, side: Side, amount: Fraction, avoided: Side | None) -> Given:
        """A side's series, which share an amount unevenly; the avoided side finds none of them."""
        chosen = self.chosen(side, avoided)
        if amount < 0 or not chosen:
            raise OffStageError
        weight = Fraction(2, len(chosen) * (len(chosen) + 1))
        poured = [
            self.give(side, part, n * weight * amount, choice)
            for n, (part, choice) in enumerate(chosen, start=1)
        ]
        if len(chosen) > 1:
            twice = (sum(_finds(p, s) for p in side.parts) > 1 for given in poured for s in given)
            if any(twice):
                raise OffStageError
        return merged(poured)

    def give(self, side: Side, part: Selector | str, amount: Fraction, other: int) -> Given:
        """The series of one part. Those of a selector are the same for each amount."""
        if isinstance(part, str):
            return self.stage.give(side, part, amount, 0, other=other)
        shares = self._shares.get((side.key, part, other))
        if shares is None:
            shares = self.stage.give_parts(side, part, Fraction(1), other=other)
            self._shares[side.key, part, other] = shares
        return {series: share * amount for series, share in shares.items()}

    def chosen(self, side: Side, avoided: Side | None) -> list[tuple[Selector | str, int]]:
        """The parts that can be told apart from the avoided side, and which of their series."""
        key = side.key, avoided is None
        if key not in self._chosen:
            choices = ((part, self.choice(side, part, avoided)) for part in side.parts)
            self._chosen[key] = [(part, n) for part, n in choices if n is not None]
        return self._chosen[key]

    def rest(self, amount: Fraction) -> Given:
        """Events that only the whole counts: where it can be, a matcher of the part just misses."""
        poured = self.pour(self.whole, amount, self.part)
        for series in poured:
            if series not in self._missed:
                self._missed[series] = self.missed(series)
        return {self._missed[series]: number for series, number in poured.items()}

    def missed(self, series: RawSeries) -> RawSeries:
        """A series of the same group, such as with code 200 where the part asks for 5xx."""
        kept = self.stage.folding.sources + self.stage.keys
        for selector in self.part.parts:
            if isinstance(selector, Selector) and selector.metric() == series.name:
                for other in decoys(selector, series):
                    same = all(series.get(label) == other.get(label) for label in kept)
                    if same and _found(self.whole, other) and not _found(self.part, other):
                        return other
        return series

    def choice(self, side: Side, part: Selector | str, avoided: Side | None) -> int | None:
        """Which of the series that a part may have the avoided side does not find."""
        for number in range(_CHOICES):
            given = self.give(side, part, _TOTAL, number)
            if not avoided or not any(_found(avoided, series) for series in given):
                return number
        return None

    def without_part(self) -> list[Act]:
        """What it means that one side has no series at all."""
        flow = self.flow(_SHARE if self.counts_bad else Fraction(1))
        left = {s: n for s, n in flow.items() if not _found(self.part, s)}
        total = sum((n for s, n in left.items() if _found(self.whole, s)), _NONE)
        if self.whole.is_promql:
            if any(_found(self.whole, s) for s in flow if s not in left):
                return []
            total = _TOTAL - (_SHARE * _TOTAL if self.sli.total is None else 0)
        if self.counts_bad:
            return [self.steady("no bad series", left, total, _NONE)]
        return [self.steady("no good series", left, total, total)]

    def odd(self) -> list[Act]:
        """What happens where the sides contradict each other: only if they share no series."""
        part = self.pour(self.part, _EXCESS, None)
        if self.sli.total is None or self.counted_in_whole(part):
            return []
        if self.counts_bad:
            return [self.steady("bad events without a total", part, _EXCESS, _EXCESS)]
        whole = self.rest(_TOTAL)
        return [self.steady("more good events than all", merged([part, whole]), _TOTAL, _NONE)]


def _found(side: Side, series: RawSeries) -> bool:
    return any(_finds(part, series) for part in side.parts)


def _finds(part: Selector | str, series: RawSeries) -> bool:
    return any(selects(selector, series) for selector in selectors_of(part))
