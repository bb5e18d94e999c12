"""The ledger: what an SLI reads, in which terms, and the two expressions that it comes down to.

Every SLI type answers one question, how much was bad out of how much, and no code outside a type's
own file asks which type it is. Nothing here knows a spec, a rule file or the name of a series.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol, TypeAlias, runtime_checkable

from slokit.promql import build
from slokit.promql.selector import Matcher

# The words for the two sides in names of series.
TOTAL, BAD = "total", "bad"
# Those that a ledger may be asked for instead, each by itself.
GOOD, SLOW = "good", "slow"
# The total as it was measured, where groups without data go on as bad.
SEEN = "seen"

# The total and the bad events of a group at one moment.
Row: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GroupLabel:
    """A label of every series of an SLO, taken from a label of the raw series."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Join:
    """Labels that live on an info metric: ``info`` matched by labels, adding others.

    ``renamings`` are pairs of (label, source) of those labels that are called otherwise there.
    """

    info: str
    by: tuple[str, ...]
    labels: tuple[str, ...]
    renamings: tuple[tuple[str, str], ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The added labels as they stand on the info metric."""
        renamed = dict(self.renamings)
        return tuple(renamed.get(label, label) for label in self.labels)


@dataclass(frozen=True, slots=True)
class Folding:
    """What is common to all sides of an SLO: how they are selected, joined, counted and grouped.

    ``is_exact`` says that the events of counters are counted by differences, not by ``rate()``.
    ``offset`` (seconds) is how late samples come; ``observers`` are labels that tell apart several
    copies of the same series.
    """

    group_by: tuple[GroupLabel, ...]
    selector: tuple[Matcher, ...]
    match: tuple[Matcher, ...]
    join: Join | None
    is_exact: bool = True
    offset: Fraction = Fraction(0)
    observers: tuple[str, ...] = ()

    @property
    def is_joined(self) -> bool:
        """Whether a group label comes from the info metric: only then is it joined to anything."""
        return self.join is not None and not set(self.join.labels).isdisjoint(self.sources)

    @property
    def names(self) -> tuple[str, ...]:
        """The group labels as recorded."""
        return tuple(label.name for label in self.group_by)

    @property
    def sources(self) -> tuple[str, ...]:
        """The group labels as they stand on the raw series."""
        return tuple(label.source for label in self.group_by)

    @property
    def renamings(self) -> tuple[tuple[str, str], ...]:
        """Pairs of (label, source), ordered so that no label is overwritten before it is read."""
        pending = [(g.name, g.source) for g in self.group_by if g.name != g.source]
        ordered: list[tuple[str, str]] = []
        while pending:
            sources = [source for _, source in pending]
            free = next((p for p in pending if p[0] not in sources or p[0] == p[1]), pending[0])
            pending.remove(free)
            ordered.append(free)
        return tuple(ordered)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an SLI: a selector, several selectors, or PromQL.

    ``role`` says what it means: counter, gauge, histogram, epoch or member. ``positions`` are those
    in ``texts`` that the parts are written at, where one text may stand for several parts.
    """

    key: str
    role: str
    texts: tuple[str, ...]
    parts: tuple[Any, ...]
    is_promql: bool
    positions: tuple[int, ...] = ()

    def key_of(self, number: int) -> str:
        """The key of a part: the side's, with the position in its list where it is one."""
        position = self.positions[number] if self.positions else number
        return f"{self.key}.{position}" if len(self.texts) > 1 else self.key


@dataclass(frozen=True, slots=True)
class Terms:
    """What an SLI needs to say its ledger: the folding, the times, and how it reads its own rules.

    ``labels`` are those of the SLO's own series, and ``series`` is the pattern of their names:
    ``slokit:{}:rate5m``. ``written_out`` has expressions that stand in the place of recorded
    series, by their names: with all of them a ledger reads nothing but raw series. With
    ``asks_presence`` the ledger says who has samples now. With ``counts_from_first`` a counter that
    is younger than the window is counted from its first sample on. ``prefix`` is what the names of
    its own total and bad begin with, where those are not yet its ledger.
    """

    folding: Folding
    window: str
    window_seconds: Fraction
    interval: str
    labels: Mapping[str, str]
    series: str
    written_out: Mapping[str, str] = field(default_factory=dict)
    scrape_interval: Fraction = Fraction(30)
    interval_seconds: Fraction = Fraction(30)
    asks_presence: bool = False
    counts_from_first: bool = False
    prefix: str = ""

    def named(self, side: str) -> str:
        """What the SLO's own total or bad is called."""
        return self.prefix + side

    def is_written_out(self, name: str) -> bool:
        """Whether an expression stands in the place of a recorded series."""
        return name in self.written_out

    def recorded(self, name: str) -> str:
        """What an earlier rule of this SLO gave in the same evaluation: a vector, by its name."""
        return self.written_out.get(name) or build.series(self.series.format(name), self.labels)

    def of_slo(self, slo_id: str, side: str) -> str:
        """The total or the bad of another SLO of the bundle, which its own rules record."""
        service, _, slo = slo_id.partition("/")
        own = {**self.labels, "service": service, "slo": slo}
        return self.written_out.get(f"{slo_id} {side}") or build.series(
            self.series.format(side), own
        )

    @property
    def recorded_total(self) -> str:
        """The total, which is recorded right before the bad."""
        return self.recorded(self.named(TOTAL))


@dataclass(frozen=True, slots=True)
class SupportingRule:
    """What is recorded for the expressions behind it, which read it as ``terms.recorded(name)``.

    ``name`` is a word of the SLI's own, other than total and bad.
    """

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class SidesApart:
    """The sides of a ledger as expressions that read none of each other: the others are empty.

    Two of good, bad and total; beside bad and total there may be ``slow`` events, bad ones as well.

    The expressions of a ledger over raw series alone hold what they read of each other several
    times. Who evaluates many moments asks for each side once, and makes each moment's row of them.
    With ``adds_up`` the row of sums over several moments is the sum of their rows.
    """

    good: str = ""
    bad: str = ""
    total: str = ""
    slow: str = ""
    adds_up: bool = field(default=False, kw_only=True)

    def expressions(self) -> dict[str, str]:
        """The expressions by the names of their sides."""
        sides = {GOOD: self.good, BAD: self.bad, TOTAL: self.total, SLOW: self.slow}
        return {side: expression for side, expression in sides.items() if expression}

    def row(
        self, good: float | None, bad: float | None, total: float | None, slow: float | None = None
    ) -> Row | None:
        """The total and bad events of a group at one moment, as the ledger's expressions give them.

        A side without a sample is None; there is no row where the group has none.

        >>> SidesApart(bad="B", total="T").row(None, None, 5.0)
        (5.0, 0.0)
        >>> SidesApart(bad="B", total="T").row(None, 2.0, None)
        (2.0, 2.0)
        >>> SidesApart(good="G", total="T").row(3.0, None, 5.0)
        (5.0, 2.0)
        >>> SidesApart(good="G", bad="B").row(3.0, 2.0, None)
        (5.0, 2.0)

        Without slow ones nothing is known but failures; what failed and was slow is in both.

        >>> SidesApart(bad="B", total="T", slow="S").row(None, 2.0, 5.0, 4.0)
        (5.0, 5.0)
        >>> SidesApart(bad="B", total="T", slow="S").row(None, 0.0, 5.0) is None
        True
        """
        if self.slow:
            whole = bad if total is None else total
            if whole is None or (slow is None and not bad):
                return None
            return whole, min((bad or 0.0) + (slow or 0.0), whole)
        if not self.bad:
            return None if total is None else (total, max(total - (good or 0.0), 0.0))
        whole = total if self.total else good
        if whole is None and bad is None:
            return None
        if not self.total:
            return (good or 0.0) + (bad or 0.0), bad or 0.0
        # a group that has failed and is not in the total is all bad
        return total if total is not None else (bad or 0.0), bad or 0.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """The two expressions that every SLI comes down to, and what is recorded before them.

    The order of evaluation is that of ``supporting``, then ``total``, then ``bad``. ``apart`` is
    the same as sides, where the row of a moment follows from them. With ``is_whole`` the row at the
    end of a ledger window says all that was in it. ``present`` are the groups that have a raw
    sample now, where the terms ask for it and the total goes on for some minutes without one.
    """

    total: str
    bad: str
    supporting: tuple[SupportingRule, ...] = ()
    apart: SidesApart | None = None
    is_whole: bool = False
    present: str = ""


@dataclass(frozen=True, slots=True)
class LedgerUnit:
    """A unit in which people count one side of a ledger; of a time, numbers are seconds."""

    singular: str
    plural: str
    is_time: bool = False


EVENT = LedgerUnit("event", "events")
_SECOND = LedgerUnit("second", "seconds", is_time=True)
_ACTIVE_SECOND = LedgerUnit("second of traffic", "seconds of traffic", is_time=True)
_MEMBER_SECOND = LedgerUnit("member-second", "member-seconds", is_time=True)
_OF_SLICES = "time slices weigh time, not events: a quiet slice counts as much as a busy one"


class CountedIn(Enum):
    """What an SLI counts: the unit of the bad, that of the total, and words for the whole.

    ``caveat`` is a sentence that every output shows, where the numbers mean less than they seem to.
    This is what reports, dashboards and explanations ask where they need to know: never the type.
    """

    EVENTS = (EVENT, EVENT, "all events")
    SECONDS = (_SECOND, _SECOND, "the time")
    MEMBER_SECONDS = (_MEMBER_SECOND, _MEMBER_SECOND, "the members' time")
    EVENTS_IN_TIME = (EVENT, _SECOND, "the time")
    TIME_OF_RATIO = (
        _SECOND,
        _SECOND,
        "the time",
        "a given ratio weighs time, not events: a quiet hour counts as much as a busy one",
    )
    TIME_OF_MEMBERS = (
        _SECOND,
        _ACTIVE_SECOND,
        "the time",
        "a composite weighs time, not events: a quiet hour counts as much as a busy one",
    )
    TIME_OF_SLICES = (_SECOND, _SECOND, "the time", _OF_SLICES)
    TIME_OF_BUSY_SLICES = (_SECOND, _ACTIVE_SECOND, "the time", _OF_SLICES)

    def __init__(self, bad: LedgerUnit, total: LedgerUnit, whole: str, caveat: str = "") -> None:
        self.bad = bad
        self.total = total
        self.whole = whole
        self.caveat = caveat

    @property
    def is_time(self) -> bool:
        """Whether good and bad are both times, so that traffic makes no difference."""
        return self.bad.is_time and self.total.is_time

    @property
    def is_of_time(self) -> bool:
        """Whether the total is the time that was measured: that of a group, not of its members."""
        return self.total is _SECOND


@lru_cache(maxsize=1024)
def allowed_share(objective: Decimal) -> Fraction:
    """The share of bad that an objective leaves: 1/1000 for 99.9 %, exact."""
    return 1 - Fraction(objective)


RATE_RANGE = "[$__rate_interval]"  # which a viewer chooses


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to look at the raw series that an SLI reads: what its debug panel shows.

    ``queries`` are pairs of (expression, name of its lines with labels as ``{{label}}``), over a
    range that the viewer puts in the place of ``RATE_RANGE``. ``unit`` is that of the metric,
    as :attr:`Sli.unit`, or ``per second`` or ``events``. ``form`` is how it is drawn: ``lines``,
    ``buckets`` or ``native`` for the buckets of a native histogram. ``limits`` are values at which
    good becomes bad.
    """

    key: str
    title: str
    description: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    form: str = "lines"
    limits: tuple[Fraction, ...] = ()


class Sli(Protocol):
    """An SLI, whatever its type: no code outside a type's own file asks which one it is."""

    @property
    def type(self) -> str:
        """The type's key in the spec."""

    @property
    def measure(self) -> str:
        """How a ledger sample is to be read: as ``rate``, ``count`` or ``level``.

        ``rate`` and ``count`` are means over the ledger window, and ``level`` is one instant. While
        a group is not seen, the mean of a ``rate`` is that of what was; a ``count`` has nothing.
        """

    @property
    def counted_in(self) -> CountedIn:
        """What the numbers of its ledger mean."""

    @property
    def unit(self) -> str:
        """The unit of the limit, or an empty string."""

    @property
    def limit_text(self) -> str:
        """The limit or allowance as a person reads it, or an empty string."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Its keys beside sides and limits that say how it counts, with their values as text."""

    def failing(self, name: str) -> tuple[str, str]:
        """What stands behind a number of bad, and behind how many are allowed, in an alert's text.

        ``of requests fail`` behind a percentage, and behind a count ``failover|failovers``: one and
        many; ``may``, ``are allowed``. The SLO is called ``name``.
        """

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad per total; events per second where the total is time."""

    def ledger(self, terms: Terms) -> Ledger:
        """The total and bad expressions."""

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """What to look at in the raw series when it is bad; ``match`` of the terms narrows them."""

    def sides(self) -> Iterable[Side]:
        """Everything that the SLI reads, as written, for checks."""


@runtime_checkable
class OverAnother(Protocol):
    """An SLI whose ledger judges what another SLI measures, such as slices of its events.

    What a maintenance stops, and what goes on without data, is in what is measured.
    """

    @property
    def measured(self) -> Sli:
        """The other one."""

    def measuring(self, measured: Sli) -> Sli:
        """The same over another one."""

    def terms_of_measured(self, terms: Terms) -> Terms:
        """The terms in which the other one says its ledger."""

    def of(self, measured: Ledger, terms: Terms) -> Ledger:
        """The ledger over the other one's."""


def over_another(sli: Sli) -> OverAnother | None:
    """The SLI where it is over another one."""
    # asking a protocol takes its time, and a bundle may have thousands of SLOs
    return sli if hasattr(sli, "measured") and isinstance(sli, OverAnother) else None


def measured_by(sli: Sli) -> Sli:
    """What an SLI counts at any moment: of slices, what is in them."""
    over = over_another(sli)
    return measured_by(over.measured) if over else sli


def in_place_of(sli: Sli, measured: Sli) -> Sli:
    """The SLI over something else that is measured."""
    over = over_another(sli)
    return over.measuring(in_place_of(over.measured, measured)) if over else measured


def ledger_over(sli: Sli, terms: Terms, count: Callable[[Sli, Terms], Ledger]) -> Ledger:
    """The ledger of an SLI, where ``count`` says that of what is measured."""
    if over := over_another(sli):
        return over.of(ledger_over(over.measured, over.terms_of_measured(terms), count), terms)
    return count(sli, terms)
