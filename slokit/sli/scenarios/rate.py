"""Rate, played: a storm of events, quiet, one event, a member that counts alone, a restart."""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from slokit.model.ledger import Terms
from slokit.model.rehearsal import Act, Rehearsal, Steady
from slokit.promql.raw_series import RawSeries
from slokit.sli.scenarios.stage import ONE, Given, OffStageError, Stage, merged
from slokit.text.durations import parse_duration

if TYPE_CHECKING:
    from slokit.sli.rate import Occurrences

_NONE, _DECOY = Fraction(0), Fraction(7)
_STORM = 100
_MEMBERS = 3


def rehearse(sli: "Occurrences", terms: Terms) -> Rehearsal | None:
    """The acts; None where an expression cannot be solved."""
    try:
        return _Play(sli, terms).rehearsal()
    except OffStageError:
        return None


class _Play:
    def __init__(self, sli: "Occurrences", terms: Terms) -> None:
        self.sli = sli
        self.window = terms.window_seconds
        self.stage = Stage(terms, [sli.source], sli.member)
        self.count = _MEMBERS if self.stage.keeps_members(sli.source) else 1
        self.step = len(sli.source.parts) / parse_duration(terms.interval)
        infos = self.stage.infos(self.count)
        everything = merged([self.growing(self.step, range(self.count)), infos])
        self.always = {**infos, **self.stage.decoys(everything, _DECOY)}

    def growing(self, rate: Fraction, members: Iterable[int]) -> Given:
        """The counters of these members, each with its growth per second."""
        side, found = self.sli.source, {}
        parts = len(side.parts)
        for member in members:
            for part in side.parts:
                amount = rate if side.role == "epoch" else rate / parts
                for series, number in self.stage.give(side, part, amount, member).items():
                    if side.role == "epoch" and number != amount:
                        raise OffStageError
                    grows = side.role == "epoch" or series.grows
                    found[RawSeries(series.name, series.labels, grows)] = number
        return found

    def rehearsal(self) -> Rehearsal:
        adds_up = self.sli.counted_by == "one_member"
        storm = self.step * ceil(_STORM * self.sli.budget(None) / self.step)
        bad = storm * self.count if adds_up else storm
        acts = (
            self.first_sample(),
            self.act("total outage: events without an end", self.all(storm), bad),
            self.act("recovery: nothing happens", self.all(_NONE), _NONE),
            *(self.of_one_member() if adds_up else self.of_every_member()),
        )
        return Rehearsal(self.stage.group, acts)

    def first_sample(self) -> Act:
        """There is nothing to compare with yet; an expression of rates has no sample at all."""
        is_rate = self.sli.source.is_promql and self.sli.source.role == "counter"
        ledger = None if is_rate else Steady(ONE, _NONE)
        moves = merged([self.always, self.all(_NONE)])
        return Act("first samples: no event is known yet", moves, ledger, is_brief=True)

    def all(self, rate: Fraction) -> Given:
        return self.growing(rate, range(self.count))

    def act(self, title: str, given: Given, bad: Fraction) -> Act:
        moves = merged([self.always, given])
        return Act(title, moves, Steady(ONE, bad), seconds=self.stage.settling)

    def of_one_member(self) -> list[Act]:
        """Events add up. They come evenly: versions of rate() differ on a single one."""
        one = {**self.all(_NONE), **self.growing(self.step, [0])}
        quiet = merged([self.always, self.all(_NONE)])
        first = frozenset(self.growing(_NONE, [0]))
        every = self.step * self.count
        return [
            self.act("an event at every scrape of one member", one, self.step),
            self.act("an event at every scrape of each member", self.all(self.step), every),
            self.act("nothing happens again", self.all(_NONE), _NONE),
            Act("a member restarts and counts from zero", quiet, Steady(ONE, _NONE), resets=first),
        ]

    def of_every_member(self) -> list[Act]:
        """All members count the same events, one in each counter; a single one may be mistaken."""
        is_epoch = self.sli.source.role == "epoch"
        counters = 1 if is_epoch else len(self.sli.source.parts)
        rate, quiet = Fraction(counters) / self.window, merged([self.always, self.all(_NONE)])
        if any(self.sli.source.is_promql and not s.grows for s in self.all(_NONE)):
            raise OffStageError
        each = dict.fromkeys(self.all(_NONE), ONE)
        alone = dict.fromkeys(self.growing(_NONE, [0]), ONE)
        restarted = frozenset(self.growing(_NONE, range(1, self.count)))
        odd = rate if is_epoch or self.count == 1 else _NONE

        def brief(
            title: str,
            bad: Fraction,
            leaps: Given | None = None,
            resets: frozenset[RawSeries] = frozenset(),
        ) -> Act:
            ledger = Steady(ONE, bad)
            return Act(title, quiet, ledger, leaps=leaps or {}, resets=resets, is_brief=True)

        return [
            brief("one event, seen by all members", rate, leaps=each),
            self.act("nothing happens again", self.all(_NONE), _NONE),
            brief("one member alone counts one", odd, leaps=alone),
            self.act("nothing happens once more", self.all(_NONE), _NONE),
            brief(
                "members count from zero again",
                _NONE,
                resets=frozenset(each) if is_epoch else restarted,
            ),
        ]
