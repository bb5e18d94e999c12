"""What SLOs read from a server: every selector and expression, with the side it belongs to.

Nothing here talks to a server: it says which series an SLO wants, under which labels, and where in
the spec that is written.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from slokit.diagnostics.finding import KeyPath, Location
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Subject
from slokit.model.ledger import Side, Terms
from slokit.model.live import HasLiveQuestions, LiveQuestions
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.counting import offset
from slokit.promql.presence import ABSENT
from slokit.promql.reading import read
from slokit.promql.selector import Selector
from slokit.sli.sides import join_info

LATEST = 3600
"""Samples that come later than this many seconds are not expected by any rule."""
INFO = "info"
"""The role of a join's info metric among the series of an SLO."""


@dataclass(frozen=True, eq=False)
class InputSeries:
    """One vector that an SLO reads: a selector, or a whole PromQL side.

    ``number`` is its position among the side's parts. ``is_rare`` says that it may well be absent.
    """

    slo: Slo
    side: Side
    number: int
    vector: Selector | str
    is_rare: bool = False

    @cached_property
    def promql(self) -> str:
        """The vector as the rules read it: a selector is as late as the SLO says."""
        return self.earlier(Fraction(0))

    def earlier(self, seconds: Fraction) -> str:
        """The vector of so many seconds before; expressions are as they are written."""
        if isinstance(self.vector, str):
            return self.vector
        return f"{self.vector}{offset(self.slo.folding.offset + seconds)}"

    def over(self, window: str, step: str = "1m") -> str:
        """The samples in a window such as ``1h``; those of an expression at each step."""
        if isinstance(self.vector, str):
            return f"{build.own(self.vector)}[{window}:{step}]"
        return f"{self.vector}[{window}]{offset(self.slo.folding.offset)}"

    @cached_property
    def promql_with_join(self) -> str:
        """The vector with the labels that the SLO's join adds to it."""
        join = self.slo.folding.join
        if join is None or not self.is_joined:
            return self.promql
        info = f"{join_info(self.slo.folding)}{offset(self.slo.folding.offset)}"
        named = build.rename(info, join.renamings)
        return probes.joined(self.promql, named, join.by, join.labels)

    @property
    def is_selector(self) -> bool:
        """Whether it is a selector, and no expression."""
        return isinstance(self.vector, Selector)

    @property
    def is_joined(self) -> bool:
        """Whether slokit joins labels to it; an expression does that itself, with ``$join``."""
        return self.slo.folding.is_joined and self.is_selector and self.side.role != INFO

    @property
    def name(self) -> str:
        """What a message calls it: the metric's name, or the side's key."""
        if isinstance(self.vector, str):
            return f"the expression of '{self.side.key}'"
        return f"'{self.vector.metric() or self.vector}'"

    @cached_property
    def written_at(self) -> tuple[str, str]:
        """The SLO and the key of the text that it comes from, which may stand for several."""
        return self.slo.id, self.side.key_of(self.number)

    @cached_property
    def location(self) -> Location:
        """Where it is written."""
        if self.side.role == INFO:
            return self.slo.location_of("join")
        return location_of_side(self.slo, self.side, self.number)

    @cached_property
    def subject(self) -> Subject:
        """What queries about it name when they fail."""
        return Subject(self.slo.id, self.name, self.slo, self.location)

    @cached_property
    def selectors(self) -> tuple[tuple[Selector, Fraction], ...]:
        """The selector itself, or all within the expression, and how many seconds late they are."""
        if not isinstance(self.vector, str):
            return ((self.vector, self.slo.folding.offset),)
        return selectors_in(self.vector)

    @property
    def needs_all_selectors(self) -> bool:
        """Whether it is an expression whose selectors should all have series."""
        if not isinstance(self.vector, str):
            return False
        return read(self.vector).functions.isdisjoint(ABSENT)

    @property
    def rated(self) -> tuple[str, ...]:
        """The metrics whose rate is taken."""
        if isinstance(self.vector, str):
            return read(self.vector).rated
        return (self.vector.metric(),) if self.side.role == "counter" else ()

    @cached_property
    def group_labels(self) -> tuple[str, ...]:
        """The labels that the SLO is grouped by, under their names on the series."""
        return tuple(dict.fromkeys(self.slo.folding.sources))

    @cached_property
    def needed_labels(self) -> tuple[str, ...]:
        """The labels that its own series must have: less what a join adds, with what it matches."""
        folding, join = self.slo.folding, self.slo.folding.join
        if join is None or not self.is_selector:
            return self.group_labels
        if self.side.role == INFO:
            return tuple(dict.fromkeys([*join.by, *join.sources]))
        if not folding.is_joined:
            return self.group_labels
        own = [label for label in folding.sources if label not in join.labels]
        return tuple(dict.fromkeys([*own, *join.by]))


def selectors_in(promql: str) -> tuple[tuple[Selector, Fraction], ...]:
    """All selectors within an expression, and how many seconds late they are.

    What looks back further, or is also read as it is now, is compared with the past, not late.
    """
    reading, found = read(promql), dict[Selector, Fraction]()
    for selector, seconds in zip(reading.selectors, reading.offsets, strict=True):
        late = Fraction(seconds) if 0 < seconds <= LATEST else Fraction(0)
        found[selector] = min(late, found.get(selector, late))
    return tuple(found.items())


def live_questions(slo: Slo, terms: Terms) -> LiveQuestions:
    """What an SLO's SLI wants asked; at least whether its sides exist."""
    if isinstance(slo.sli, HasLiveQuestions):
        return slo.sli.live_questions(terms)
    return LiveQuestions(tuple(slo.sli.sides()))


def series_of(slo: Slo, questions: LiveQuestions) -> tuple[InputSeries, ...]:
    """All vectors of an SLO, the info metric of its join among them."""
    rare = questions.rare.side if questions.rare else None
    found = [
        InputSeries(slo, side, number, vector, is_rare=side == rare)
        for side in questions.reads
        for number, vector in enumerate(side.parts)
    ]
    uses_join = any("$join" in text for side in questions.reads for text in side.texts)
    if slo.folding.join is not None and (slo.folding.is_joined or uses_join):
        info = join_info(slo.folding)
        side = Side("join", INFO, (slo.folding.join.info,), (info,), is_promql=False)
        found.append(InputSeries(slo, side, 0, info))
    return tuple(found)


def series_of_side(slo: Slo, side: Side) -> tuple[InputSeries, ...]:
    """The vectors of one side."""
    return tuple(InputSeries(slo, side, n, vector) for n, vector in enumerate(side.parts))


def location_of_side(slo: Slo, side: Side, number: int = 0) -> Location:
    """Where a side is written, or one of the selectors in its list."""
    keys: KeyPath = tuple(int(k) if k.isdigit() else k for k in side.key_of(number).split("."))
    return slo.sli_location.at(*keys)
