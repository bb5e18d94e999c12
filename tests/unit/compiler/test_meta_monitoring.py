"""The watch over the rules themselves, as rules."""

from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule
from tests.support.history.made_up import bundle, slo


def alerts() -> dict[str, AlertRule]:
    group = compile_bundle(bundle(slo(), slo(name="b"))).groups[-1]
    assert group.name == "slokit:made-up:self"
    return {rule.alert: rule for rule in group.rules if isinstance(rule, AlertRule)}


def test_rules_that_fail_or_lag_alert() -> None:
    """By what Prometheus says of the groups of this bundle, and of no other."""
    groups = 'rule_group=~".*;slokit:made-up:.*"'

    assert alerts()["SlokitRulesFailing"].expr == (
        f"increase(prometheus_rule_evaluation_failures_total{{{groups}}}[5m]) > 0"
    )
    assert alerts()["SlokitRulesSlow"].expr == (
        f"prometheus_rule_group_last_duration_seconds{{{groups}}}\n"
        f"> 0.5 * prometheus_rule_group_interval_seconds{{{groups}}}"
    )


def test_a_ledger_that_is_late_incomplete_or_absent_alerts() -> None:
    """Late by four intervals, fewer SLOs than were compiled, or none at all."""
    assert alerts()["SlokitLedgerStale"].expr == (
        'max by (bundle) (time() - timestamp(slokit:budget:ratio{bundle="made-up"})) > 120\n'
        "or count by (bundle) (count by (bundle, service, slo)"
        ' (slokit:budget:ratio{bundle="made-up"})) < 2\n'
        'or absent(slokit:budget:ratio{bundle="made-up"})'
    )


def test_an_slo_that_two_files_write_alerts() -> None:
    """Two owners of one name overwrite each other's numbers."""
    assert alerts()["SlokitDuplicateSLO"].expr == (
        'count by (bundle, service, slo) (slokit:info{bundle="made-up"}) > 1'
    )
