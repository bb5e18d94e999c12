"""Unit tests of the budget over an SLO window: what is left of it, and when it is told as spent.

A month of evaluations would take long, so the ledger is played with one sample in a sixtieth of the
window or in a larger part of it, and everything is evaluated at that pace.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.model.window import Window
from slokit.promql import build
from slokit.targets.promtool.claims import alert_claim
from slokit.targets.promtool.course import one_each
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import (
    Claim,
    UnitTest,
    label_text,
    rounded,
    rounded_value,
)

_SLOTS = (60, 20, 12)  # of a window
_OVERSPENT = Fraction(3, 2)  # of what is allowed
_ONE, _ZERO = Fraction(1), Fraction(0)


def period_pace(window: Window, setting: Setting) -> Fraction | None:
    """Seconds from one evaluation to the next: whole, and more than a ledger window; or None."""
    if not window.is_rolling:
        return None
    paces = (window.longest / slots for slots in _SLOTS)
    longer = (pace for pace in paces if pace > setting.project.ledger_window)
    return next((pace for pace in longer if pace.denominator == 1), None)


def evaluation_order(bundle: Bundle) -> tuple[str, ...]:
    """The groups in the order in which each finds what it reads, although evaluations are rare."""
    return tuple(names.bundle_group(bundle.name, part) for part in ("slow", "period", "fast"))


def period_tests(bundle: Bundle, setting: Setting, window: Window) -> Iterator[UnitTest]:
    """One test: of an SLO of each policy with this window, and of one with another window."""
    step = period_pace(window, setting)
    if step is None:
        return
    slots = int(window.longest / step)
    slos = one_each(bundle.slos, lambda slo: (slo.window == window, slo.policy.name))
    own = [slo for slo in slos if slo.window == window]
    others = [slo for slo in slos if slo.window != window][:1]
    bad_slots, end = slots // 2 + 1, 2 * slots
    spent = [(_OVERSPENT * slo.budget, bad_slots) for slo in own]
    inputs = [
        line
        for slo, spending in (*zip(own, spent, strict=True), *((slo, (_ZERO, 0)) for slo in others))
        for line in setting.ledger(slo).all(
            steps((_ONE, end)), steps(spending, (_ZERO, end - spending[1])), end
        )
    ]
    claims = _Claims(setting, window, own, slots, bad_slots)
    yield UnitTest(
        f"bundle {bundle.name}: the budget of {window.name}", step, inputs, claims.all(step)
    )


@dataclass(frozen=True, slots=True)
class _Claims:
    """What is claimed of SLOs with bad events in the first slots and none after them."""

    setting: Setting
    window: Window
    slos: list[Slo]
    slots: int
    bad_slots: int

    def all(self, step: Fraction) -> Iterator[Claim]:
        """Slots since the beginning, and what has happened until then."""
        half = self.slots // 2
        for slot, scene in (
            (3, "half as much again is spent as is allowed, but that was all so far"),
            (half - 1, "the same, for nearly half a window"),
            (half + 1, "the same, for more than half a window"),
            (self.slots - 1, "nothing bad for nearly half a window: some budget is left"),
            (self.slots + self.bad_slots - 3, "the window holds two slots of bad events"),
            (self.slots + self.bad_slots - 1, "the bad events have left the window"),
        ):
            yield self.left(slot, slot * step, scene)
            yield self.exhausted(slot, slot * step)

    def spent(self, slot: int) -> Fraction:
        """The share of the budget that is spent, of what the window has seen."""
        seen = range(max(slot - self.slots + 1, 0), slot + 1)
        return _OVERSPENT * sum(n < self.bad_slots for n in seen) / len(seen)

    def left(self, slot: int, at: Fraction, scene: str) -> Claim:
        """What is left of the budgets of this window, and of no others."""
        project = self.setting.project
        labels = {names.BUNDLE: project.bundle, "window": self.window.name}
        query = rounded(build.series(names.BUDGET_REMAINING, labels))
        value = rounded_value(1 - self.spent(slot))
        samples = [
            (label_text({**identity(slo, project), **group_of(slo), **labels}), value)
            for slo in self.slos
        ]
        return Claim(at, "left", query, samples, scene)

    def exhausted(self, slot: int, at: Fraction) -> Claim:
        """Spent budgets are told once there has been data for half of the window."""
        project, found = self.setting.project, []
        for slo in self.slos:
            severity = slo.policy.exhausted
            if severity and slot >= self.slots // 2 and self.spent(slot) >= 1:
                told = metadata(slo)
                carried = {label: told.get(label, "") for label in project.alert_labels}
                own = identity(slo, project)
                found.append({**own, **group_of(slo), **carried, "severity": severity})
        return alert_claim(at, names.EXHAUSTED_ALERT, found)
