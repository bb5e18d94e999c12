"""The ledger as rules: their order, their labels, and how an SLI reads its own rules."""

from dataclasses import dataclass
from decimal import Decimal

from slokit.compiler.ledger import ledger_group, ledger_rules, raw_ledger
from slokit.compiler.rules import RecordingRule
from slokit.model.ledger import Ledger, SupportingRule, Terms
from slokit.model.slo import Service
from tests.support.made_up import PROJECT, MadeUp, slo

IDENTITY = {"bundle": "made-up", "service": "shop", "slo": "checkout"}
OWN = '{bundle="made-up",service="shop",slo="checkout"}'


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


def test_four_rules_make_a_ledger() -> None:
    """Total, bad, budget and info; only the last one carries metadata."""
    rules = ledger_rules(slo(), PROJECT)

    assert rules == (
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


def test_what_an_sli_wants_recorded_comes_first() -> None:
    """In its order, with the SLO's labels, so that each rule can read those before it."""
    rules = ledger_rules(slo(sli=Sliced()), PROJECT)

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
    service = Service("shop", (slo(), slo(name="b", objective=Decimal("0.99"))), "shop.yaml", 0)
    group = ledger_group(service, PROJECT)

    assert (group.name, group.interval) == ("slokit:made-up:ledger:shop", PROJECT.interval)
    assert [rule.labels["slo"] for rule in group.rules] == ["checkout"] * 4 + ["b"] * 4
