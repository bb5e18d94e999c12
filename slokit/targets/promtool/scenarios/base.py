"""What a scenario is: raw series that go through phases, and the ledger row at each phase's end.

The row is a closed form of the phase (events per second, bad share, members that fail) and never
comes from the SLI's own expressions. Series are found for selectors only: a side that is PromQL has
no scenario, since only PromQL itself knows which series would give it a value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from slokit.model.ledger import Side, Terms
from slokit.promql.selector import Matcher, Selector
from slokit.sli.sides import join_info
from slokit.targets.promtool.raw_series import RawSeries, decoys, selects, series_of, value

ONE, NONE = Fraction(1), Fraction(0)
_SHARDS = Fraction(1, 4), Fraction(3, 4)
DECOY = Fraction(7)
MEMBERS = 3  # of a group, where it has several
_GROWING = frozenset(("counter", "histogram", "epoch"))
_MOST_DECOYS = 6

Values = dict[RawSeries, Fraction]


class NoScenarioError(Exception):
    """The SLI's series cannot be written down; never leaves the scenarios."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """All events and bad ones per second."""

    total: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time in which everything is steady.

    ``values`` has a value for each series, or its growth per second; series that it lacks have
    stopped. ``jumps`` are added to values at the phase's beginning, and ``resets`` begin at zero
    there. ``ledger`` is the row at the phase's end, if there is one. ``seconds`` is how long the
    phase lasts at least; the ledger window and some more, unless given. ``is_brief`` phases end
    before the ledger window has passed, so that a jump is still in it.
    """

    title: str
    values: Mapping[RawSeries, Fraction]
    ledger: LedgerRow | None
    jumps: Mapping[RawSeries, Fraction] = field(default_factory=dict)
    resets: frozenset[RawSeries] = frozenset()
    seconds: Fraction = NONE
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """The phases in their order; a total outage is the first, unless that is a single sample.

    ``group`` has the recorded group labels of all rows. ``reads`` select all series that can add to
    a row, and ``info`` those that labels are joined from.
    """

    group: Mapping[str, str]
    phases: tuple[Phase, ...]
    reads: tuple[Selector, ...]
    info: Selector | None


class RawGroup:
    """One group of one SLO: its labels, its members, and the series that its sides select.

    Groups of different lanes have different labels, as far as selectors leave a choice.
    """

    def __init__(
        self, terms: Terms, lane: int, sides: Sequence[Side], members: Sequence[str] = ()
    ) -> None:
        if any(side.is_promql for side in sides):
            raise NoScenarioError
        self.folding = terms.folding
        self._sides, self._lane = sides, lane
        self.members = tuple(label for label in members if label not in terms.folding.sources)
        self._info = None if self.folding.join is None else join_info(self.folding)
        self._selectors: list[Selector] = [part for side in sides for part in side.parts]
        self._selectors += [self._info] if self._info else []
        self._sources = {source: self._value(source, lane) for source in self.folding.sources}
        self.group = {g.name: self._sources[g.source] for g in self.folding.group_by}

    def scenario(self, phases: Iterable[Phase]) -> Scenario:
        """The scenario of these phases."""
        # An expected member without a group is no member, so its series adds to no row.
        joined = self.folding.join.labels if self.folding.join else ()
        grouped = [Matcher(s, "!=", "") for s in self.folding.sources if s not in joined]
        reads = (
            part.inheriting((), grouped) if side.role == "member" else part
            for side in self._sides
            for part in side.parts
        )
        return Scenario(self.group, tuple(phases), tuple(reads), self._info)

    def _value(self, label: str, number: int, otherwise: int = 0) -> str:
        """A value of a label that every selector which asks for it is content with.

        Of those that there are the one of this number, or the other where they are fewer.
        """
        asked = dict.fromkeys(m for s in self._selectors for m in s.matchers if m.label == label)
        matchers = tuple(asked)
        if any(m.op == "=" for m in matchers):
            number = otherwise = 0
        found = value(label, matchers, number) or value(label, matchers, otherwise)
        if found is None:
            raise NoScenarioError
        return found

    def labels(self, member: int) -> dict[str, str]:
        """The labels of a raw series of a member: its own, and those of the group."""
        joined = self.folding.join.labels if self.folding.join else ()
        group = {k: v for k, v in self._sources.items() if k not in joined}
        own = dict.fromkeys((*self.members, *(k for k in self.keys if k not in group)))
        # Lanes have values of their own: no row of one SLO counts the series of another.
        number = self._lane * MEMBERS + member
        return {**{label: self._value(label, number, member) for label in own}, **group}

    @property
    def keys(self) -> tuple[str, ...]:
        """The labels that an info metric is matched by."""
        return self.folding.join.by if self.folding.join else ()

    def infos(self, members: int) -> Values:
        """The info series of so many members, twice each: 1, and nothing where there is no join."""
        join, info = self.folding.join, self._info
        if join is None or info is None:
            return {}
        found: Values = {}
        pairs = zip(join.labels, join.sources, strict=True)
        joined = {raw: self._sources[k] for k, raw in pairs if k in self._sources}
        for member in range(members):
            wanted = {k: v for k, v in self.labels(member).items() if k in join.by}
            series = _known(series_of(info, {**wanted, **joined}))
            found[series] = ONE
            # A second info series, as after a restart, must not count a member twice.
            copy = series.with_label("copy", "copy-1")
            if selects(info, copy):
                found[copy] = ONE
        return found

    def always(self, values: Values, members: int = 1) -> Values:
        """What every phase has besides its own values: info series, and decoys of all."""
        infos = self.infos(members)
        return {**infos, **self.decoys(merged([values, infos]), DECOY)}

    def series(
        self, side: Side, part: Selector, number: Fraction, member: int, *, other: int = 0
    ) -> Values:
        """The series by which a part of a side has a member's number.

        ``other`` chooses another series where the part leaves a choice.
        """
        grows = side.role in _GROWING
        return {_known(series_of(part, self.labels(member), grows=grows, number=other)): number}

    def shards(
        self, side: Side, part: Selector, number: Fraction, member: int = 0, *, other: int = 0
    ) -> Values:
        """As `series`, out of two series that add up: a quarter of the number, and the rest."""
        found: Values = {}
        for series, whole in self.series(side, part, number, member, other=other).items():
            shards = [series.with_label("shard", f"shard-{n}") for n in (1, 2)]
            if not self.has_shards(series) or not all(selects(part, shard) for shard in shards):
                found[series] = whole
                continue
            found |= scaled(dict(zip(shards, _SHARDS, strict=True)), whole)
        return found

    def has_shards(self, series: RawSeries) -> bool:
        """Whether several series of one member may differ in the label ``shard``."""
        join = self.folding.join
        # a join would write over it, and make them one
        return not series.get("shard") and (join is None or "shard" not in join.labels)

    def ungrouped(self, side: Side, member: int) -> Values:
        """A member's samples of a side, but without one of the group labels."""
        join = self.folding.join
        labels = [s for s in self.folding.sources if not join or s not in join.labels]
        return {
            series.with_label(label, ""): ONE
            for part in side.parts
            for series in self.series(side, part, ONE, member)
            for label in labels
        }

    def has_members(self) -> bool:
        """Whether a group may have several members: not where the member is the group itself."""
        return self.labels(0) != self.labels(1)

    def decoys(self, given: Iterable[RawSeries], number: Fraction) -> Values:
        """Series that just miss a selector, and that nothing else selects."""
        given, found = list(given), {}
        for selector in dict.fromkeys(self._selectors):
            series = next((s for s in given if selects(selector, s)), None)
            for decoy in decoys(selector, series) if series else ():
                if not any(selects(s, decoy) for s in self._selectors):
                    found[self._elsewhere(decoy) if selector == self._info else decoy] = number
        # A few show what any number would, and every series is read by every rule.
        return dict(list(found.items())[:_MOST_DECOYS])

    def _elsewhere(self, info: RawSeries) -> RawSeries:
        """An info series that would put its members into a second group."""
        for label in self.folding.join.sources if self.folding.join else ():
            info = info.with_label(label, "elsewhere" if info.get(label) else "")
        return info


def found_by(side: Side, series: RawSeries) -> bool:
    """Whether a side, all of selectors, finds the series."""
    return any(selects(part, series) for part in side.parts)


def _known(series: RawSeries | None) -> RawSeries:
    if series is None:
        raise NoScenarioError
    return series


def merged(parts: Iterable[Values]) -> Values:
    """Series of several parts together; none may need two numbers at once."""
    found: Values = {}
    for part in parts:
        for series, number in part.items():
            if found.setdefault(series, number) != number:
                raise NoScenarioError
    return found


def scaled(values: Values, factor: Fraction) -> Values:
    """The same series with so many times their numbers."""
    numbers = tuple(number.as_integer_ratio() for number in values.values())
    return dict(zip(values, _products(numbers, factor.as_integer_ratio()), strict=True))


# Many SLOs of a bundle have the same numbers, and whole ones have quick hashes.
@lru_cache(maxsize=1024)
def _products(
    numbers: tuple[tuple[int, int], ...], factor: tuple[int, int]
) -> tuple[Fraction, ...]:
    return tuple(Fraction(*number) * Fraction(*factor) for number in numbers)
