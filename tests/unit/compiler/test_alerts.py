"""Alerts as rules: which policies of a bundle's SLOs make which rules."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, RecordingRule
from slokit.model.alerting import (
    DEFAULT,
    NONE,
    PAGE,
    PAGE_ONLY,
    TICKET,
    AlertPolicy,
    BudgetAlert,
    BurnAlert,
    ShareAlert,
)
from slokit.model.bundle import Bundle
from slokit.model.window import RollingWindow
from tests.support.history.made_up import PROJECT, bundle, slo

HOUR = Fraction(3600)
DAYS_3, DAYS_28, DAYS_30, DAYS_90 = (
    RollingWindow(Fraction(86_400 * days)) for days in (3, 28, 30, 90)
)
GOLD = AlertPolicy(
    "gold",
    (BurnAlert(PAGE, HOUR, HOUR / 12, Decimal(10)),),
    (BudgetAlert(PAGE, Fraction(1)),),
    no_data=PAGE,
)
# As a policy of a bundle that names these burn alerts.
RIGID = replace(DEFAULT, shrinks=False)


def alerts(made: Bundle, name: str) -> list[AlertRule]:
    """The rules of this name, in their order."""
    return [
        rule
        for group in compile_bundle(made).groups
        for rule in group.rules
        if isinstance(rule, AlertRule) and rule.alert == name
    ]


def too_fast(made: Bundle) -> list[RecordingRule]:
    """The rules that record what burns too fast for a burn alert, in their order."""
    return [
        rule
        for group in compile_bundle(made).groups
        for rule in group.rules
        if isinstance(rule, RecordingRule) and rule.record == "slokit:burn_alert:ratio"
    ]


def test_each_policy_of_the_slos_makes_its_burn_alerts() -> None:
    """In one order, whatever the order of the SLOs; what no SLO carries makes none."""
    made = bundle(slo(name="a", policy=GOLD), slo(name="b", policy=PAGE_ONLY))

    assert [
        (rule.labels["alert_policy"], rule.labels["severity"], rule.labels["long"])
        for rule in too_fast(made)
    ] == [("page-only", "page", "1h"), ("page-only", "page", "6h"), ("gold", "page", "1h")]


def test_the_burn_alerts_of_one_severity_are_one_alert() -> None:
    """One rule for each policy and severity, whatever windows burn; none where no SLO can burn."""
    made = bundle(slo(name="a", policy=GOLD), slo(name="b"), slo(name="c", window=DAYS_3))
    short = bundle(slo(window=RollingWindow(Fraction(86_400)), policy=RIGID))

    assert [
        (rule.labels["alert_policy"], rule.labels["severity"])
        for rule in alerts(made, "SLOBudgetBurn")
    ] == [("default", "page"), ("default", "ticket"), ("gold", "page")]
    assert alerts(short, "SLOBudgetBurn") == []
    assert {"long", "short"}.isdisjoint(
        label for rule in alerts(made, "SLOBudgetBurn") for label in rule.labels
    )


def test_the_burn_alerts_of_one_severity_wait_and_last_equally_long() -> None:
    """They are one alert, which cannot do both; a page may wait otherwise than a ticket."""
    first, second, ticket, _ = DEFAULT.burn_alerts
    waits = replace(second, hold=Fraction(300))

    with pytest.raises(ValueError, match="x: burn alerts of one severity wait and last equally"):
        AlertPolicy("x", (first, waits))
    assert AlertPolicy("x", (first, replace(ticket, hold=Fraction(300)))).burn_alerts


def test_a_policy_of_a_bundle_is_compiled_like_a_preset() -> None:
    """Its burn rate and its name stand in the rule."""
    (rule,) = alerts(bundle(slo(policy=GOLD)), "SLOBudgetBurn")
    (recorded,) = too_fast(bundle(slo(policy=GOLD)))

    assert recorded.expr == (
        'slokit:burn:1h{bundle="made-up"} > 10\n'
        'and slokit:burn:5m{bundle="made-up"} > 10\n'
        "and on (bundle, service, slo)"
        ' slokit:info{bundle="made-up",alert_policy="gold"}'
    )
    assert recorded.labels == {
        "alert_policy": "gold", "severity": "page", "long": "1h", "short": "5m",
    }  # fmt: skip
    assert rule.expr == (
        "max without (alert_policy, severity, long, short)"
        ' (slokit:burn_alert:ratio{bundle="made-up",alert_policy="gold",severity="page"})\n'
        "* on (bundle, service, slo) group_left (owner)"
        " (topk by (bundle, service, slo) (1, timestamp("
        'slokit:info{bundle="made-up"})) ^ 0)'
    )


def test_an_edited_window_keeps_its_alert_before_the_ledger_has_it() -> None:
    """A rule names the windows that are too short for it, and no other: those may change."""
    month = too_fast(bundle(slo(name="a", window=DAYS_30)))
    weeks = too_fast(bundle(slo(name="a", window=DAYS_28)))
    mixed = bundle(
        slo(name="a", window=DAYS_30, policy=RIGID), slo(name="b", window=DAYS_3, policy=RIGID)
    )
    by_window = {rule.labels["long"]: rule.expr for rule in too_fast(mixed)}

    assert [rule.expr for rule in month] == [rule.expr for rule in weeks]
    assert 'window!="3d"' in by_window["3d"]
    assert "window" not in by_window["1h"]


def test_a_burn_alert_may_wait_and_last() -> None:
    """Both times are the policy's; those of the presets are none."""
    slow = replace(GOLD.burn_alerts[0], hold=Fraction(300), keep_firing=HOUR)
    (rule,) = alerts(bundle(slo(policy=replace(GOLD, burn_alerts=(slow,)))), "SLOBudgetBurn")
    plain = alerts(bundle(slo()), "SLOBudgetBurn")

    assert (rule.hold, rule.keep_firing) == (Fraction(300), HOUR)
    assert {(one.hold, one.keep_firing) for one in plain} == {(Fraction(0), Fraction(0))}


def test_a_spent_budget_alerts_at_the_severity_of_the_policy() -> None:
    """One rule a severity; each leaves out the policies without it, whichever are in use."""
    project = replace(PROJECT, own_policies=(GOLD,))
    slos = slo(name="a", policy=GOLD), slo(name="b"), slo(name="c", policy=PAGE_ONLY)
    made = bundle(*slos, project=project)
    found = alerts(made, "SLOBudgetExhausted")

    assert [rule.labels["severity"] for rule in found] == [PAGE, TICKET]
    assert 'alert_policy!~"default|none|page-only|ticket-only"' in found[0].expr
    assert 'alert_policy!~"gold|none|page-only"' in found[1].expr


def test_missing_data_alerts_at_the_severity_of_the_policy() -> None:
    """Every rule leaves out the policies of other severities, and those that want silence."""
    silver = replace(DEFAULT, name="silver")
    project = replace(PROJECT, own_policies=(GOLD, silver))
    plain = alerts(bundle(slo(), slo(name="b", policy=NONE)), "SLONoData")
    found = alerts(bundle(slo(policy=GOLD), project=project), "SLONoData")

    assert [rule.labels["severity"] for rule in plain] == [TICKET]
    assert 'alert_policy!="none"' in plain[0].expr
    assert [rule.labels["severity"] for rule in found] == [PAGE, TICKET]
    assert 'alert_policy!~"default|none|page-only|silver|ticket-only"' in found[0].expr
    assert 'alert_policy!~"gold|none"' in found[1].expr


def test_a_share_of_the_budget_is_one_rule_for_all_slo_windows() -> None:
    """A condition for each burn rate, each without the windows that have another one."""
    share = ShareAlert(TICKET, 24 * HOUR, 2 * HOUR, Fraction(1, 10))
    policy = AlertPolicy("gold", (share,))
    made = bundle(
        slo(name="month", policy=policy), slo(name="quarter", policy=policy, window=DAYS_90)
    )
    (rule,) = too_fast(made)

    assert "> 3\n" in rule.expr
    assert "> 9\n" in rule.expr
    assert 'alert_policy="gold",window!="30d"' in rule.expr
    assert 'alert_policy="gold",window!="90d"' in rule.expr


def test_a_page_on_events_waits_for_bad_events() -> None:
    """They are added up in the long window: samples of the ledger in a fast one, else counts."""
    rules = too_fast(bundle(slo(min_bad_events=5)))

    assert "[59m59s999ms]) * 30 < 4.5" in rules[0].expr
    assert (
        'sum_over_time(slokit:bad:events5m{bundle="made-up"}[5h59m]) < 4.5\n'
        '  and on (bundle, service, slo) slokit:info{bundle="made-up",min_bad_events="5"}'
    ) in rules[1].expr
    assert all("unless" not in rule.expr for rule in rules[2:])


def test_a_page_waits_for_a_share_of_the_budget() -> None:
    """By bad events of its long window, against the budget in events; a ticket does not wait."""
    policy = replace(DEFAULT, name="gold", min_budget_spent=Fraction(1, 50))
    made = bundle(slo(policy=policy), slo(name="plain"))
    rules = [rule for rule in too_fast(made) if rule.labels["alert_policy"] == "gold"]
    others = [rule for rule in too_fast(made) if rule.labels["alert_policy"] != "gold"]
    held_back = (
        "\n  < 0.02 * max without (window)"
        ' (last_over_time(slokit:budget:events{bundle="made-up"}[12m]))\n)'
    )

    assert [rule.expr.endswith(held_back) for rule in rules] == [True, True, False, False]
    assert 'sum_over_time(slokit:bad:events5m{bundle="made-up"}[5h59m])\n  <' in rules[1].expr
    assert all("slokit:budget:events" not in rule.expr for rule in others)


def test_a_part_of_the_budget_has_an_alert_of_its_own() -> None:
    """Its label says which part, and it ends only well above its limit, or after hours."""
    most = BudgetAlert(TICKET, Fraction(3, 4))
    made = bundle(slo(policy=AlertPolicy("gold", spent=(most,))))
    (rule,) = alerts(made, "SLOBudgetSpent")

    assert rule.labels["spent"] == "75%"
    assert "< 0.3\n" in rule.expr
    assert "[6h]) <= 0.25" in rule.expr
    assert alerts(made, "SLOBudgetExhausted") == []
