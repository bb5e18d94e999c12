"""Unit tests of burn rates and budgets over hours, days and weeks.

So many evaluations would take long, so everything is evaluated once in a large part of a window, a
slot, and the ledger has few samples in it: the rules only count them.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from math import gcd
from typing import NamedTuple

from slokit.compiler import names
from slokit.compiler.windows import is_fast
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.model.window import Window
from slokit.promql import build
from slokit.targets.promtool.ledger_history import (
    ONE,
    ZERO,
    BundleContext,
    expected_alerts,
    one_each,
)
from slokit.targets.promtool.unit_test import (
    ExpectedSamples,
    InputSeries,
    UnitTest,
    label_text,
    rounded,
    rounded_value,
    steady,
)
from slokit.text.durations import format_duration

_SLOW_SLOTS = (4, 3, 2, 1)  # of the greatest common part of all slow windows
_BURST = 2  # the slot of the bad events
_PERIOD_SLOTS = (60, 20, 12)  # of an SLO window
_OVERSPENT = Fraction(3, 2)  # of what is allowed
_SHIFTS = 3  # of a day, in one of which there is data


def slow_pace(context: BundleContext) -> Fraction | None:
    """Seconds from one evaluation to the next, enough for a count; None if they cannot be.

    Where they were fewer, one sample would be in two counts.
    """
    common = gcd(*(int(window) for window in context.windows.slow))
    paces = (Fraction(common, slots) for slots in _SLOW_SLOTS)
    return next((pace for pace in paces if pace >= _of_count(context)), None)


def period_pace(window: Window, context: BundleContext) -> Fraction | None:
    """Seconds from one evaluation to the next: whole, and enough for a count; or None.

    What is as short as a fast burn window may be recorded as one, out of samples instead of counts.
    """
    if is_fast(window.longest):
        return None
    paces = (window.longest / slots for slots in _PERIOD_SLOTS)
    longer = (pace for pace in paces if pace >= _of_count(context))
    return next((pace for pace in longer if pace.denominator == 1), None)


def _of_count(context: BundleContext) -> Fraction:
    """How far a count looks back: over the ledger window that ended an interval ago."""
    return context.ledger_window + context.project.interval


class Slots(NamedTuple):
    """Slots of a test, each with so many samples, which its end counts."""

    pace: Fraction
    samples: int

    def values(self, *pieces: tuple[Fraction | None, int]) -> str:
        """Values that stay the same for so many slots each; None is no value.

        The first sample is no slot's: evaluations begin with it.
        """
        words = [
            f"_x{n * self.samples}" if value is None else steady((value, n * self.samples))
            for value, n in pieces
            if n
        ]
        return " ".join(["_", *words])

    def length(self, slots: int) -> int:
        """How many samples so many slots have, and the first one."""
        return slots * self.samples + 1

    def end(self, slot: int) -> Fraction:
        """When the events of a slot are counted, in seconds."""
        return (slot + 1) * self.pace

    @property
    def interval(self) -> Fraction:
        """Seconds from one sample to the next."""
        return self.pace / self.samples


def slots_of(pace: Fraction, context: BundleContext) -> Slots:
    """Slots of so many seconds with as few samples as may be, so that each count finds one.

    Promtool reads times of whole milliseconds.
    """
    fewest = pace // _of_count(context) + 1
    return Slots(pace, next(n for n in count(fewest) if (1000 * pace / n).denominator == 1))


def slow_window_tests(bundle: Bundle, context: BundleContext, pace: Fraction) -> Iterator[UnitTest]:
    """Bad events count for as long as a window lasts.

    Of an SLO of counters and one of levels, if there are both.
    """
    windows, slos = context.windows.slow, one_each(bundle.slos, lambda slo: slo.sli.measure)
    slots = slots_of(pace, context)
    length = _BURST + int(windows[-1] / pace) + 2
    total = slots.values((ONE, length))
    inputs = []
    for slo in slos:
        bad = slots.values((ZERO, _BURST), (slo.budget, 1), (ZERO, length - _BURST - 1))
        inputs += context.ledger(slo).all(total, bad, slots.length(length))
    expected = [each for w in windows for each in _of_slow_window(w, slots, slos, context)]
    yield UnitTest(
        f"bundle {bundle.name}: a burst passes through the slow windows",
        slots.interval,
        inputs,
        sorted(expected, key=lambda each: each.at),
    )


def _of_slow_window(
    window: Fraction, slots: Slots, slos: list[Slo], context: BundleContext
) -> list[ExpectedSamples]:
    """The window's last moment with the burst in it, and its first without."""
    name, length = format_duration(window), int(window / slots.pace)
    query = rounded(build.series(names.burn(window), {names.BUNDLE: context.project.bundle}))
    rows = [context.ledger(slo).row for slo in slos]
    within = [(row, rounded_value(Fraction(1, length))) for row in rows]
    last, without = _BURST + length - 1, [(row, 0) for row in rows]
    oldest, older = (
        f"the bad events are {which} {name}" for which in ("the oldest of", "older than")
    )
    return [
        ExpectedSamples(slots.end(last), query, within, oldest),
        ExpectedSamples(slots.end(last + 1), query, without, older),
    ]


def period_tests(
    bundle: Bundle, context: BundleContext, window: Window, pace: Fraction
) -> Iterator[UnitTest]:
    """What is left over an SLO window, and that gaps neither begin nor end an alert on it."""
    yield _budget_test(bundle, context, window, pace)
    if any(slo.window == window and slo.policy.exhausted for slo in bundle.slos):
        yield _gaps_test(bundle, context, window, pace)


def _budget_test(
    bundle: Bundle, context: BundleContext, window: Window, pace: Fraction
) -> UnitTest:
    """What is left of a budget over an SLO window, and when it is said to be spent.

    Of an SLO of each policy with this window, and of one with another window. Half as much again as
    is allowed is bad in the first half of the window and one slot more.
    """
    whole, slots = int(window.longest / pace), slots_of(pace, context)
    slos = one_each(
        bundle.slos, lambda slo: (slo.window == window, slo.policy.name, bool(slo.routing))
    )
    own = [slo for slo in slos if slo.window == window]
    others = [slo for slo in slos if slo.window != window][:1]
    half, length = whole // 2, 2 * whole
    bad_slots = half + 1
    inputs = []
    for slo in own:
        bad = slots.values((_OVERSPENT * slo.budget, bad_slots), (ZERO, length - bad_slots))
        inputs += context.ledger(slo).all(slots.values((ONE, length)), bad, slots.length(length))
    # The rule for one window must leave the SLOs of all others alone.
    for slo in others:
        good = slots.values((ZERO, length))
        inputs += context.ledger(slo).all(slots.values((ONE, length)), good, slots.length(length))

    def expected() -> Iterator[ExpectedSamples]:
        for slot, comment in (
            (3, "half as much again is spent as is allowed, but that was all so far"),
            (half - 1, "the same, for nearly half a window"),
            (half + 1, "the same, for more than half a window"),
            (whole - 1, "nothing bad for nearly half a window: some budget is left"),
            (whole + bad_slots - 3, "the window holds two slots of bad events"),
            (whole + bad_slots - 1, "the bad events have left the window"),
        ):
            seen = range(max(slot - whole + 1, 0), slot + 1)
            spent = _OVERSPENT * sum(n < bad_slots for n in seen) / len(seen)
            yield _left(slots.end(slot), spent, window, own, context, comment)
            yield exhausted(slots.end(slot), own if slot >= half and spent >= 1 else [], context)

    name = f"bundle {bundle.name}: the budget of {window.name}"
    return UnitTest(name, slots.interval, inputs, expected())


def _gaps_test(bundle: Bundle, context: BundleContext, window: Window, pace: Fraction) -> UnitTest:
    """A budget that is overspent at every moment with data, which most moments are not.

    Data in one slot of three for a window, then silence for three quarters of one, then data again.
    """
    whole, slots = int(window.longest / pace), slots_of(pace, context)
    alerting = [slo for slo in bundle.slos if slo.window == window and slo.policy.exhausted]
    slos = one_each(alerting, lambda slo: slo.policy.exhausted)
    half, back, length = whole // 2, whole + 3 * whole // 4, 3 * whole
    inputs: list[InputSeries] = []
    for slo in slos:
        total, bad = (
            slots.values(
                *[(value, 1), (None, _SHIFTS - 1)] * (whole // _SHIFTS),
                (None, back - whole // _SHIFTS * _SHIFTS),
                (value, length - back),
            )
            for value in (ONE, _OVERSPENT * slo.budget)
        )
        inputs += context.ledger(slo).all(total, bad, slots.length(length))
    young = exhausted(slots.end(half - 1), [], context)
    firing = (
        (half + 1, "there was no data half a window ago, but before"),
        (half + 2, "the same, a slot later"),
        (half + _SHIFTS, "there was data half a window ago"),
        (back - 1, "no data now"),
        (2 * whole + whole // 8, "a gap that lasted for the older half of the window"),
    )
    expected = [exhausted(slots.end(slot), slos, context, comment) for slot, comment in firing]
    name = f"bundle {bundle.name}: gaps in the budget of {window.name}"
    return UnitTest(name, slots.interval, inputs, [young, *expected])


def _left(
    at: Fraction,
    spent: Fraction,
    window: Window,
    slos: list[Slo],
    context: BundleContext,
    comment: str,
) -> ExpectedSamples:
    """What is left of the budgets of this window, and of no others."""
    labels = {names.BUNDLE: context.project.bundle, "window": window.name}
    query = rounded(build.series(names.BUDGET_REMAINING, labels))
    rows = ({**context.ledger(slo).row_labels, **labels} for slo in slos)
    samples = [(label_text(row), rounded_value(1 - spent)) for row in rows]
    return ExpectedSamples(at, query, samples, comment)


def exhausted(
    at: Fraction, slos: list[Slo], context: BundleContext, comment: str = ""
) -> ExpectedSamples:
    """Budgets are said to be spent once history began half of the window ago."""
    found = [
        context.ledger(slo).labels_of_alert(slo.policy.exhausted)
        for slo in slos
        if slo.policy.exhausted
    ]
    return expected_alerts(at, names.EXHAUSTED_ALERT, found, comment)
