"""What the tests of a bundle's own rules have in common."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from slokit.promql import build
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.unit_test import Claim, Input, UnitTest, label_text


def bundle_test(
    setting: Setting, title: str, inputs: Iterable[Input], claims: Iterable[Claim]
) -> UnitTest:
    """A test of the bundle, its claims in the order of their times."""
    name = f"bundle {setting.project.bundle}: {title}"
    ordered = sorted(claims, key=lambda claim: claim.at)
    return UnitTest(name, setting.project.interval, inputs, ordered)


def alert_claim(
    at: Fraction,
    name: str,
    found: Sequence[Mapping[str, str]],
    scene: str = "",
    state: str = "firing",
) -> Claim:
    """The alerts of this name that are in a state, each with all of its labels."""
    own = {"alertname": name, "alertstate": state}
    samples = [("ALERTS" + label_text({**own, **labels}), "1") for labels in found]
    return Claim(at, state, build.series("ALERTS", own), samples, scene)


def after(setting: Setting, at: Fraction, hold: Fraction) -> Fraction:
    """When an alert with a hold fires for sure whose condition begins to hold at a time."""
    return setting.whole(at + hold) + 2 * setting.project.ledger_window
