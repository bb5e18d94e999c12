"""Composite: all members fail, each by itself, all by shares of their own, some take no part.

What it reads is recorded by the rules of its members. Here it is written down, as if they had.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod

from slokit.compiler import names
from slokit.model.ledger import BAD, TOTAL, Terms
from slokit.sli.composite import Composite
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import (
    NONE,
    ONE,
    LedgerRow,
    Phase,
    Scenario,
    Values,
)

_QUARTER = Fraction(1, 4)
_OTHERS = Fraction(777)


def scenario(sli: Composite, terms: Terms, filled: Mapping[str, Fraction]) -> Scenario:
    """The phases; ``filled`` is how much bad the rules of members add per total that they find."""
    return _Members(sli, terms, filled).scenario()


class _Members:
    """The ledgers of all members in one group of the composite, each in some groups of its own."""

    def __init__(self, sli: Composite, terms: Terms, filled: Mapping[str, Fraction]) -> None:
        self.sli, self.terms, self.filled = sli, terms, filled
        self.group = {label: f"{label}-1" for label in terms.folding.names}
        self.own = "part"
        while self.own in self.group:
            self.own += "_"
        first, *_ = sli.of
        # a series with one other label of identity is none of a member
        self.decoys = {
            self.series(first, side, **{label: "elsewhere"}): _OTHERS
            for label in names.IDENTITY
            for side in (TOTAL, BAD)
        }

    def scenario(self) -> Scenario:
        count = len(self.sli.of)
        own: list[Fraction | None] = [Fraction(n, 2 * count) for n in range(1, count + 1)]
        phases = [
            self.phase("total outage", [ONE] * count),
            self.phase("recovery", [NONE] * count),
            *(
                self.phase(
                    f"a quarter of {name} is bad", [_QUARTER * (name == n) for n in self.sli.of]
                )
                for name in self.sli.of
            ),
            self.phase("each has a share of its own", own),
            self.phase(f"{self.sli.of[0]} is without traffic", [None, *own[1:]]),
            self.phase(f"{self.sli.of[-1]} has no data", own[:-1]),
            self.phase(f"{self.sli.of[0]} has more bad events than events", [2 * ONE, *own[1:]]),
            self.phase("no traffic", [None] * count),
            self.phase("no data", []),
        ]
        return Scenario(self.group, tuple(phases), (), None)

    def phase(self, title: str, shares: Sequence[Fraction | None]) -> Phase:
        """With these shares of bad, of members without traffic None; the last ones have no data."""
        values: Values = dict(self.decoys)
        for number, (name, share) in enumerate(zip(self.sli.of, shares, strict=False), start=1):
            total = Fraction(4 * number if share is not None else 0)
            values |= self.member(name, total, total * (share or 0))
        return Phase(title, values, self.row(shares) if shares else None)

    def member(self, name: str, total: Fraction, bad: Fraction) -> Values:
        """Its total in two groups, and in a third one what its own rules leave out of the bad."""
        parts = [(TOTAL, total * _QUARTER), (TOTAL, total * (1 - _QUARTER))]
        parts.append((BAD, bad - total * self.filled.get(name, 0)))
        return {
            self.series(name, side, **{self.own: f"{self.own}-{number}"}): value
            for number, (side, value) in enumerate(parts, start=1)
        }

    def series(self, name: str, side: str, **labels: str) -> RawSeries:
        """A series that the rules of a member record."""
        service, _, slo = name.partition("/")
        identity = {**self.terms.labels, names.SERVICE: service, names.SLO: slo}
        text = {**identity, **self.group, **labels}
        return RawSeries(self.terms.series.format(side), tuple(sorted(text.items())))

    def row(self, shares: Sequence[Fraction | None]) -> LedgerRow:
        """1 while any has traffic, and what becomes of the shares of those that have."""
        busy = [
            (min(share, ONE), weight)
            for share, weight in zip(shares, self.sli.weights, strict=False)
            if share is not None
        ]
        if not busy:
            return LedgerRow(NONE, NONE)
        weight = sum((weight for _, weight in busy), NONE)
        bad = {
            "worst": max(share for share, _ in busy),
            "weighted": sum((share * own for share, own in busy), NONE) / weight,
            "all": 1 - prod((1 - share for share, _ in busy), start=ONE),
        }
        return LedgerRow(ONE, bad[self.sli.method])
