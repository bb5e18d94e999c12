"""Events: everything fails, nothing fails, some of it fails, no series, no traffic.

Where slow ones are bad as well: some fail and others are slow, all are both, the histogram is gone.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from slokit.model.ledger import Side, Terms
from slokit.promql.selector import Selector
from slokit.sli.events import Events
from slokit.sli.latency import Latency
from slokit.targets.promtool.raw_series import RawSeries, decoys, selects
from slokit.targets.promtool.scenarios.base import (
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
    scaled,
)
from slokit.targets.promtool.scenarios.latency import spread

_TOTAL, _EXCESS = Fraction(120), Fraction(150)
_SHARE = Fraction(1, 8)
_CHOICES = 4
_TIMED, _SLOW = 40, 12  # events per second of the histogram, and those beyond the limit


def scenario(sli: Events, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: the sides do not differ in their series.
    """
    if sli.slow:
        return _with_slow(sli, sli.slow, terms, lane)
    return _Flow(sli, terms, lane).scenario()


def _with_slow(sli: Events, slow: Latency, terms: Terms, lane: int) -> Scenario:
    if slow.native:
        raise NoScenarioError
    buckets, counts = slow.buckets(), slow.counts()
    flow = _Flow(sli, terms, lane, (buckets, counts))
    all_events = spread(flow.group, counts, _TIMED)
    within = {n: spread(flow.group, buckets, n) for n in (0, _TIMED - _SLOW, _TIMED)}
    timed = merged([all_events, within[0]])
    # the histogram of all requests may be their counter as well: no number would be its own
    if any(found_by(side, series) for side in (flow.part_side, flow.whole) for series in timed):
        raise NoScenarioError
    failing = flow.with_bad(_SHARE)
    others = flow.group.always(merged([failing, timed]))

    def phase(title: str, failed: Fraction, fast: int, bad: Fraction) -> Phase:
        values = merged([others, all_events, within[fast], flow.with_bad(failed)])
        return Phase(title, values, LedgerRow(_TOTAL, bad))

    some = _SHARE * _TOTAL
    idle = dict.fromkeys(merged([failing, timed]), NONE)
    return flow.group.scenario(
        [
            phase("total outage: everything fails", ONE, _TIMED, _TOTAL),
            phase("recovery", NONE, _TIMED, NONE),
            phase("some fail, others are slow", _SHARE, _TIMED - _SLOW, some + _SLOW),
            phase("everything fails, and some is slow", ONE, 0, _TOTAL),
            phase("slow events alone", NONE, _TIMED - _SLOW, Fraction(_SLOW)),
            Phase("no histogram, failures", {**others, **failing}, LedgerRow(_TOTAL, some)),
            Phase("no histogram, no failure", {**others, **flow.with_bad(NONE)}, None),
            Phase("idle", {**others, **idle}, LedgerRow(NONE, NONE)),
        ]
    )


class _Flow:
    """The series of both sides, each with its share of the side's events.

    ``part`` are the bad events, or the good ones of all; ``rest`` are those that only the whole
    counts, and ``within`` says how much of the part the whole counts as well.
    """

    def __init__(self, sli: Events, terms: Terms, lane: int, others: Sequence[Side] = ()) -> None:
        part = sli.bad or sli.good
        whole = sli.total or sli.good
        assert part
        assert whole
        self.part_side, self.whole = part, whole
        self.group = RawGroup(terms, lane, [part, whole, *others])
        self.counts_bad = part is sli.bad
        self.is_of_total = sli.total is not None
        self.part = self.shares(part, None if self.is_of_total else whole)
        self.rest = self.shares(whole, part)
        if self.part.keys() & self.rest.keys():
            raise NoScenarioError
        self.within = sum((n for s, n in self.part.items() if found_by(whole, s)), NONE)
        self._with_bad: dict[Fraction, Values] = {}
        self.always = self.group.always(self.with_bad(_SHARE))

    def shares(self, side: Side, avoided: Side | None) -> Values:
        """Series of a side that share its events unevenly; the avoided side finds none of them."""
        chosen = [c for part in side.parts if (c := self.series(side, part, avoided))]
        if not chosen:
            raise NoScenarioError
        weight = Fraction(2, len(chosen) * (len(chosen) + 1))
        found = merged(scaled(each, n * weight) for n, each in enumerate(chosen, start=1))
        if len(chosen) > 1 and any(sum(selects(p, s) for p in side.parts) > 1 for s in found):
            raise NoScenarioError
        return found

    def series(self, side: Side, part: Selector, avoided: Side | None) -> Values | None:
        """Of the series that a part may have some that the avoided side does not find."""
        for number in range(_CHOICES):
            found = self.group.shards(side, part, ONE, other=number)
            if side is self.whole:
                found = {self.missed(series): share for series, share in found.items()}
            if not avoided or not any(found_by(avoided, each) for each in found):
                return found
        return None

    def missed(self, series: RawSeries) -> RawSeries:
        """A series of the same group, such as with code 200 where the part asks for 5xx."""
        kept = self.group.folding.sources + self.group.keys
        for selector in self.part_side.parts:
            if selector.metric() != series.name:
                continue
            for other in decoys(selector, series):
                same = all(series.get(label) == other.get(label) for label in kept)
                if same and found_by(self.whole, other) and not found_by(self.part_side, other):
                    return other
        return series

    def scenario(self) -> Scenario:
        return self.group.scenario(
            [
                self.phase("total outage", self.with_bad(ONE), _TOTAL, _TOTAL),
                self.phase("recovery", self.with_bad(NONE), _TOTAL, NONE),
                self.phase(
                    "one event in eight fails", self.with_bad(_SHARE), _TOTAL, _SHARE * _TOTAL
                ),
                self.without_part(),
                *self.contradictions(),
                self.phase("idle", dict.fromkeys(self.with_bad(_SHARE), NONE), NONE, NONE),
            ]
        )

    def phase(self, title: str, values: Values, total: Fraction, bad: Fraction) -> Phase:
        return Phase(title, {**self.always, **values}, LedgerRow(total, bad))

    def with_bad(self, bad_share: Fraction) -> Values:
        """All series while a share of the events is bad."""
        known = self._with_bad.get(bad_share)
        if known is None:
            known = self._with_bad[bad_share] = self._flow_with_bad(bad_share)
        return known

    def _flow_with_bad(self, bad_share: Fraction) -> Values:
        share = bad_share if self.counts_bad else 1 - bad_share
        counted = self.within if self.is_of_total else self.within + 1
        if share * counted > 1:
            raise NoScenarioError
        return self.flow(share * _TOTAL, _TOTAL * (1 - share * counted))

    def flow(self, part: Fraction, rest: Fraction) -> Values:
        """All series, with so many events per second of the part and of the rest."""
        return scaled(self.part, part) | scaled(self.rest, rest)

    def without_part(self) -> Phase:
        """What it means that one side has no series at all."""
        series = self.with_bad(_SHARE if self.counts_bad else ONE)
        left = {s: n for s, n in series.items() if not found_by(self.part_side, s)}
        total = sum((n for s, n in left.items() if found_by(self.whole, s)), NONE)
        if self.counts_bad:
            return self.phase("no bad series", left, total, NONE)
        return self.phase("no good series", left, total, total)

    def contradictions(self) -> Iterator[Phase]:
        """What happens where the sides contradict each other: only if they share no series."""
        if not self.is_of_total or self.within:
            return
        if self.counts_bad:
            alone = scaled(self.part, _EXCESS)
            yield self.phase("bad events without a total", alone, _EXCESS, _EXCESS)
        else:
            excess = self.flow(_EXCESS, _TOTAL)
            yield self.phase("more good events than all", excess, _TOTAL, NONE)
