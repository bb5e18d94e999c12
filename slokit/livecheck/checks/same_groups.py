"""Whether both sides of an SLI have the same groups."""

from collections.abc import Iterator
from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import Part, of_side
from slokit.livecheck.engine.presence import MOST_GROUPS
from slokit.livecheck.engine.question import Question
from slokit.model.ledger import Side
from slokit.model.live import Pair
from slokit.model.slo import Slo

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Compared:
    slo: Slo
    pair: Pair
    part: tuple[Part, ...]
    whole: tuple[Part, ...]


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each pair of sides of which one has groups that the other lacks."""
    pairs = [
        _Compared(slo, pair, of_side(slo, pair.part), of_side(slo, pair.whole))
        for slo in inquiry.slos
        for pair in inquiry.questions(slo).pairs
        if slo.folding.group_by
    ]
    inquiry.presence.groups(part for c in pairs for part in (*c.part, *c.whole))
    for compared in pairs:
        yield from _of_pair(inquiry, compared)


def _of_pair(inquiry: Inquiry, compared: _Compared) -> Iterator[Finding]:
    part, whole = (_groups(inquiry, parts) for parts in (compared.part, compared.whole))
    if not part or not whole:
        return
    pair, slo = compared.pair, compared.slo
    if part.isdisjoint(whole):
        message = f"{_called(pair)} have no group in common: {_shown(slo, part)} against "
        place = compared.part[0].place
        hint = "take both from label values that agree"
        yield Finding(codes.GROUPS_DIFFER, message + _shown(slo, whole), place, hint)
        return
    if extra := part - whole:
        yield _differ(compared, pair.part, pair.whole, extra)
    if pair.is_complete and (missing := whole - part):
        yield _differ(compared, pair.whole, pair.part, missing)


def _differ(compared: _Compared, has: Side, lacks: Side, groups: set[Group]) -> Finding:
    name, other = _side_name(compared.pair, has), _side_name(compared.pair, lacks)
    message = f"{name} has groups that {other} lacks: {_shown(compared.slo, groups)}"
    place = compared.part[0].place
    return Finding(codes.GROUPS_DIFFER, message, place, "their ratio is not what it seems")


def _side_name(pair: Pair, side: Side) -> str:
    """The side's key, or its metric where both sides are written as one."""
    if pair.part.key != pair.whole.key:
        return f"'{side.key}'"
    return f"'{getattr(side.parts[0], 'name', side.key)}'"


def _called(pair: Pair) -> str:
    return f"{_side_name(pair, pair.part)} and {_side_name(pair, pair.whole)}"


def _shown(slo: Slo, groups: set[Group]) -> str:
    names = tuple(dict.fromkeys(slo.folding.sources))
    return wording.groups(dict(zip(names, group, strict=True)) for group in groups)


def _groups(inquiry: Inquiry, parts: tuple[Part, ...]) -> set[Group]:
    """The groups of a side that have all labels; none when there are too many to be compared."""
    found: set[Group] = set()
    for part, answer in inquiry.presence.groups(parts).items():
        if len(answer.samples) > MOST_GROUPS or answer.refusal:
            return set()
        for sample in answer.samples:
            found.add(tuple(sample.labels.get(label, "") for label in part.group_labels))
    return {group for group in found if all(group)}


QUESTION = Question("Do both sides of an SLI have the same groups?", (codes.GROUPS_DIFFER,), find)
