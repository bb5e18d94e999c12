"""What an SLI wants asked of a live server, beyond what its sides say by themselves.

Values only: how a question is asked, and what its answer means, is the live check's. An SLI type
that wants nothing special asked has no ``live_questions`` method.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, runtime_checkable

from slokit.model.ledger import Side, Terms


@dataclass(frozen=True, slots=True)
class Rare:
    """A side that may lack series for a long time, such as errors, and what it is a part of."""

    side: Side
    against: Side


@dataclass(frozen=True, slots=True)
class Births:
    """Counters of bad events whose first values are not counted, though they may be events.

    The bad events are those of ``counted``, less those of ``within`` where good ones are among
    them; the series of ``known`` show which targets there are.
    """

    counted: Side
    within: Side | None
    known: Side

    @property
    def written(self) -> Side:
        """The side that is more of a user's own: what is good, or what is bad."""
        return self.within or self.counted


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit that must be the bound of a bucket.

    ``buckets`` selects all buckets, whatever their bound; ``numbers`` are the parts of it that have
    this limit. ``limit`` is in the metric's ``unit``, ``text`` is the limit as written at ``key``
    of the SLI, and ``matcher`` finds every spelling of it.
    """

    buckets: Side
    limit: Fraction
    unit: str
    text: str
    matcher: str
    numbers: frozenset[int]
    key: tuple[str | int, ...] = ("at_most",)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides that are divided by each other, group by group.

    A group of ``part`` is always one of ``whole``; where ``is_complete``, the reverse holds too.
    """

    part: Side
    whole: Side
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Members:
    """Who must answer (``expected``) and who does (``answering``), as PromQL.

    ``identity`` are the labels that name a member; ``is_silence_good`` says what it means that one
    does not answer.
    """

    side: Side
    expected: str
    answering: str
    identity: tuple[str, ...]
    is_silence_good: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge whose silence is not good, and its limits in its own unit.

    A gauge that exists only while it is not zero would look bad all the time. ``expected`` is the
    side of who must answer, if there is one.
    """

    gauge: Side
    low: Fraction | None
    high: Fraction | None
    expected: Side | None

    @property
    def is_zero_good(self) -> bool:
        """Whether 0 is within the limits."""
        return (self.low is None or self.low <= 0) and (self.high is None or self.high >= 0)


@dataclass(frozen=True, slots=True)
class LiveQuestions:
    """All of it; ``reads`` are the sides under the names by which a server knows them.

    ``native`` is the side that must be a native histogram, ``share`` one that must be from 0 to 1.
    The series of ``added`` sides are added up: what exists twice counts twice. ``born`` are the
    counters of which those that appear are not counted from zero. With ``is_remembered`` who was
    there within a time is missed, and its group is known from then. ``named_by`` are labels that
    name a member, where the spec says so, of everything that is read but who must answer.
    """

    reads: tuple[Side, ...]
    rare: Rare | None = None
    bounds: tuple[Bound, ...] = ()
    native: Side | None = None
    pairs: tuple[Pair, ...] = ()
    members: Members | None = None
    share: Side | None = None
    added: tuple[Side, ...] = ()
    born: Births | None = None
    level: Level | None = None
    is_remembered: bool = False
    named_by: tuple[str, ...] = ()


@runtime_checkable
class HasLiveQuestions(Protocol):
    """An SLI that wants more asked than whether its sides exist."""

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """What to ask besides whether the sides exist."""
