"""Are the two sides of an SLI the same series, or do they overlap?

Finds SLK631: where both are the same text, and where a series of the good side is one of the bad
side as well. That a part equals its whole for now is no fault: nothing may have failed yet.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, location_of_side, series_of_side
from slokit.model.ledger import Side
from slokit.model.slo import Slo

_MEANS = {
    ("bad", "total"): "every event would be bad: `bad` needs a matcher that only failures have",
    ("good", "total"): "no event would ever be bad: `good` needs a matcher that failures lack",
    ("good", "bad"): "half of all events would be bad: one of them needs another matcher",
}


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO whose sides are the same, or overlap where they must not."""
    for slo in context.slos:
        if is_same(slo):
            part, whole = _sides(slo)
            message = f"'{part.key}' and '{whole.key}' are the same"
            hint = _MEANS[part.key, whole.key]
            yield Finding(codes.SAME_SIDES, message, location_of_side(slo, part), hint)
    wanted = [(good, bad) for slo in context.slos for good, bad in _apart(slo)]
    answers = context.batch.ask(_shared(*pair) for pair in wanted)
    for good, bad in wanted:
        shared = answers[_shared(good, bad)].value
        if shared:
            message = (
                f"{wording.number(shared)} series of {bad.name} are in 'good' and in 'bad':"
                " their events count twice"
            )
            hint = "name all events `total`, or leave the bad ones out of `good`"
            yield Finding(codes.SAME_SIDES, message, good.location, hint)


def is_same(slo: Slo) -> bool:
    """Whether both sides of an SLI select the same."""
    sides = _sides(slo)
    if len(sides) != 2:
        return False
    one, other = ({str(part).strip() for part in side.parts} for side in sides)
    return one == other


def _sides(slo: Slo) -> list[Side]:
    """The sides that are events, the part before the whole."""
    sides = {side.key: side for side in slo.sli.sides()}
    return [sides[key] for key in ("good", "bad", "total") if key in sides]


def _apart(slo: Slo) -> Iterator[tuple[InputSeries, InputSeries]]:
    """The selectors of good and of bad events of one metric, which must have no series in common.

    Of two metrics the labels may well be the same.
    """
    sides = _sides(slo)
    if [side.key for side in sides] != ["good", "bad"] or is_same(slo):
        return
    for good in series_of_side(slo, sides[0]):
        for bad in series_of_side(slo, sides[1]):
            if good.is_selector and bad.is_selector and good.name == bad.name:
                yield good, bad


def _shared(good: InputSeries, bad: InputSeries) -> Query:
    return Query(f"count({good.promql} and {bad.promql})", good.subject)


CHECK = Check("same-sides", (codes.SAME_SIDES,), run, __doc__)
