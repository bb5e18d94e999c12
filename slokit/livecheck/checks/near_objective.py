"""Is the SLI anywhere near its objective?

Finds SLK632, where both the last hour and the last day burned budget so fast that an alert would
fire as soon as the rules are loaded. A service that is down looks the same; whether this one is, is
for people to say.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.livecheck.checks import added_buckets, epoch_value, level_value, ratio_range, same_sides
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.measures import Amount, Measured
from slokit.livecheck.engine.series import location_of_side
from slokit.model.slo import Slo
from slokit.text.numbers import measured_percent
from slokit.text.words import counted

_FAST = 14.4
"""The burn rate of the fastest page of the default policy (Google SRE workbook, chapter 5)."""
_MOSTLY = 0.5
_TWICE = 2.0
_FEWEST = 10.0


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO with such a group, about the worst one."""
    for slo in context.slos:
        found = [
            each
            for each in context.measured.get(slo.id, ())
            if not (each.contradiction or each.lacks_total) and _is_far_below(each)
        ]
        if found and not _is_explained(context, slo):
            yield _finding(max(found, key=lambda each: each.spent), len(found) - 1)


def _is_explained(context: CheckContext, slo: Slo) -> bool:
    """Whether another finding says what is wrong with its numbers."""
    series = [one for one in context.series_of(slo) if not one.is_rare]
    return (
        not all(map(context.exists, series))
        or ratio_range.is_beyond(context, slo)
        or same_sides.is_same(context, slo)
        or bool(added_buckets.of_slo(context, slo))
        or any(epoch_value.times(context, slo))
        or any(level_value.of_slo(context, slo))
    )


def _is_far_below(measured: Measured) -> bool:
    slo, hour, day = measured.slo, measured.hour, measured.day
    unit = slo.sli.counted_in
    fewest = _FEWEST if unit.bad == unit.total else max(slo.min_bad_events, 1.0)
    if hour is None or day.bad < fewest:
        return False
    return all(_burns(slo, amount) for amount in (hour, day))


def _burns(slo: Slo, amount: Amount) -> bool:
    burn = amount.ratio_bad / float(slo.budget)
    if slo.objective is not None and amount.ratio_bad > _MOSTLY:
        # a low objective cannot burn fast: even of 95 % all bad is no more than 20 budgets
        return burn >= _TWICE
    return burn >= _FAST


def _finding(measured: Measured, others: int) -> Finding:
    slo, day = measured.slo, measured.day
    where = f" of {wording.group(measured.group)}" if measured.group else ""
    more = f", and so do {counted(others, 'more group')}" if others else ""
    unit = slo.sli.counted_in
    if slo.objective is None:
        was = f"{wording.number(day.bad)} {unit.bad.plural} in the last day, {slo.sli.limit_text}"
        message = f"{slo.id}{where} had {was}: it would page at once{more}"
    else:
        of = f"{wording.number(day.bad)} of {wording.number(day.total)} {unit.total.plural} bad"
        was = f"{measured_percent(day.sli, 2)} in the last day, {of}"
        message = (
            f"the SLI of {slo.id}{where} was {was}, far below {slo.objective_text}:"
            f" it would page at once{more}"
        )
    return Finding(codes.FAR_BELOW, message, _location(slo), _hint(slo, day))


def _hint(slo: Slo, day: Amount) -> str:
    keys = {side.key for side in slo.sli.sides()}
    swapped = keys & {"good", "bad"}
    if slo.objective and "bad" in keys and day.bad == day.total:
        return "do `bad` and its opposite count the same events? or is the service down?"
    if slo.objective and swapped and day.sli <= slo.budget:
        part = "`good` and `bad`" if len(swapped) == 2 else f"`{min(swapped)}` and its opposite"
        return f"are {part} swapped? then it would be {measured_percent(day.ratio_bad, 2)}"
    if slo.sli.limit_text:
        return f"is the limit right, {slo.sli.limit_text}? or is the service down?"
    return "are the selectors and the objective right? or is the service down?"


def _location(slo: Slo) -> Location:
    """The limit, or the side that makes events bad or good."""
    for key in ("at_most", "at_least"):
        if slo.sli.limit_text and key in slo.settings:
            return slo.location_of(key)
    sides = {side.key: side for side in slo.sli.sides()}
    side = next((sides[key] for key in ("bad", "good") if key in sides), None)
    return location_of_side(slo, side) if side else slo.sli_location


CHECK = Check("near-objective", (codes.FAR_BELOW,), run, __doc__)
