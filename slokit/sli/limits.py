"""Limits that differ by labels: a side in parts that have one limit each and no series in common.

Each series has the limit of the first entry that it matches, so that it is judged once. Decision:
docs/decisions/0032-limits-by-label-are-selectors-without-overlap.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.model.ledger import Side
from slokit.promql.disjoint import narrowed, without
from slokit.promql.faults import find_faults_of_matchers
from slokit.promql.reading import read_matchers
from slokit.promql.selector import Matcher, Selector
from slokit.sli.base import Reader
from slokit.source.fields import PROMQL, fault

# of selectors that the entries of `limits` come down to: each is read on its own
_MOST_PARTS = 50


def _matchers(value: object) -> tuple[Matcher, ...]:
    if not isinstance(value, str):
        raise fault(codes.WRONG_TYPE, "matchers are wanted here", "such as 'verb=\"LIST\"'")
    for found in find_faults_of_matchers(value):
        hint = found.hint or 'write them like verb="LIST",scope=~"cluster|"'
        raise fault(codes.PROMQL_SYNTAX, found.message, hint, span=found.span)
    return read_matchers(value)


LimitMatch = Annotated[tuple[Matcher, ...], PlainValidator(_matchers), WithJsonSchema(PROMQL)]


def split(
    side: Side, matches: Sequence[Sequence[Matcher]], reader: Reader, below: str, *, has_rest: bool
) -> tuple[Side, tuple[int, ...]] | None:
    """The side in parts, and for each the number of its entry; that of the rest stands last.

    ``below`` is the key with a dot that the side and `limits` stand below. None with the reason
    noted where the entries cannot be kept apart, or one can match nothing.
    """
    if side.is_promql:
        message = "limits by label need a selector: slokit adds their matchers to it"
        hint = f"write the {side.key.rpartition('.')[2]}'s name and matchers"
        reader.report(codes.NOT_A_SELECTOR, side.key, message, hint)
        return None
    parts: list[tuple[Selector, int, int]] = []
    for number, part in enumerate(side.parts):
        position = side.positions[number] if side.positions else number
        for entry in range(len(matches) + has_rest):
            chosen = part if entry == len(matches) else narrowed(part, matches[entry])
            left: tuple[Selector, ...] = (chosen,) if chosen is not None else ()
            for before in matches[:entry]:
                left = without(left, before)
            parts += [(one, position, entry) for one in left]
    if _unreached(side, matches, reader, below):
        return None
    if len(parts) > _MOST_PARTS:
        message = f"these limits come down to {len(parts)} selectors, more than {_MOST_PARTS}"
        hint = "match by one label each, and by values that exclude each other"
        reader.report(codes.LIMITS, f"{below}limits", message, hint)
        return None
    selectors = tuple(selector for selector, _, _ in parts)
    positions = tuple(position for _, position, _ in parts)
    return replace(side, parts=selectors, positions=positions), tuple(n for _, _, n in parts)


def _unreached(
    side: Side, matches: Sequence[Sequence[Matcher]], reader: Reader, below: str
) -> bool:
    """Whether an entry can match nothing, or names a label that is not its to choose; noted."""
    is_faulty, left = False, tuple(side.parts)
    for number, match in enumerate(matches):
        key = f"{below}limits.{number}.match"
        for matcher in match:
            if matcher.label in ("le", "__name__"):
                message = f"a limit cannot be chosen by the label {matcher.label!r}"
                reader.report(codes.LIMITS, key, message, "match by a label of the events")
                is_faulty = True
        if not any(narrowed(part, match) for part in left):
            message = "no series is left for this limit"
            own = side.key.rpartition(".")[2]
            hint = f"an entry before it, or the {own}'s own matchers, take all of them"
            reader.report(codes.LIMITS, key, message, hint)
            is_faulty = True
        left = without(left, match)
    return is_faulty
