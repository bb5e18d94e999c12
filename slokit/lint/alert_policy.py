"""Burn alerts that cannot do what they are for."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.lint.base import Check
from slokit.model.alerting import BurnAlert
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.text.numbers import readable_percent


def find(bundle: Bundle) -> Iterator[Finding]:
    """What is wrong with the alerts of each SLO."""
    for slo in bundle.slos:
        if slo.policy.burn_alerts and not slo.burn_alerts:
            yield _nothing_left(slo)
        else:
            yield from left_out(slo)


def _nothing_left(slo: Slo) -> Finding:
    message = f"no burn alert of the policy {slo.policy.name!r} can ever fire for {slo.id}"
    if slo.policy.fitting(slo.window):
        key, what = "objective", "raise the objective"
    else:
        key, what = "window", "take a longer window"
    hint = f"{what}, or set `alert_policy: none`"
    return Finding(codes.NOTHING_LEFT, message, slo.location_of(key), hint)


def left_out(slo: Slo) -> Iterator[Finding]:
    """The burn alerts of its policy that an SLO does not get, and why."""
    for alert in slo.policy.over(slo.window):
        if not alert.reaches(slo.objective):
            yield _unreachable(slo, alert)
        elif not alert.fits(slo.window):
            message = f"{alert} is left out: it would spend over half of the budget of"
            message += f" {slo.window.name}"
            yield Finding(codes.LONG_FOR_WINDOW, message, slo.location_of("window"))
        elif _is_held_back(slo, alert):
            share = readable_percent(slo.policy.min_budget_spent)
            message = (
                f"{alert} waits for {share} of the budget, and with the usual traffic even a total"
                " outage spends less than that in its long window"
            )
            hint = "take a smaller `min_budget_spent` in the alert policy"
            yield Finding(codes.UNREACHABLE_BURN, message, slo.location_of("objective"), hint)


def _is_held_back(slo: Slo, alert: BurnAlert) -> bool:
    """Whether not even an outage of its long window holds the share that the alert waits for."""
    most = alert.long / slo.window.longest / slo.budget
    return slo.objective is not None and most < slo.policy.wants_spent(alert)


def _unreachable(slo: Slo, alert: BurnAlert) -> Finding:
    smallest = alert.smallest_objective() * 100
    message = (
        f"{alert} is left out: with an objective of {slo.objective_text}"
        f" even a total outage burns slower"
    )
    hint = f"it works for objectives above {smallest:.2f}%"
    return Finding(codes.UNREACHABLE_BURN, message, slo.location_of("objective"), hint)


CHECK = Check((codes.UNREACHABLE_BURN, codes.LONG_FOR_WINDOW, codes.NOTHING_LEFT), find)
