"""Rate: a storm of events, quiet, one event, a member that counts alone, a restart."""

from collections.abc import Iterable
from dataclasses import replace
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
        NoScenarioError: the counter or gauge is PromQL.
    """
    return _Counters(sli, terms, lane).scenario()


class _Counters:
    """The counters, epochs or changing gauges of all members."""

    def __init__(self, sli: Occurrences, terms: Terms, lane: int) -> None:
        self.sli = sli
        # a gauge that grows at each scrape changes at each scrape
        is_changing = sli.counted_by == "changes"
        self.side = replace(sli.source, role="epoch") if is_changing else sli.source
        self.window = terms.window_seconds
        self.group = RawGroup(terms, lane, [self.side], sli.member)
        self.count = MEMBERS if self.group.has_members() else 1
        self.step = len(sli.source.parts) / parse_duration(terms.interval)
        everyone = self.growing(self.step, range(self.count))
        self.always = self.group.always(everyone, self.count)

    def growing(self, rate: Fraction, members: Iterable[int]) -> Values:
        """The counters of these members, each with its growth per second."""
        side = self.side
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
        adds_up = self.sli.counted_by in ("one_member", "changes")
        storm = self.step * ceil(_STORM * self.sli.budget(None) / self.step)
        storm = self.step if self.sli.counted_by == "changes" else storm
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
        every = self.step * self.count
        return [
            self.phase("an event at every scrape of one member", one, self.step),
            self.phase("an event at every scrape of each member", self.all(self.step), every),
            self.phase("nothing happens again", self.all(NONE), NONE),
            self.of_restart(quiet, first),
        ]

    def of_restart(self, quiet: Values, first: frozenset[RawSeries]) -> Phase:
        """A counter from zero is no event; a gauge that changes is one."""
        if self.sli.counted_by != "changes":
            row = LedgerRow(ONE, NONE)
            return Phase("a member restarts and counts from zero", quiet, row, resets=first)
        row = LedgerRow(ONE, len(self.side.parts) / self.window)
        return Phase("a member restarts", quiet, row, resets=first, is_brief=True)

    def of_every_member(self, quiet: Values) -> list[Phase]:
        """All members count the same events, one in each counter; a single one may be mistaken."""
        is_epoch = self.side.role == "epoch"
        counters = 1 if is_epoch else len(self.side.parts)
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
