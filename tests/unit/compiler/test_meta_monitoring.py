"""The watch over the rules themselves, as rules."""

from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule
from tests.support.history.made_up import bundle, slo


def alerts() -> dict[str, AlertRule]:
    group = compile_bundle(bundle(slo(), slo(name="b"))).groups[-1]
    assert group.name == "slokit:made-up:self"
    rules = [rule for rule in group.rules if isinstance(rule, AlertRule)]
    return {" ".join([rule.alert, rule.labels["severity"]]): rule for rule in rules}


def test_rules_that_fail_or_lag_alert() -> None:
    """By what Prometheus says of the groups of this bundle, and of no other."""
    groups = 'rule_group=~".*;slokit:made-up:.*"'

    assert alerts()["SlokitRulesFailing page"].expr == (
        f"increase(prometheus_rule_evaluation_failures_total{{{groups}}}[5m]) > 0"
    )
    assert alerts()["SlokitRulesSlow ticket"].expr == (
        f"prometheus_rule_group_last_duration_seconds{{{groups}}}\n"
        f"> 0.5 * prometheus_rule_group_interval_seconds{{{groups}}}"
    )


def test_a_ledger_that_is_late_stuck_or_absent_pages() -> None:
    """Late by four intervals, a group that the server does not evaluate, or no ledger at all."""
    assert alerts()["SlokitLedgerStale page"].expr == (
        'max(time() - timestamp(slokit:budget:ratio{bundle="made-up"})) > 120\n'
        "or max(time() - prometheus_rule_group_last_evaluation_timestamp_seconds"
        '{rule_group=~".*;slokit:made-up:ledger:.*"}) > 180\n'
        'or max(absent(slokit:budget:ratio{bundle="made-up"}))'
    )


def test_a_service_whose_ledger_ended_is_a_ticket() -> None:
    """It wrote an hour or a day ago and does not now, while others do."""
    assert alerts()["SlokitLedgerStale ticket"].expr == (
        'group by (bundle, service) (slokit:budget:ratio{bundle="made-up"} offset 1h'
        ' or slokit:budget:ratio{bundle="made-up"} offset 1d)\n'
        'unless on (bundle, service) slokit:budget:ratio{bundle="made-up"}\n'
        'and on (bundle) slokit:budget:ratio{bundle="made-up"}'
    )


def test_no_rule_of_the_bundle_counts_its_services() -> None:
    """With more services and SLOs of the same kinds the bundle's rules stay as they are."""
    few = compile_bundle(bundle(slo()))
    many = compile_bundle(bundle(slo(), slo(name="b"), slo(service="another")))

    assert len(many.ledgers) > len(few.ledgers)
    assert many.groups == few.groups


def test_an_slo_that_two_files_write_alerts() -> None:
    """Two owners of one name overwrite each other's numbers."""
    assert alerts()["SlokitDuplicateSLO ticket"].expr == (
        'count by (bundle, service, slo) (slokit:info{bundle="made-up"}) > 1'
    )
