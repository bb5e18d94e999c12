"""The ledger as rules: what is recorded of an SLO, and under which labels."""

from dataclasses import dataclass, replace
from decimal import Decimal

from slokit.compiler.ledger import compile_ledger, compile_ledgers, raw_ledger
from slokit.compiler.rules import RecordingRule
from slokit.model.ledger import Ledger, SupportingRule, Terms
from tests.support.history.ledgers import sli_of
from tests.support.history.made_up import PROJECT, MadeUp, bundle, slo

IDENTITY = {"bundle": "made-up", "service": "shop", "slo": "checkout"}
OWN = '{bundle="made-up",service="shop",slo="checkout"}'
TOTAL = f"slokit:total:rate5m{OWN}"
ERRORS = sli_of("events", bad="errors_total", total="requests_total")
BY_RATE = replace(slo().folding, is_exact=False)


@dataclass(frozen=True, slots=True)
class Sliced(MadeUp):
    """A made-up SLI that counts slices: bad ones out of all, each recorded before."""

    measure: str = "level"

    def ledger(self, terms: Terms) -> Ledger:
        """Two supporting rules, of which the second reads the first."""
        return Ledger(
            total=f"slices({terms.recorded('judged')})",
            bad=f"{terms.recorded_total} - good({terms.recorded('judged')})",
            supporting=(
                SupportingRule("seen", f"seen[{terms.window}]"),
                SupportingRule("judged", f"judged({terms.recorded('seen')})"),
            ),
        )


def test_an_slo_is_four_rules() -> None:
    """Total and bad by group; the budget and what else is known of the SLO once."""
    group = compile_ledgers(bundle(slo()).services[0], PROJECT)

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
                "alert_fails": "of events fail",
                "alert_allowed": "0.1% may",
            },
        ),
    )


def test_what_is_bad_reads_the_recorded_total() -> None:
    """The raw total is read once: the second rule takes what the first one gave."""
    total, bad, *_ = compile_ledgers(
        bundle(slo(sli=ERRORS, folding=BY_RATE)).services[0], PROJECT
    ).rules

    assert isinstance(total, RecordingRule)
    assert isinstance(bad, RecordingRule)
    assert total.expr == (
        "sum by (cluster) (rate(requests_total[5m]) >= 0 < Inf)\nor\n"
        "sum by (cluster) (rate(errors_total[5m]) >= 0 < Inf)"
    )
    assert bad.expr == (
        "sum by (cluster) (rate(errors_total[5m]) >= 0 < Inf)\n"
        f"or ignoring (bundle, service, slo) 0 * {TOTAL}"
    )


def test_a_raw_ledger_reads_no_recorded_series() -> None:
    """Without the rules on a server the total is written out in the place where it is read."""
    raw = raw_ledger(slo(sli=ERRORS, folding=BY_RATE), PROJECT)

    assert "slokit:" not in raw.total + raw.bad
    assert raw.bad == (
        "sum by (cluster) (rate(errors_total[5m]) >= 0 < Inf)\n"
        f"or ignoring (bundle, service, slo) 0 * ({raw.total})"
    )


def test_metadata_is_never_part_of_the_identity() -> None:
    """Labels, owner and runbook stand on the info series alone: edits keep the history."""
    made = slo(labels={"tier": "1"}, runbook="https://runbooks.example/checkout", category="errors")
    *ledger, info = compile_ledgers(bundle(made).services[0], PROJECT).rules

    assert [rule.labels for rule in ledger] == [IDENTITY] * 3
    assert info.labels["tier"] == "1"
    assert info.labels["runbook"] == "https://runbooks.example/checkout"
    assert info.labels["category"] == "errors"


def test_what_an_sli_wants_recorded_comes_first() -> None:
    """In its order, with the SLO's labels, so that each rule can read those before it."""
    rules = compile_ledger(slo(sli=Sliced()), PROJECT)

    assert rules[:4] == (
        RecordingRule("slokit:seen:rate5m", "seen[5m]", IDENTITY),
        RecordingRule("slokit:judged:rate5m", f"judged(slokit:seen:rate5m{OWN})", IDENTITY),
        RecordingRule("slokit:total:rate5m", f"slices(slokit:judged:rate5m{OWN})", IDENTITY),
        RecordingRule(
            "slokit:bad:rate5m",
            f"slokit:total:rate5m{OWN} - good(slokit:judged:rate5m{OWN})",
            IDENTITY,
        ),
    )
    assert [rule.record for rule in rules[4:]] == ["slokit:budget:ratio", "slokit:info"]


def test_over_raw_series_nothing_recorded_is_read() -> None:
    """Every rule is written out where it is read back, those that it reads as well."""
    seen = "(judged((seen[5m])))"

    assert raw_ledger(slo(sli=Sliced()), PROJECT) == Ledger(
        total=f"slices({seen})", bad=f"(slices({seen})) - good({seen})"
    )


def test_a_service_is_one_group() -> None:
    """Its SLOs one after another, at the interval of the ledger."""
    group = compile_ledgers(
        bundle(slo(), slo(name="b", objective=Decimal("0.99"))).services[0], PROJECT
    )

    assert (group.name, group.interval) == ("slokit:made-up:ledger:shop", PROJECT.interval)
    assert [rule.labels["slo"] for rule in group.rules] == ["checkout"] * 4 + ["b"] * 4
