"""What an SLI plays for a unit test: raw series that move in acts, and the ledger of each act.

The ledger is a closed form of the act (events per second, bad share, members that fail) and never
comes from the SLI's own expressions. An SLI type that cannot be played has no ``rehearse`` method,
or answers None; its SLOs are tested from the ledger on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, runtime_checkable

from slokit.model.ledger import Terms
from slokit.promql.raw_series import RawSeries

Moves = Mapping[RawSeries, Fraction]


@dataclass(frozen=True, slots=True)
class Steady:
    """A ledger row that stays the same: all events and bad ones per second."""

    total: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class Act:
    """A stretch of time in which everything is steady.

    ``moves`` has a value for each series, or its growth per second; series that it lacks have
    stopped. ``leaps`` are added to values at the act's beginning, and ``resets`` begin at zero
    there. ``ledger`` is the row at the act's end; None means that there is none.
    ``seconds`` is how long the act lasts at least; the ledger window and some more, unless given.
    ``is_brief`` acts end before the ledger window has passed, so that a leap is still in it.
    """

    title: str
    moves: Moves
    ledger: Steady | None
    leaps: Moves = field(default_factory=dict)
    resets: frozenset[RawSeries] = frozenset()
    seconds: Fraction = Fraction(0)
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The acts in their order; a total outage is the first, unless that is a single sample.

    ``group`` has the recorded group labels of all rows.
    """

    group: Mapping[str, str]
    acts: tuple[Act, ...]


@runtime_checkable
class Rehearsed(Protocol):
    """An SLI that knows how to be played."""

    def rehearse(self, terms: Terms) -> Rehearsal | None:
        """The acts, or None where its series cannot be written down."""
