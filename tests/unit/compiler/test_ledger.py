"""The ledger as rules: what is recorded of an SLO, and under which labels."""

from slokit.compiler.ledger import ledger_group, raw_ledger
from slokit.compiler.rules import RecordingRule
from tests.support.ledgers import sli_of
from tests.support.made_up import PROJECT, bundle, slo

IDENTITY = {"bundle": "made-up", "service": "shop", "slo": "checkout"}
TOTAL = 'slokit:total:rate5m{bundle="made-up",service="shop",slo="checkout"}'
ERRORS = sli_of("events", bad="errors_total", total="requests_total")


def test_an_slo_is_four_rules() -> None:
    """Total and bad by group; the budget and what else is known of the SLO once."""
    group = ledger_group(bundle(slo()).services[0], PROJECT)

    assert group.name == "slokit:made-up:ledger:shop"
    assert group.rules == (
        RecordingRule("slokit:total:rate5m", "all_of5m", IDENTITY),
        RecordingRule("slokit:bad:rate5m", "bad_of5m", IDENTITY),
        RecordingRule("slokit:budget:ratio", "vector(0.001)", IDENTITY),
        RecordingRule(
            "slokit:info",
            "vector(1)",
            {
                **IDENTITY,
                "sli": "made_up",
                "measure": "rate",
                "objective": "99.9%",
                "window": "30d",
                "alert_policy": "default",
                "owner": "team-shop",
            },
        ),
    )


def test_what_is_bad_reads_the_recorded_total() -> None:
    """The raw total is read once: the second rule takes what the first one gave."""
    total, bad, *_ = ledger_group(bundle(slo(sli=ERRORS)).services[0], PROJECT).rules

    assert isinstance(total, RecordingRule)
    assert isinstance(bad, RecordingRule)
    assert total.expr == (
        "sum by (cluster) (rate(requests_total[5m]))\nor\nsum by (cluster) (rate(errors_total[5m]))"
    )
    assert bad.expr == (
        f"sum by (cluster) (rate(errors_total[5m]))\nor ignoring (bundle, service, slo) 0 * {TOTAL}"
    )


def test_a_raw_ledger_reads_no_recorded_series() -> None:
    """Without the rules on a server the total is written out in the place where it is read."""
    raw = raw_ledger(slo(sli=ERRORS), PROJECT)

    assert "slokit:" not in raw.total + raw.bad
    assert raw.bad == (
        "sum by (cluster) (rate(errors_total[5m]))\n"
        f"or ignoring (bundle, service, slo) 0 * ({raw.total})"
    )


def test_metadata_is_never_part_of_the_identity() -> None:
    """Labels, owner and runbook stand on the info series alone: edits keep the history."""
    made = slo(labels={"tier": "1"}, runbook="https://runbooks.example/checkout", category="errors")
    *ledger, info = ledger_group(bundle(made).services[0], PROJECT).rules

    assert [rule.labels for rule in ledger] == [IDENTITY] * 3
    assert info.labels["tier"] == "1"
    assert info.labels["runbook"] == "https://runbooks.example/checkout"
    assert info.labels["category"] == "errors"
