"""Rate: a storm of events, quiet, one event, a member that counts alone, a restart."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from slokit.model.ledger import Terms
from slokit.sli.rate import Occurrences
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import (
    MEMBERS,
    NONE,
    ONE,
    LedgerRow,
    Phase,
    RawGroup,
    Scenario,
    Values,
    merged,
)
from slokit.text.durations import parse_duration

_STORM = 100  # times as many events as are allowed


def scenario(sli: Occurrences, terms: Terms, lane: int) -> Scenario:
    """The phases.

    Raises:
        NoScenarioError: the counter or epoch is PromQL.
    """
    return _Counters(sli, terms, lane).scenario()


class _Counters:
    """The counters or epochs of all members."""

    def __init__(self, sli: Occurrences, terms: Terms, lane: int) -> None:
        self.sli = sli
        self.window = terms.window_seconds
        self.group = RawGroup(terms, lane, [sli.source], sli.member)
        self.count = MEMBERS if self.group.has_members() else 1
        self.step = len(sli.source.parts) / parse_duration(terms.interval)
        everyone = self.growing(self.step, range(self.count))
        self.always = self.group.always(everyone, self.count)

    def growing(self, rate: Fraction, members: Iterable[int]) -> Values:
        """The counters of these members, each with its growth per second."""
        side = self.sli.source
        growth = rate if side.role == "epoch" else rate / len(side.parts)
        return {
            series: growth
            for member in members
            for part in side.parts
            for series in self.group.series(side, part, growth, member)
        }

    def all(self, rate: Fraction) -> Values:
        return self.growing(rate, range(self.count))

    def scenario(self) -> Scenario:
        adds_up = self.sli.counted_by == "one_member"
        storm = self.step * ceil(_STORM * self.sli.budget(None) / self.step)
        bad = storm * self.count if adds_up else storm
        quiet = merged([self.always, self.all(NONE)])
        phases = (
            Phase(
                "first samples: no event is known yet", quiet, LedgerRow(ONE, NONE), is_brief=True
            ),
            self.phase("total outage: events without an end", self.all(storm), bad),
            self.phase("recovery: nothing happens", self.all(NONE), NONE),
            *(self.of_one_member(quiet) if adds_up else self.of_every_member(quiet)),
        )
        return self.group.scenario(phases)

    def phase(self, title: str, values: Values, bad: Fraction) -> Phase:
        return Phase(title, merged([self.always, values]), LedgerRow(ONE, bad))

    def of_one_member(self, quiet: Values) -> list[Phase]:
        """Events add up. They come evenly: versions of rate() differ on a single one."""
        one = {**self.all(NONE), **self.growing(self.step, [0])}
        first = frozenset(self.growing(NONE, [0]))
        every, none = self.step * self.count, LedgerRow(ONE, NONE)
        return [
            self.phase("an event at every scrape of one member", one, self.step),
            self.phase("an event at every scrape of each member", self.all(self.step), every),
            self.phase("nothing happens again", self.all(NONE), NONE),
            Phase("a member restarts and counts from zero", quiet, none, resets=first),
        ]

    def of_every_member(self, quiet: Values) -> list[Phase]:
        """All members count the same events, one in each counter; a single one may be mistaken."""
        is_epoch = self.sli.source.role == "epoch"
        counters = 1 if is_epoch else len(self.sli.source.parts)
        rate = Fraction(counters) / self.window
        each = dict.fromkeys(self.all(NONE), ONE)
        alone = dict.fromkeys(self.growing(NONE, [0]), ONE)
        restarted = frozenset(self.growing(NONE, range(1, self.count)))
        odd = rate if is_epoch or self.count == 1 else NONE

        def brief(
            title: str,
            bad: Fraction,
            jumps: Values | None = None,
            resets: frozenset[RawSeries] = frozenset(),
        ) -> Phase:
            row = LedgerRow(ONE, bad)
            return Phase(title, quiet, row, jumps=jumps or {}, resets=resets, is_brief=True)

        return [
            brief("one event, seen by all members", rate, jumps=each),
            self.phase("nothing happens again", self.all(NONE), NONE),
            brief("one member alone counts one", odd, jumps=alone),
            self.phase("nothing happens once more", self.all(NONE), NONE),
            brief("the epoch falls", NONE, jumps=dict.fromkeys(each, -ONE))
            if is_epoch
            else brief("members count from zero again", NONE, resets=restarted),
        ]
