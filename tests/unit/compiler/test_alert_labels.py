"""What alerts carry: labels and annotations as rules, and which rule has which name."""

from collections.abc import Mapping
from dataclasses import replace

from slokit.compiler import alert_labels
from slokit.compiler.ledger import metadata
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule
from slokit.model.alerting import (
    NONE,
    PAGE,
    PAGE_ONLY,
    SEVERITIES,
    TICKET,
    AlertLabels,
    SeverityLabels,
)
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from tests.support.history.made_up import PROJECT, bundle, slo

CARRIED = AlertLabels(
    {
        PAGE: SeverityLabels("critical", {"pager": "{{ $value }}"}, ("owner", "tier")),
        TICKET: SeverityLabels("warning", {}, ("owner",)),
    },
    annotations=("note", "owner"),
)
RICH = replace(PROJECT, alerts=CARRIED)
ROUTED = slo(labels={"tier": "1", "note": "Call us"}, routing={"team": "shop", "page_to": "x"})


def rules(made: Bundle, name: str) -> list[AlertRule]:
    """The alerts of this name, in their order."""
    return [
        rule
        for group in compile_bundle(made).groups
        for rule in group.rules
        if isinstance(rule, AlertRule) and rule.alert == name
    ]


def test_an_alert_carries_identity_metadata_routing_and_severity() -> None:
    """The page has what pages have, the ticket what tickets have, both the SLO's own routing."""
    both = {
        "bundle": "made-up", "service": "shop", "slo": "checkout", "owner": "team-shop",
        "team": "shop", "page_to": "x",
    }  # fmt: skip
    found = alert_labels.carried(ROUTED, RICH)
    page, ticket = (found[severity] for severity in SEVERITIES)

    assert list(alert_labels.carried(replace(ROUTED, policy=PAGE_ONLY), RICH)) == [PAGE, TICKET]
    assert alert_labels.carried(replace(ROUTED, policy=NONE), RICH) == {}
    assert page == {**both, "tier": "1", "severity": "critical", "pager": "{{ $value }}"}
    assert ticket == {**both, "severity": "warning"}


def test_routing_wins_over_metadata_and_an_empty_one_is_none() -> None:
    """An owner to route by stands in for the owner; a label that is emptied is not there."""
    one = slo(routing={"owner": "team-b", "team": ""})

    found = alert_labels.carried(one, PROJECT)[PAGE]

    assert (found["owner"], "team" in found) == ("team-b", False)
    assert metadata(one)["owner"] == "team-shop"
    assert metadata(one)["routing__owner"] == "team-b"
    assert "routing__team" not in metadata(one)


def test_a_rule_sets_severity_and_static_labels_and_takes_off_what_is_only_shown() -> None:
    """Text is no template; a label that alerts carry anyway is not taken off."""
    page, ticket = rules(bundle(ROUTED, project=RICH), "SLOBudgetBurn")

    assert page.labels == {
        "severity": "critical", "pager": '{{"{{"}} $value }}', "note": "", "runbook": "",
        "alert_policy": "default",
    }  # fmt: skip
    assert ticket.labels == {
        "severity": "warning",
        "note": "",
        "runbook": "",
        "alert_policy": "default",
    }


def test_labels_are_joined_for_their_severity_and_routes_get_their_names_last() -> None:
    """Metadata that alerts carry or show in one join; each routing label moves to its own name."""
    page, ticket = rules(bundle(ROUTED, slo(name="other"), project=RICH), "SLOBudgetBurn")
    moves = (
        ', "page_to", "$1", "routing__page_to", "(?s)(.+)"), "routing__page_to", "", "", "")\n'
        ', "team", "$1", "routing__team", "(?s)(.+)"), "routing__team", "", "", "")'
    )

    assert "group_left (owner, tier, note, routing__page_to, routing__team)" in page.expr
    assert "group_left (owner, note, routing__page_to, routing__team)" in ticket.expr
    assert page.expr.endswith(moves)
    assert page.expr.startswith(
        "label_replace(label_replace(\nlabel_replace(label_replace(\nmax without ("
    )


def test_all_alerts_on_slos_carry_the_same() -> None:
    """Spent budgets and missing data as well as burn alerts, each at its own severity."""
    for name in ("SLOBudgetExhausted", "SLONoData"):
        (rule,) = rules(bundle(ROUTED, project=RICH), name)

        assert rule.labels == {"severity": "warning", "note": "", "runbook": ""}
        assert "group_left (owner, note, routing__page_to, routing__team)" in rule.expr
        assert rule.annotations["note"] == "{{ $labels.note }}"


def test_alerts_on_rules_have_the_severity_and_its_labels() -> None:
    """There is no SLO whose metadata they could carry or show."""
    (failing,) = rules(bundle(ROUTED, project=RICH), "SlokitRulesFailing")
    (slow,) = rules(bundle(ROUTED, project=RICH), "SlokitRulesSlow")

    assert failing.labels == {
        "severity": "critical",
        "pager": '{{"{{"}} $value }}',
        "bundle": "made-up",
    }
    assert slow.labels == {"severity": "warning", "bundle": "made-up"}
    assert "note" not in failing.annotations


def shown(*annotations: str, links: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The annotations of a page where alerts show this metadata."""
    alerts = AlertLabels(annotations=annotations)
    project = replace(PROJECT, alerts=alerts, links=links or {})
    return rules(bundle(slo(), project=project), "SLOBudgetBurn")[0].annotations


def test_an_slos_text_goes_in_place_of_slokits() -> None:
    """Where an SLO has one: the others keep the sentence of slokit's."""
    plain, own = shown()["summary"], shown("summary")["summary"]

    assert own.startswith("{{ if $labels.summary }}{{ $labels.summary }}{{ else }}")
    assert own.endswith("{{ end }}{{ end }}")
    # the label of the text is no group label
    known = "alert_policy|owner"
    assert plain.replace(known, f"{known}|summary") in own


def test_a_runbook_that_alerts_know_is_not_written_out_by_slo() -> None:
    """The bundle's own page stands in for those that have none."""
    base = {"runbooks": "https://runbooks.example.com"}

    assert shown("runbook")["runbook_url"] == "{{ $labels.runbook }}"
    assert shown("runbook", links=base)["runbook_url"] == (
        "{{ if $labels.runbook }}{{ $labels.runbook }}{{ else }}"
        "https://runbooks.example.com/{{ $labels.service }}{{ end }}"
    )


def named(*slos: Slo) -> dict[str, list[str]]:
    """The expressions of the pages of each name."""
    made = bundle(*slos)
    found = {name: rules(made, name) for name in ("SLOBudgetBurn", "ShopErrors", "TillErrors")}
    return {
        name: [rule.expr for rule in own if rule.labels["severity"] == "page"]
        for name, own in found.items()
        if own
    }


def test_slos_with_a_name_for_their_alerts_share_a_rule() -> None:
    """One for each name and severity; the usual one leaves all named ones out."""
    found = named(
        slo(name="a", alert_name="ShopErrors"),
        slo(name="b", alert_name="ShopErrors"),
        slo(name="c", alert_name="TillErrors"),
        slo(name="d"),
    )

    assert {name: len(rules) for name, rules in found.items()} == {
        "SLOBudgetBurn": 1, "ShopErrors": 1, "TillErrors": 1,
    }  # fmt: skip
    assert 'slokit:info{bundle="made-up",alert_name=""})' in found["SLOBudgetBurn"][0]
    assert 'slokit:info{bundle="made-up",alert_name="ShopErrors"})' in found["ShopErrors"][0]


def test_the_usual_name_may_be_written_out() -> None:
    """It is the way back from a service's default, and makes no rule of its own."""
    (usual,) = named(slo())["SLOBudgetBurn"]

    assert named(slo(alert_name="SLOBudgetBurn")) == {"SLOBudgetBurn": [usual]}
    assert "alert_name" not in usual
    assert "alert_name" not in metadata(slo(alert_name="SLOBudgetBurn"))


def test_where_all_slos_have_a_name_there_is_no_usual_rule() -> None:
    """The other alerts keep their names."""
    assert list(named(slo(alert_name="ShopErrors"))) == ["ShopErrors"]
    assert rules(bundle(slo(alert_name="ShopErrors")), "SLONoData")
