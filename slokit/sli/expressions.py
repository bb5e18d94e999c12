"""Sides as PromQL: selected, joined, renamed and folded."""

from collections.abc import Sequence
from fractions import Fraction

from slokit.model.ledger import Side, Terms
from slokit.promql import build
from slokit.promql.selector import Matcher, Selector
from slokit.sli.sides import join_info


def renamed(terms: Terms, vector: str) -> str:
    """The vector with the group labels under their recorded names."""
    return build.rename(vector, terms.folding.renamings)


def fold(terms: Terms, operation: str, vector: str, parameter: str = "") -> str:
    """The vector folded by the group labels."""
    return build.fold(operation, terms.folding.names, vector, parameter)


def joined(terms: Terms, vector: str, *, over: str = "", offset: str = "") -> str:
    """The vector with the labels of the info metric, which is read over the same span."""
    join = terms.folding.join
    if join is None:
        return vector
    info = str(join_info(terms.folding))
    info = f"last_over_time({info}[{over}])" if over else f"{info}{offset}"
    return build.join(vector, info, join.by, join.labels)


def zero(terms: Terms) -> str:
    """Zero for every group that has a total: the fill of a side that no error made yet."""
    return f"{build.IGNORING} 0 * {terms.recorded_total}"


def or_zero(terms: Terms, vector: str) -> str:
    """The vector, and zero for every group that has only a total."""
    return f"{vector}\nor {zero(terms)}"


def counted(terms: Terms, side: Side) -> str:
    """Events per second by group: the fold of one side of counters or levels."""
    vectors = [_flow(terms, side, part) for part in side.parts]
    if len(vectors) == 1:
        return fold(terms, "sum", vectors[0])
    return fold(terms, "sum", build.union([fold(terms, "sum", vector) for vector in vectors]))


def counted_together(terms: Terms, sides: Sequence[Side]) -> str:
    """Several sides in one sum; a side that has no series adds nothing."""
    vectors = [_flow(terms, side, part) for side in sides for part in side.parts]
    return fold(terms, "sum", build.union([fold(terms, "sum", vector) for vector in vectors]))


def _flow(terms: Terms, side: Side, part: Selector | str) -> str:
    if isinstance(part, str):
        return renamed(terms, build.events_only(build.own(part)))
    if side.role == "gauge":
        return renamed(terms, joined(terms, f"({build.events_only(str(part))})"))
    return renamed(terms, joined(terms, build.rate(str(part), terms.window)))


def value(terms: Terms, part: Selector | str, *, offset: str = "") -> str:
    """The samples of a gauge, or of the user's expression."""
    if isinstance(part, str):
        return renamed(terms, build.own(part))
    return renamed(terms, joined(terms, f"{part}{offset}", offset=offset))


def remembered(terms: Terms, part: Selector | str, span: Fraction, text: str) -> str:
    """What was seen within a span of time."""
    if isinstance(part, str):
        return renamed(terms, f"last_over_time({build.own(part)}[{text}:1m])")
    return renamed(terms, joined(terms, f"last_over_time({part}[{text}])", over=text))


def member_matchers(terms: Terms, members: Sequence[str]) -> tuple[Matcher, ...]:
    """What an expected member must match: of ``match`` the part on its own labels, and a group."""
    folding = terms.folding
    joined_labels = folding.join.labels if folding.join else ()
    groups = [label for label in folding.sources if label not in joined_labels]
    known = {*groups, *members}
    kept = tuple(m for m in folding.match if m.label in known)
    return (*kept, *(Matcher(label, "!=", "") for label in dict.fromkeys(groups)))
