"""What SLOs read from a server: every selector and expression with the side it belongs to."""

from dataclasses import dataclass
from functools import cached_property

from slokit.diagnostics.location import Location
from slokit.livecheck.engine import places
from slokit.model.ledger import Side, Terms
from slokit.model.live import AsksMore, LiveQuestions
from slokit.model.slo import Slo
from slokit.promql.reading import read
from slokit.promql.selector import Selector
from slokit.sli.sides import join_info

INFO = "info"
"""The role of a join's info metric among the parts."""


@dataclass(frozen=True, eq=False)
class Part:
    """One vector that an SLO reads: a selector, or a whole PromQL side.

    ``number`` is its position in the side's list. ``is_rare`` says that it may well be absent.
    """

    slo: Slo
    side: Side
    number: int
    vector: Selector | str
    is_rare: bool

    @cached_property
    def text(self) -> str:
        """The vector as PromQL."""
        return str(self.vector)

    @property
    def name(self) -> str:
        """What a message calls it: the metric's name, or the side's key."""
        if isinstance(self.vector, str):
            return f"the expression of '{self.side.key}'"
        return f"'{self.vector.metric() or self.vector}'"

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """The selector itself, or all within the expression."""
        if isinstance(self.vector, str):
            return read(self.vector).selectors
        return (self.vector,)

    @property
    def must_hold_all(self) -> bool:
        """Whether it is an expression whose selectors should all have series."""
        if not isinstance(self.vector, str):
            return False
        return not read(self.vector).functions & {"absent", "absent_over_time"}

    @property
    def rated(self) -> tuple[str, ...]:
        """The metrics whose rate is taken."""
        if isinstance(self.vector, str):
            return read(self.vector).rated
        return (self.vector.metric(),) if self.side.role == "counter" else ()

    @property
    def place(self) -> Location:
        """Where it is written."""
        if self.side.role == INFO:
            return places.of_setting(self.slo, "join")
        return places.of_side(self.slo, self.side, self.number)

    @property
    def has_join(self) -> bool:
        """Whether slokit joins labels to it."""
        joins = self.slo.folding.join is not None and isinstance(self.vector, Selector)
        return joins and self.side.role != INFO

    @cached_property
    def group_labels(self) -> tuple[str, ...]:
        """The labels that the SLO is grouped by, under their names on the series."""
        return tuple(dict.fromkeys(self.slo.folding.sources))

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The labels that its own series must have."""
        folding, join = self.slo.folding, self.slo.folding.join
        if join is None or isinstance(self.vector, str):
            return self.group_labels
        if self.side.role == INFO:
            return tuple(dict.fromkeys([*join.by, *join.labels]))
        own = [label for label in folding.sources if label not in join.labels]
        return tuple(dict.fromkeys([*own, *join.by]))


def questions_of(slo: Slo, terms: Terms) -> LiveQuestions:
    """What an SLO's SLI wants asked; at least whether its sides exist."""
    if isinstance(slo.sli, AsksMore):
        return slo.sli.live_questions(terms)
    return LiveQuestions(tuple(slo.sli.sides()))


def parts_of(slo: Slo, questions: LiveQuestions) -> tuple[Part, ...]:
    """All vectors of an SLO, the info metric of its join among them."""
    rare = questions.rare.side if questions.rare else None
    return (
        *(part for side in questions.reads for part in of_side(slo, side, is_rare=side == rare)),
        *_info(slo),
    )


def of_side(slo: Slo, side: Side, *, is_rare: bool = False) -> tuple[Part, ...]:
    """The vectors of one side."""
    return tuple(Part(slo, side, n, vector, is_rare) for n, vector in enumerate(side.parts))


def _info(slo: Slo) -> tuple[Part, ...]:
    if slo.folding.join is None:
        return ()
    info = join_info(slo.folding)
    side = Side("join", INFO, (slo.folding.join.info,), (info,), is_promql=False)
    return of_side(slo, side)
