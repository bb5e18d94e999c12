"""What is known about each group of each SLO, whichever source it came from.

Evidence is frozen: a reader makes it of a server's answers, and budgets and incidents are
arithmetic on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slokit.reporting.model import NOTHING, Counts, Slot, TimeRange

# Service, SLO, and the group labels as pairs in the order of their names.
Key = tuple[str, str, tuple[tuple[str, str], ...]]

# Service and SLO.
SloKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FastWindow:
    """A ledger window that burned fast: where it ends (Unix seconds), its bad events, its burn."""

    end: float
    bad: float
    burn: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The facts about one group of one SLO; what is not there is not known.

    ``source`` is recorded or raw. ``burn`` maps windows to burn rates; ``total_now`` is the total
    per second at the moment of the report; ``fast_windows`` lie in the period, in no order.
    ``begun`` are the SLO windows half of which history reaches back over, or more.
    ``left_out`` are the counts of stretches of maintenance, which ``counts`` hold as well.
    ``fired`` are moments with the names of alerts that fired then; ``firing`` names those that fire
    at the moment of the report, or would if they were recorded. ``series`` are slots of what is
    drawn, the oldest first. ``since`` is when the group's first sample was, None where that may be
    before anything that is asked about.
    """

    source: str
    counts: Mapping[TimeRange, Counts]
    burn: Mapping[str, float]
    total_now: float | None
    fast_windows: tuple[FastWindow, ...] = ()
    fired: tuple[tuple[float, str], ...] = ()
    firing: frozenset[str] = frozenset()
    begun: frozenset[TimeRange] = frozenset()
    left_out: tuple[tuple[TimeRange, Counts], ...] = ()
    series: tuple[Slot, ...] = ()
    since: float | None = None

    @property
    def is_data(self) -> bool:
        """Whether anything was measured; an alert alone is no measurement."""
        return bool(self.counts) or self.total_now is not None

    def left_out_of(self, over: TimeRange) -> Counts:
        """What maintenance leaves out of a time range."""
        inside = [counts for part, counts in self.left_out if over.start < part.end <= over.end]
        return sum(inside, NOTHING)

    def share_since(self, over: TimeRange) -> float:
        """The share of a time range that is not before the group's first sample."""
        if self.since is None:
            return 1.0
        return min(max((over.end - self.since) / over.seconds, 0.0), 1.0)

    def slots(self, over: TimeRange) -> int:
        """How many ledger windows of a time range hold data."""
        counts = self.counts.get(over)
        return counts.slots if counts else 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """That the server refuses to answer about an SLO, in the server's words."""

    slo: str
    words: str


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a server answered: evidence by group, and what to know about the answers.

    ``from_raw`` are the SLOs whose numbers come from raw history. ``added`` are labels that the
    store adds, other than those that tell replicas apart; they are known where it ``has_ledger``.
    ``objectives`` are those by which the loaded rules alert, several right after an edit.
    ``archived`` are the times that were taken from the ``archive`` and not from the server.
    ``do_replicas_differ`` says that the same question had several answers. ``warnings`` are the
    server's own, and ``clock`` is what its clock showed at the first answer (Unix seconds).
    """

    evidence: Mapping[Key, Evidence]
    from_raw: tuple[str, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    added: frozenset[str] = frozenset()
    do_replicas_differ: bool = False
    has_ledger: bool = True
    warnings: tuple[str, ...] = ()
    objectives: Mapping[SloKey, frozenset[str]] = field(default_factory=dict)
    archived: tuple[TimeRange, ...] = ()
    archive: str = ""
    server: str = field(default="", compare=False)
    requests: int = field(default=0, compare=False)
    clock: float | None = field(default=None, compare=False)
