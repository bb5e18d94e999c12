"""Did the selector of bad events ever match anything, or that of good ones leave anything out?

Finds SLK612 and says against how many events that stands. It asks only where the SLO has events and
the metric of the bad ones exists: metric_exists asks for the rest. Whether the bad events that were
counted are all of them is not asked, nor what good events of another metric than the total's lack.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slokit.compiler import ledger, names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import (
    Missing,
    Seen,
    Sought,
    culprits,
    look_up_matchers,
    why_missing,
)
from slokit.livecheck.engine.series import InputSeries, series_of_side
from slokit.model.ledger import Side
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.counting import offset
from slokit.text.durations import rough_duration

_EXPECTED_BAD = 10
"""So many bad events within the objective make it strange that there was none."""


@dataclass(frozen=True, slots=True)
class _Never:
    """What no event matched that would be bad, and the side whose events that stands against.

    Of a side of good events it is what they must not match.
    """

    sought: Missing | Sought
    series: InputSeries
    against: Side


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each side without bad events as far as the server looks back."""
    never = [
        _Never(missing, missing.series, rare.against)
        for missing in context.missing.all
        if (rare := context.questions(missing.series.slo).rare) and _is_never_bad(context, missing)
    ]
    never += _always_good(context)
    look_up_matchers(context.batch, [each.sought for each in never])
    by_slo = {each.series.slo.id: each for each in never}.values()
    recorded = context.batch.ask(_recorded(context, each) for each in by_slo)
    unrecorded = [each for each in by_slo if not recorded[_recorded(context, each)].value]
    context.batch.ask_heavy(query for each in unrecorded for query in _counted(context, each))
    for each in never:
        yield _never_bad(context, each)


def _is_never_bad(context: CheckContext, missing: Missing) -> bool:
    series = missing.series
    if not series.is_rare or context.missing.seen(missing) is not Seen.NAME_ONLY:
        return False
    rare = context.questions(series.slo).rare
    of_slo = context.series_of(series.slo)
    # without any events to stand against, the missing total is the finding
    has_events = any(context.exists(s) for s in of_slo if rare and s.side == rare.against)
    has_bad = any(context.exists(s) for s in of_slo if s.side == series.side)
    return has_events and not has_bad


def _always_good(context: CheckContext) -> Iterator[_Never]:
    """Sides of good events outside of which there was nothing of the total."""
    apart = [found for slo in context.slos for found in _left_out(context, slo)]
    there = context.batch.ask(_is_there(each) for each in apart)
    absent = [each for each in apart if there[_is_there(each)].is_empty]
    back = context.batch.ask(_was_there(context, each) for each in absent)
    for side in dict.fromkeys((each.series.slo.id, each.series.side.key) for each in apart):
        own = [each for each in apart if (each.series.slo.id, each.series.side.key) == side]
        if all(each in absent and back[_was_there(context, each)].is_empty for each in own):
            yield own[0]


def _left_out(context: CheckContext, slo: Slo) -> Iterator[_Never]:
    """What a selector of good events leaves out of its total, matcher by matcher."""
    sides = {side.key: side for side in slo.sli.sides()}
    if not {"good", "total"} <= sides.keys():
        return
    read = {
        key: [
            (series, selector)
            for series in series_of_side(slo, sides[key])
            for selector, _ in series.selectors
        ]
        for key in ("good", "total")
    }
    if len(read["good"]) != 1 or len(read["total"]) != 1:
        return
    ((series, good),), ((total_series, total),) = read["good"], read["total"]
    is_part = set(total.matchers) <= set(good.matchers)
    if good.metric() != total.metric() or not is_part or not context.exists(total_series):
        return
    for matcher in good.matchers:
        if matcher not in total.matchers:
            outside = replace(total, matchers=(*total.matchers, matcher.opposite))
            sought = Sought(outside, slo.folding.offset, series.subject)
            yield _Never(sought, series, sides["total"])


def _is_there(each: _Never) -> Query:
    assert isinstance(each.sought, Sought)
    promql = f"{each.sought.selector}{offset(each.sought.late)}"
    return Query(probes.exists(promql), each.sought.subject)


def _was_there(context: CheckContext, each: _Never) -> Query:
    promql = probes.existed(f"{each.sought.selector}[{_look_back(context)}]")
    return Query(promql, each.sought.subject)


def _never_bad(context: CheckContext, never: _Never) -> Finding:
    slo, sought = never.series.slo, never.sought
    events = _events(context, never)
    unit = slo.sli.counted_in.total
    which = f"no {unit.singular}"
    if events is not None:
        which = f"none of {wording.number(events)} {unit.plural}"
    message = (
        f"{which} in {rough_duration(context.server.look_back)} was bad: is the selector right?"
        f" {sought.selector} matched nothing"
    )
    hint = why_missing(context.batch, sought)
    severity = _severity(context, never, events)
    return Finding(codes.NEVER_BAD, message, never.series.location, hint, severity=severity)


def _severity(context: CheckContext, never: _Never, events: float | None) -> Severity:
    """A label that does not exist can never match; else it matters how likely bad events were."""
    found = list(culprits(context.batch, never.sought))
    if any(culprit.lacks_label for culprit in found):
        return Severity.ERROR
    if any(culprit.is_unlike_values for culprit in found):
        return Severity.WARNING
    if events is not None and events * never.series.slo.budget < _EXPECTED_BAD:
        return Severity.NOTE
    return Severity.WARNING


def _events(context: CheckContext, never: _Never) -> float | None:
    recorded = context.batch.answer(_recorded(context, never)).value
    if recorded:
        return recorded
    counts = [context.batch.answer(query).value for query in _counted(context, never)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _recorded(context: CheckContext, never: _Never) -> Query:
    """What the ledger counted, which is cheap; nothing before the rules are deployed."""
    slo = never.series.slo
    name = names.total_events(context.project.ledger_window)
    identity = ledger.identity(slo, context.project)
    series, replicas = build.series(name, identity), context.project.replica_labels
    own = [label for label in (*identity, *slo.folding.names) if label not in replicas]
    return context.evaluation(slo, probes.sum_over(series, _look_back(context), own, replicas))


def _counted(context: CheckContext, never: _Never) -> list[Query]:
    if never.against.role != "counter":
        return []
    return [
        Query(probes.increase_over(series.over(_look_back(context))), series.subject)
        for series in series_of_side(never.series.slo, never.against)
        if series.is_selector
    ]


def _look_back(context: CheckContext) -> str:
    return wording.seconds(context.server.look_back)


CHECK = Check("ever-bad", (codes.NEVER_BAD,), run, __doc__)
