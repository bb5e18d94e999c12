"""Alert policies that do not exist, and burn alerts that cannot do what they are for."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, suggest
from slokit.lint.base import Check
from slokit.model.alerting import POLICIES, AlertPolicy, BurnAlert, policy_named
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.text.words import clip


def find(bundle: Bundle) -> Iterator[Finding]:
    """What is wrong with the alerts of each SLO."""
    for slo in bundle.slos:
        policy = policy_named(slo.alert_policy)
        if policy is None:
            yield _unknown(slo)
        else:
            yield from _of_policy(slo, policy)


def _unknown(slo: Slo) -> Finding:
    known = [policy.name for policy in POLICIES]
    nearest = suggest(slo.alert_policy, known)
    hint = f"did you mean {nearest!r}?" if nearest else f"one of {', '.join(known)}"
    message = f"there is no alert policy {clip(slo.alert_policy)!r}"
    return Finding(codes.UNKNOWN_POLICY, message, slo.place_of("alert_policy"), hint)


def _of_policy(slo: Slo, policy: AlertPolicy) -> Iterator[Finding]:
    kept = [a for a in policy.burn_alerts if a.reaches(slo) and a.fits(slo.window)]
    if policy.burn_alerts and not kept:
        yield _nothing_left(slo, policy)
        return
    yield from left_out(slo, policy)


def _nothing_left(slo: Slo, policy: AlertPolicy) -> Finding:
    message = f"no burn alert of the policy {policy.name!r} can ever fire for {slo.id}"
    if any(alert.fits(slo.window) for alert in policy.burn_alerts):
        key, what = "objective", "raise the objective"
    else:
        key, what = "window", "take a longer window"
    hint = f"{what}, or set `alert_policy: none`"
    return Finding(codes.NOTHING_LEFT, message, slo.place_of(key), hint)


def left_out(slo: Slo, policy: AlertPolicy) -> Iterator[Finding]:
    """The burn alerts of the SLO's policy that it gets none of, and why."""
    for alert in policy.burn_alerts:
        if not alert.reaches(slo):
            yield _unreachable(slo, alert)
        elif not alert.fits(slo.window):
            yield _over_long(slo, alert)


def _over_long(slo: Slo, alert: BurnAlert) -> Finding:
    message = f"{alert} is left out: it would spend over half of the budget of {slo.window.name}"
    return Finding(codes.LONG_FOR_WINDOW, message, slo.place_of("window"))


def _unreachable(slo: Slo, alert: BurnAlert) -> Finding:
    smallest = alert.smallest_objective() * 100
    message = (
        f"{alert} is left out: with an objective of {slo.objective_text}"
        f" even a total outage burns slower"
    )
    hint = f"it works for objectives above {smallest:.2f}%"
    return Finding(codes.UNREACHABLE_BURN, message, slo.place_of("objective"), hint)


CHECK = Check(
    (codes.UNKNOWN_POLICY, codes.UNREACHABLE_BURN, codes.LONG_FOR_WINDOW, codes.NOTHING_LEFT), find
)
