"""Do both sides of an SLI have the same groups?

Finds SLK611. A group of the total without bad events is fine. Whether the labels exist at all is
asked by group_labels; sides of too many groups are not compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.context import MOST_GROUPS, CheckContext
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.ledger import Side
from slokit.model.live import Pair
from slokit.model.slo import Slo

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Compared:
    slo: Slo
    pair: Pair
    part: tuple[InputSeries, ...]
    whole: tuple[InputSeries, ...]


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each pair of sides of which one has groups that the other lacks."""
    pairs = [
        _Compared(slo, pair, series_of_side(slo, pair.part), series_of_side(slo, pair.whole))
        for slo in context.slos
        for pair in context.questions(slo).pairs
        if slo.folding.group_by
    ]
    context.groups(series for c in pairs for series in (*c.part, *c.whole))
    for compared in pairs:
        yield from _of_pair(context, compared)


def _of_pair(context: CheckContext, compared: _Compared) -> Iterator[Finding]:
    part, whole = (_groups(context, side) for side in (compared.part, compared.whole))
    if not part or not whole:
        return
    pair, slo = compared.pair, compared.slo
    if part.isdisjoint(whole):
        sides = f"{_side_name(pair, pair.part)} and {_side_name(pair, pair.whole)}"
        groups = f"{_shown(slo, part)} against {_shown(slo, whole)}"
        message = f"{sides} have no group in common: {groups}"
        hint = "take both from label values that agree"
        yield Finding(codes.GROUPS_DIFFER, message, compared.part[0].location, hint)
        return
    if extra := part - whole:
        yield _differ(compared, pair.part, pair.whole, extra)
    if pair.is_complete and (missing := whole - part):
        yield _differ(compared, pair.whole, pair.part, missing)


def _differ(compared: _Compared, has: Side, lacks: Side, groups: set[Group]) -> Finding:
    name, other = _side_name(compared.pair, has), _side_name(compared.pair, lacks)
    message = f"{name} has groups that {other} lacks: {_shown(compared.slo, groups)}"
    hint = "their ratio is wrong there: select the same targets on both sides"
    return Finding(codes.GROUPS_DIFFER, message, compared.part[0].location, hint)


def _side_name(pair: Pair, side: Side) -> str:
    """The side's key, or its metric where both sides are written as one."""
    if pair.part.key != pair.whole.key:
        return f"'{side.key}'"
    return f"'{getattr(side.parts[0], 'name', side.key)}'"


def _shown(slo: Slo, groups: set[Group]) -> str:
    names = tuple(dict.fromkeys(slo.folding.sources))
    return wording.groups(dict(zip(names, group, strict=True)) for group in groups)


def _groups(context: CheckContext, side: tuple[InputSeries, ...]) -> set[Group]:
    """The groups of a side that have all labels; none when there are too many to be compared."""
    found: set[Group] = set()
    for series, answer in context.groups(side).items():
        if len(answer.samples) > MOST_GROUPS or answer.failure:
            return set()
        for sample in answer.samples:
            found.add(tuple(sample.labels.get(label, "") for label in series.group_labels))
    return {group for group in found if all(group)}


CHECK = Check("same-groups", (codes.GROUPS_DIFFER,), run, __doc__)
