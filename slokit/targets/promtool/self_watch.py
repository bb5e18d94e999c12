"""Unit tests of a bundle's watch over itself: rules that fail, lag, vanish or are written twice."""

from collections.abc import Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle
from slokit.targets.promtool.claims import after, alert_claim, bundle_test
from slokit.targets.promtool.motion import Ramp
from slokit.targets.promtool.raw_series import labelled
from slokit.targets.promtool.setting import Setting, steps
from slokit.targets.promtool.unit_test import Claim, Input, UnitTest, label_text

_ONE, _MINUTE = Fraction(1), Fraction(60)
_LOOK_BACK = 5 * _MINUTE
_LATE = 4  # evaluations
_ABOVE, _BELOW = Fraction("0.51"), Fraction("0.49")  # of an interval, where half of it is too much


def self_watch_tests(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """The tests."""
    yield _failing(setting)
    yield _slow(setting)
    yield from _stale(bundle, setting)
    yield _duplicate(bundle, setting)


def _group(setting: Setting, part: str) -> str:
    return f"/rules.yaml;{names.bundle_group(setting.project.bundle, part)}"


def _foreign() -> str:
    return f"/rules.yaml;{names.bundle_group('elsewhere', 'fast')}"


def _failing(setting: Setting) -> UnitTest:
    metric, at = "prometheus_rule_evaluation_failures_total", 3 * setting.project.ledger_window
    samples = setting.samples(at) + 1
    growing, still = str(Ramp(_ONE, _ONE, samples)), steps((_ONE, samples))
    ours, healthy = _group(setting, "fast"), _group(setting, "slow")
    inputs = [
        Input(labelled(metric, [("rule_group", group)]), values)
        for group, values in ((ours, growing), (healthy, still), (_foreign(), growing))
    ]
    told = {"severity": PAGE, names.BUNDLE: setting.project.bundle, "rule_group": ours}
    claims = [alert_claim(at, names.RULES_FAILING_ALERT, [told])]
    return bundle_test(setting, "rules of one group fail", inputs, claims)


def _slow(setting: Setting) -> UnitTest:
    interval = setting.project.interval
    at = after(setting, Fraction(0), 10 * _MINUTE)
    samples = setting.samples(at) + 1
    slow, quick = _group(setting, "fast"), _group(setting, "slow")
    inputs = []
    for group, share in ((slow, _ABOVE), (quick, _BELOW), (_foreign(), _ABOVE)):
        took, every = (
            labelled(f"prometheus_rule_group_{name}_seconds", [("rule_group", group)])
            for name in ("last_duration", "interval")
        )
        inputs += [
            Input(took, steps((share * interval, samples))),
            Input(every, steps((interval, samples))),
        ]
    told = {"severity": TICKET, names.BUNDLE: setting.project.bundle, "rule_group": slow}
    claims = [
        alert_claim(
            Fraction(0), names.RULES_SLOW_ALERT, [], "over half of the interval, not for long"
        ),
        alert_claim(at, names.RULES_SLOW_ALERT, [told], "over half of the interval for a while"),
    ]
    return bundle_test(setting, "rules of one group are slow", inputs, claims)


def _stale(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    told = [{"severity": PAGE, names.BUNDLE: bundle.name}]
    at = after(setting, Fraction(0), 5 * _MINUTE)
    samples = setting.samples(at) + 1
    budgets = [setting.ledger(slo).terms("", samples)[0] for slo in bundle.slos]
    alert = names.LEDGER_STALE_ALERT
    for title, found, expected in (
        ("every SLO writes its ledger", budgets, []),
        ("one SLO does not write its ledger", budgets[1:], told),
        ("no SLO writes its ledger", [], told),
    ):
        yield bundle_test(setting, title, found, [alert_claim(at, alert, expected)])
    late = (_LATE + 1) * setting.project.interval
    if late < _LOOK_BACK:
        yield _late(setting, budgets, at, late)


def _late(setting: Setting, budgets: list[Input], at: Fraction, late: Fraction) -> UnitTest:
    """Budgets that are older than the limit, though Prometheus does not forget them yet."""
    values = budgets[0].values.split("x")[0]
    samples = setting.samples(at - late) + 1
    inputs = [line._replace(values=f"{values}x{samples - 1}") for line in budgets]
    told = [{"severity": PAGE, names.BUNDLE: setting.project.bundle}]
    claims: list[Claim] = [
        alert_claim(at, names.LEDGER_STALE_ALERT, told, "late, not for long", state="pending")
    ]
    return bundle_test(setting, "all SLOs write their ledger late", inputs, claims)


def _duplicate(bundle: Bundle, setting: Setting) -> UnitTest:
    """Metadata of one SLO written twice, by two owners; and of another one once."""
    at = after(setting, Fraction(0), 15 * _MINUTE)
    samples = steps((_ONE, setting.samples(at) + 1))
    inputs = []
    for number, slo in enumerate(bundle.slos[:2]):
        own = {**identity(slo, setting.project), **metadata(slo)}
        inputs += [
            Input(names.INFO + label_text({**own, "owner": owner}), samples)
            for owner in ("one", "another")[: 2 - number]
        ]
    told = {**identity(bundle.slos[0], setting.project), "severity": TICKET}
    claims = [
        alert_claim(Fraction(0), names.DUPLICATE_SLO_ALERT, [], "not for long"),
        alert_claim(at, names.DUPLICATE_SLO_ALERT, [told], "for a while"),
    ]
    return bundle_test(setting, "two owners write one SLO", inputs, claims)
