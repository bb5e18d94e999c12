"""Unit tests of burn rates over hours and days: bad events count for as long as the window lasts.

Days of evaluations would take long, so the ledger is played with four samples, at most, in
the greatest common part of all windows, and everything is evaluated at that pace.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import gcd

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.targets.promtool.course import one_each
from slokit.targets.promtool.expected import row
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, UnitTest, rounded, rounded_value
from slokit.text.durations import format_duration

_SLOTS = (4, 3, 2, 1)
_BURST = 2  # the slot of the bad events
_ONE, _ZERO = Fraction(1), Fraction(0)


def slow_pace(setting: Setting) -> Fraction | None:
    """Seconds from one evaluation to the next, more than the ledger window; None if they are none.

    Where they were as few, one sample would count in two of the ledger's means.
    """
    common = gcd(*(int(window) for window in setting.windows.slow))
    paces = (Fraction(common, slots) for slots in _SLOTS)
    return next((pace for pace in paces if pace > setting.project.ledger_window), None)


def slow_window_tests(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """One test: of an SLO of counters and one of levels, if there are both."""
    windows, slos = setting.windows.slow, one_each(bundle.slos, lambda slo: slo.sli.measure)
    pace = slow_pace(setting)
    if pace is None:
        return
    samples = _BURST + int(windows[-1] / pace) + 2
    inputs = [
        line
        for slo in slos
        for line in setting.ledger(slo).all(
            steps((_ONE, samples)),
            steps((_ZERO, _BURST), (slo.budget, 1), (_ZERO, samples - _BURST - 1)),
            samples,
        )
    ]
    claims = [claim for w in windows for claim in _claims(w, int(w / pace), pace, slos, setting)]
    yield UnitTest(
        f"bundle {bundle.name}: a burst passes through the slow windows",
        pace,
        inputs,
        sorted(claims, key=lambda claim: claim.at),
    )


def _claims(
    window: Fraction, slots: int, pace: Fraction, slos: list[Slo], setting: Setting
) -> list[Claim]:
    """The window's last moment with the burst in it, and its first without."""
    project, name = setting.project, format_duration(window)
    query = rounded(build.series(names.burn(window), {names.BUNDLE: project.bundle}))
    key, last = f"burn-{name}", _BURST + slots - 1
    rows = [row(slo, project, group_of(slo)) for slo in slos]
    within = [(labels, rounded_value(Fraction(1, slots))) for labels in rows]
    without = [(labels, "0") for labels in rows]
    return [
        Claim(last * pace, key, query, within, f"the bad events are the oldest of {name}"),
        Claim((last + 1) * pace, key, query, without, f"the bad events are older than {name}"),
    ]
