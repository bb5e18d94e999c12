"""Are the two sides of an SLI the same series, or do they overlap?

Finds SLK631: where both mean the same, however they are written, and where a series counts twice:
as good and as bad, or by two selectors of one list. That a part equals its whole for now is no
fault: nothing may have failed yet.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, combinations, product

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries, location_of_side, series_of_side
from slokit.model.ledger import Side
from slokit.model.slo import Slo
from slokit.promql import build, canonical
from slokit.promql.counting import offset
from slokit.promql.selector import Matcher, Selector
from slokit.text.durations import format_duration

_BUCKETS = "_bucket"
_ALL_EVENTS = Matcher("le", "=", "+Inf")
_MEANS = {
    ("bad", "total"): "every event would be bad: `bad` needs a matcher that only failures have",
    ("good", "total"): "no event would ever be bad: `good` needs a matcher that failures lack",
    ("good", "bad"): "half of all events would be bad: one of them needs another matcher",
}


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO whose sides are the same, or overlap where they must not."""
    for slo in context.slos:
        if is_same(context, slo):
            part, whole = _sides(slo)
            message = f"'{part.key}' and '{whole.key}' are the same"
            hint = _MEANS[part.key, whole.key]
            yield Finding(codes.SAME_SIDES, message, location_of_side(slo, part), hint)
    wanted = [pair for slo in context.slos for pair in _apart(context, slo)]
    answers = context.batch.ask(_shared(*pair) for pair in wanted)
    for one, other in wanted:
        if shared := answers[_shared(one, other)].value:
            yield _counted_twice(one, other, wording.number(shared))


def _counted_twice(one: InputSeries, other: InputSeries, shared: str) -> Finding:
    if one.side == other.side:
        where, hint = f"twice in '{one.side.key}'", "let each series match one of its selectors"
        location = other.location
    else:
        where, location = "in 'good' and in 'bad'", one.location
        hint = "name all events `total`, or leave the bad ones out of `good`"
    message = f"{shared} series of {other.name} are {where}: their events count twice"
    return Finding(codes.SAME_SIDES, message, location, hint)


def is_same(context: CheckContext, slo: Slo) -> bool:
    """Whether both sides of an SLI select the same."""
    sides = _sides(slo)
    if len(sides) != 2:
        return False
    one, other = ({_selected(part) for part in side.parts} for side in sides)
    if one == other:
        return True
    is_one = all(len(side.parts) == 1 for side in sides)
    if not is_one or not any(side.is_promql for side in sides):
        return False
    window = format_duration(context.project.ledger_window)
    first, second = (_readings(slo, side, window) for side in sides)
    return any(canonical.is_same(a, b) for a in first for b in second)


def _selected(part: Selector | str) -> tuple[object, ...]:
    """What a part selects, with the order of matchers and the two names of all events aside."""
    if isinstance(part, str):
        return (part.strip(),)
    bare, matchers = part.metric().removesuffix(_BUCKETS), set(part.matchers)
    if part.name == f"{bare}{_BUCKETS}" and _ALL_EVENTS in matchers:
        return (f"{bare}_count", frozenset(matchers - {_ALL_EVENTS}))
    return (part.name, frozenset(matchers))


def _readings(slo: Slo, side: Side, window: str) -> list[str]:
    """A side as PromQL, in each way that people write a selector's sum of rates."""
    (part,) = side.parts
    if isinstance(part, str):
        return [part]
    rate = f"rate({part}[{window}]{offset(slo.folding.offset)})"
    folded = build.fold("sum", slo.folding.sources, rate)
    return [rate, f"sum({rate})", folded]


def _sides(slo: Slo) -> list[Side]:
    """The sides that are events, the part before the whole."""
    sides = {side.key: side for side in slo.sli.sides()}
    return [sides[key] for key in ("good", "bad", "total") if key in sides]


def _apart(context: CheckContext, slo: Slo) -> Iterator[tuple[InputSeries, InputSeries]]:
    """Selectors of one metric that must have no series in common: good and bad ones, and a list's.

    Of two metrics the labels may well be the same.
    """
    pairs: list[Iterable[tuple[InputSeries, ...]]] = [
        combinations(series_of_side(slo, side), 2) for side in context.questions(slo).added
    ]
    sides = _sides(slo)
    if [side.key for side in sides] == ["good", "bad"] and not is_same(context, slo):
        pairs.append(product(*(series_of_side(slo, side) for side in sides)))
    for one, other in chain.from_iterable(pairs):
        if one.is_selector and other.is_selector and one.name == other.name:
            yield one, other


def _shared(one: InputSeries, other: InputSeries) -> Query:
    return Query(f"count({one.promql} and {other.promql})", one.subject)


CHECK = Check("same-sides", (codes.SAME_SIDES,), run, __doc__)
