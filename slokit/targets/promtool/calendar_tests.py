"""Unit tests of calendar windows: what is left of a period's budget, and that it begins anew.

Promtool's time begins in 1970, where local clocks are as far from UTC as in January 2020. So a test
of two whole periods has a boundary in it at least. As for all long windows, everything is evaluated
once in a large part of a window, a slot. What is expected follows from :mod:`slokit.model.window`,
which knows nothing of PromQL.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.model.time_zone import time_zone
from slokit.model.window import Window
from slokit.promql import build
from slokit.targets.promtool.ledger_history import ONE, ZERO, BundleContext, one_each
from slokit.targets.promtool.long_window_tests import Slots, exhausted, slots_of
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    between,
    label_text,
)

# Bad per allowed: far too much at first, then nothing, then too much again, each for so many
# quarters of the longest period.
_PIECES = ((Fraction(3), 3), (ZERO, 2), (Fraction(3, 2), 3))
_BETWEEN = 6  # parts of the test, at whose ends something is expected, boundary or not


class _Spending(NamedTuple):
    """How fast the SLOs burn in each slot, and which slots a moment's period holds."""

    slots: Slots
    burns: list[Fraction]
    reach: int

    def moment(self, slot: int) -> int:
        """Whose period the count of a slot's end is: that of the first moment of what it holds."""
        return math.floor(self.slots.end(slot)) - self.reach

    def began(self, slo: Slo, slot: int) -> float:
        """When the period began; a boundary itself belongs to the new one."""
        return slo.window.span(self.moment(slot) + 1)[0]

    def spent(self, slo: Slo, slot: int) -> Fraction:
        """The share of the whole period's budget that its slots have spent so far."""
        began = self.began(slo, slot)
        own = [b for n, b in enumerate(self.burns[: slot + 1]) if self.began(slo, n) == began]
        if self.moment(slot) == began:
            return ZERO
        return sum(own, ZERO) / len(own) * Fraction(slo.window.elapsed(self.moment(slot)))


def calendar_tests(
    bundle: Bundle, context: BundleContext, window: Window, pace: Fraction
) -> Iterator[UnitTest]:
    """What is left before and behind each boundary, and when a budget is said to be spent.

    Of an SLO of each policy and time zone with a window of this unit, and of one with another
    window, which these rules must leave alone.
    """
    slots, quarter = slots_of(pace, context), int(window.longest / pace) // 4
    slos = one_each(bundle.slos, lambda slo: (slo.window, slo.policy.name, bool(slo.routing)))
    own = [slo for slo in slos if slo.window.name == window.name]
    others = [slo for slo in slos if slo.window.name != window.name][:1]
    burns = [burn for burn, quarters in _PIECES for _ in range(quarters * quarter)]
    spending = _Spending(slots, burns, math.ceil(context.project.count_reach))
    inputs: list[InputSeries] = []
    total, length = slots.values((ONE, len(burns))), slots.length(len(burns))
    for slo in own:
        bad = slots.values(*((burn * slo.budget, n * quarter) for burn, n in _PIECES))
        inputs += context.ledger(slo).all(total, bad, length)
    for slo in others:
        inputs += context.ledger(slo).all(total, slots.values((ZERO, len(burns))), length)
    expected = (
        each
        for slot, comment in sorted(_clear_slots(own, spending).items())
        for each in _left(slot, comment, own, spending, context)
    )
    name = f"bundle {bundle.name}: each {window.name} has a budget of its own"
    yield UnitTest(name, slots.interval, inputs, expected)


def _clear_slots(slos: Sequence[Slo], spending: _Spending) -> dict[int, str]:
    """Around each boundary and between them, with what is new there.

    None whose counts lie before 1970 by the clocks of some place, where rules of 2020 need not be
    right, and none half a window from the start, where it is not clear how long history is.
    """
    count = len(spending.burns)
    found = dict.fromkeys((n * count // _BETWEEN for n in range(1, _BETWEEN)), "")
    for slo, slot in ((slo, slot) for slo in slos for slot in range(1, count)):
        if spending.began(slo, slot) != spending.began(slo, slot - 1):
            zone = slo.window.labels[names.TIMEZONE]
            new = {slot: f"the first count of a {slo.window.name} in {zone}"}
            found = {slot - 1: "", slot + 1: "", **found, **new}
    behind = min(time_zone(slo.window.labels[names.TIMEZONE]).offset for slo in slos)
    half = count // 4  # the test lasts for two whole periods
    return {
        slot: comment
        for slot, comment in found.items()
        if slot < count and spending.moment(slot) + behind > 0 and abs(slot - half) > 1
    }


def _left(
    slot: int, comment: str, slos: Sequence[Slo], spending: _Spending, context: BundleContext
) -> Iterator[ExpectedSamples]:
    """What is spent of each budget, and whose is said to be spent: once history is long enough."""
    at, has_history = spending.slots.end(slot), slot > len(spending.burns) // 4
    window = slos[0].window.name
    labels = {names.BUNDLE: context.project.bundle, "window": window}
    spent = [(slo, spending.spent(slo, slot)) for slo in slos]
    remaining = build.series(names.BUDGET_REMAINING, labels)
    for share in dict.fromkeys(share for _, share in spent):
        rows = (
            {**context.ledger(slo).row_labels, "window": window} for slo, s in spent if s == share
        )
        near = between(f"1 - {remaining}", share) if share else f"1 - {remaining} == 0"
        samples = [(label_text(row), 1) for row in rows]
        yield ExpectedSamples(at, f"group without () ({near})", samples, comment)
        comment = ""
    gone = [slo for slo, share in spent if has_history and share >= 1]
    yield exhausted(at, gone, context, comment)
