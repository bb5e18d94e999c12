"""Latency on classic buckets: all beyond the limit, none, some, no bucket, no traffic."""

from fractions import Fraction

from slokit.model.ledger import Side, Terms
from slokit.sli.latency import Latency
from slokit.targets.promtool.scenarios.base import (
    NONE,
    LedgerRow,
    NoScenarioError,
    Phase,
    RawGroup,
    Scenario,
    Values,
    merged,
)

_TOTAL = 120  # events per second


def scenario(sli: Latency, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: the histogram is a native one, which promtool cannot write down.
    """
    if sli.native:
        raise NoScenarioError
    buckets, counts = sli.buckets(), sli.counts()
    group = RawGroup(terms, lane, [buckets, counts])
    all_events = spread(group, counts, _TOTAL)
    within = {number: spread(group, buckets, number) for number in (0, 105, 120, 150)}
    others = group.always(merged([all_events, within[0]]))
    always = merged([all_events, others])

    def phase(title: str, fast: int, bad: int) -> Phase:
        row = LedgerRow(Fraction(_TOTAL), Fraction(bad))
        return Phase(title, merged([always, within[fast]]), row)

    idle = dict.fromkeys(merged([all_events, within[0]]), NONE)
    phases = (
        phase("total outage: all events beyond the limit", 0, 120),
        phase("recovery", 120, 0),
        phase("one event in eight beyond the limit", 105, 15),
        Phase("no bucket at the limit", always, None),
        phase("a bucket that counts more than all events", 150, 0),
        Phase("idle", merged([idle, others]), LedgerRow(NONE, NONE)),
    )
    return group.scenario(phases)


def spread(group: RawGroup, side: Side, amount: int) -> Values:
    """A side's series, which share the amount unevenly."""
    weight = Fraction(2 * amount, len(side.parts) * (len(side.parts) + 1))
    return merged(
        group.shards(side, part, number * weight) for number, part in enumerate(side.parts, start=1)
    )
