"""The stage of a rehearsal: the SLO's group and members, and series that its sides would find."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from slokit.model.ledger import Folding, Side, Terms
from slokit.promql.label_values import value
from slokit.promql.raw_series import RawSeries, decoys, selects, series_of
from slokit.promql.reading import read
from slokit.promql.selector import Matcher, Selector
from slokit.promql.solve import longest_range, solve, suggestions
from slokit.sli.sides import join_info

ONE = Fraction(1)
_GROWING = frozenset(("counter", "histogram", "epoch"))
_MOST_DECOYS = 6

Given = dict[RawSeries, Fraction]


class OffStageError(Exception):
    """The SLI's series cannot be written down; caught where the rehearsal begins."""


class Stage:
    """One group of one SLO, and the series of its sides.

    ``settling`` is how many seconds its expressions look back: until then they hold the act before.
    """

    def __init__(self, terms: Terms, sides: Sequence[Side], members: Sequence[str] = ()) -> None:
        self.folding: Folding = terms.folding
        self.members = tuple(label for label in members if label not in terms.folding.sources)
        self.selectors = [s for side in sides for part in side.parts for s in selectors_of(part)]
        self._has_expressions = bool(_texts(sides))
        self.settling = max(map(longest_range, _texts(sides)), default=Fraction(0))
        self._info = None if self.folding.join is None else join_info(self.folding)
        self._made = _made_labels(sides)
        self._sources = {source: self._source(source) for source in self.folding.sources}
        self.group = {g.name: self._sources[g.source] for g in self.folding.group_by}

    def _source(self, label: str) -> str:
        """A value of a group label that every selector which asks for it is content with."""
        found = self._made.get(label) or value(label, self._matchers(label))
        if found is None:
            raise OffStageError
        return found

    def _matchers(self, label: str) -> tuple[Matcher, ...]:
        asked = [*self.selectors, *([self._info] if self._info else [])]
        return tuple(dict.fromkeys(m for s in asked for m in s.matchers if m.label == label))

    def labels(self, member: int) -> dict[str, str]:
        """The labels of a raw series of a member: its own, and those of the group."""
        join = self.folding.join
        # Selectors get the joined labels from the info metric; an expression may have its own.
        joined = join.labels if join and not self._has_expressions else ()
        keys = join.by if join else ()
        group = {k: v for k, v in self._sources.items() if k not in joined}
        own = dict.fromkeys((*self.members, *(k for k in keys if k not in group)))
        return {**{label: self._of_member(label, member) for label in own}, **group}

    def _of_member(self, label: str, member: int) -> str:
        matchers = self._matchers(label)
        fixed = any(m.op == "=" for m in matchers)
        found = value(label, matchers, 0 if fixed else member)
        if found is None:
            raise OffStageError
        return found

    @property
    def keys(self) -> tuple[str, ...]:
        """The labels that an info metric is matched by."""
        return self.folding.join.by if self.folding.join else ()

    def infos(self, members: int) -> Given:
        """The info series of so many members, twice each: 1, and nothing where there is no join."""
        join, info = self.folding.join, self._info
        if join is None or info is None:
            return {}
        found: Given = {}
        for member in range(members):
            wanted = {k: v for k, v in self.labels(member).items() if k in join.by}
            wanted |= self._joined()
            series = _known(series_of(info, wanted))
            found[series] = ONE
            copy = _labelled(series, "copy", "copy-1")
            if selects(info, copy):
                found[copy] = ONE
        return found

    def _joined(self) -> dict[str, str]:
        """The group labels that live on the info metric."""
        joined = self.folding.join.labels if self.folding.join else ()
        return {label: self._sources[label] for label in joined if label in self._sources}

    def give(
        self, side: Side, part: Selector | str, number: Fraction, member: int, *, other: int = 0
    ) -> Given:
        """The series that make a part of a side give a member's number.

        ``other`` chooses another series where the part leaves a choice.
        """
        labels = self.labels(member)
        if isinstance(part, Selector):
            grows = side.role in _GROWING
            return {_known(series_of(part, labels, grows=grows, number=other)): number}
        reading = read(part)
        kept = {label: text for label, text in labels.items() if not reading.loses(label)}
        solved = solve(part, number, kept)
        if solved is None:
            raise OffStageError
        return solved

    def give_parts(
        self, side: Side, part: Selector | str, number: Fraction, member: int = 0, *, other: int = 0
    ) -> Given:
        """As `give`, out of two series that add up: a quarter of the number, and the rest."""
        given = self.give(side, part, number, member, other=other)
        if isinstance(part, str):
            return given
        found: Given = {}
        for series, whole in given.items():
            shards = [_labelled(series, "shard", f"shard-{n}") for n in (1, 2)]
            if series.get("shard") or not all(selects(part, shard) for shard in shards):
                found[series] = whole
                continue
            found |= {shards[0]: whole / 4, shards[1]: whole * 3 / 4}
        return found

    def ungrouped(self, side: Side, member: int) -> Given:
        """A member's samples of a side, but without one of the group labels."""
        join = self.folding.join
        labels = [s for s in self.folding.sources if not join or s not in join.labels]
        found: Given = {}
        for part in side.parts:
            for series in self.give(side, part, ONE, member) if isinstance(part, Selector) else ():
                for label in labels:
                    found[_labelled(series, label, "")] = ONE
        return found

    def keeps_members(self, side: Side) -> bool:
        """Whether the side has a sample of its own for each member of a group."""
        if self.labels(0) == self.labels(1):
            return False  # the member is the group, or a matcher takes only one
        if not side.is_promql:
            return True
        readings = [read(part) for part in side.parts]
        return not any(reading.loses(label) for reading in readings for label in self.members)

    def decoys(self, given: Iterable[RawSeries], number: Fraction) -> Given:
        """Series that just miss a selector, and that nothing else selects."""
        given, found = list(given), {}
        asked = [*self.selectors, *([self._info] if self._info else [])]
        for selector in dict.fromkeys(asked):
            series = next((s for s in given if selects(selector, s)), None)
            for decoy in decoys(selector, series) if series else ():
                if not any(selects(s, decoy) for s in asked):
                    found[self._elsewhere(decoy) if selector == self._info else decoy] = number
        return dict(list(found.items())[:_MOST_DECOYS])

    def _elsewhere(self, info: RawSeries) -> RawSeries:
        """An info series that would put its members into a second group."""
        join = self.folding.join
        joined = join.labels if join else ()
        labels = tuple((k, "elsewhere" if k in joined else v) for k, v in info.labels)
        return RawSeries(info.name, labels)


def selectors_of(part: Selector | str) -> tuple[Selector, ...]:
    """The selectors of a part of a side."""
    return (part,) if isinstance(part, Selector) else read(part).selectors


def _made_labels(sides: Iterable[Side]) -> dict[str, str]:
    return {label: made for text in _texts(sides) for label, made in suggestions(text).items()}


def _texts(sides: Iterable[Side]) -> list[str]:
    return [part for side in sides for part in side.parts if isinstance(part, str)]


def _labelled(series: RawSeries, label: str, text: str) -> RawSeries:
    """The series with one more label, or without one where its text is empty."""
    labels = {**dict(series.labels), label: text}
    kept = tuple(sorted((k, v) for k, v in labels.items() if v))
    return RawSeries(series.name, kept, series.grows)


def _known(series: RawSeries | None) -> RawSeries:
    if series is None:
        raise OffStageError
    return series


def merged(parts: Iterable[Given]) -> Given:
    """Series of several parts together; none may need two numbers at once."""
    found: Given = {}
    for part in parts:
        for series, number in part.items():
            if found.setdefault(series, number) != number:
                raise OffStageError
    return found
