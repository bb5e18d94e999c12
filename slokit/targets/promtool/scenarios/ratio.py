"""Ratio: all bad, all good, some of it, beyond its range, several series, none."""

from collections.abc import Sequence
from fractions import Fraction

from slokit.model.ledger import Terms
from slokit.sli.ratio import Ratio
from slokit.targets.promtool.raw_series import selects
from slokit.targets.promtool.scenarios.base import (
    NONE,
    ONE,
    LedgerRow,
    NoScenarioError,
    Phase,
    RawGroup,
    Scenario,
    Values,
    merged,
)

_SHARE, _BEYOND = Fraction(1, 8), Fraction(3, 2)
_SEVERAL = 2


def scenario(sli: Ratio, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: the ratio is PromQL.
    """
    return _Shares(sli, terms, lane).scenario()


class _Shares:
    """The series of one group, which hold its ratio."""

    def __init__(self, sli: Ratio, terms: Terms, lane: int) -> None:
        self.sli = sli
        self.group = RawGroup(terms, lane, [sli.share])
        self.always = self.group.always(self.with_bad([_SHARE]))

    def scenario(self) -> Scenario:
        phases = [
            self.phase("total outage", [ONE], ONE),
            self.phase("recovery", [NONE], NONE),
            self.phase("one eighth is bad", [_SHARE], _SHARE),
            self.phase("beyond the whole, which is all of it", [_BEYOND], ONE),
            self.phase("below nothing, which is nothing", [1 - _BEYOND], NONE),
            *self.of_several(),
            Phase("no ratio, as without traffic", self.always, None),
        ]
        return self.group.scenario(phases)

    def of_several(self) -> list[Phase]:
        """Two series of one group count half each, even where one is beyond its range."""
        try:
            values = [Fraction(2), _SHARE]
            return [self.phase("two series in the group", values, (ONE + _SHARE) / _SEVERAL)]
        except NoScenarioError:
            return []

    def phase(self, title: str, bad: Sequence[Fraction], share: Fraction) -> Phase:
        values = merged([self.always, self.with_bad(bad)])
        return Phase(title, values, LedgerRow(ONE, share))

    def with_bad(self, shares: Sequence[Fraction]) -> Values:
        """The series of the group; several differ by a label of their own."""
        (part,) = self.sli.share.parts
        ((series, _),) = self.group.series(self.sli.share, part, NONE, 0).items()
        if len(shares) == 1:
            return {series: self.written(shares[0])}
        shards = [series.with_label("shard", f"shard-{n}") for n in range(len(shares))]
        if not self.group.has_shards(series) or not all(selects(part, shard) for shard in shards):
            raise NoScenarioError
        return dict(zip(shards, map(self.written, shares), strict=True))

    def written(self, bad: Fraction) -> Fraction:
        """The sample that says so."""
        return bad if self.sli.share.key == "bad" else 1 - bad
