"""What alerts carry where slokit.yaml and the specs say so: exact names, labels, annotations."""

from collections.abc import Mapping
from typing import Any

import pytest

from slokit.compiler import names
from tests.prometheus.bundles import growing, long_there
from tests.support.compile import promtool
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.replay_output import FiringAlert
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

TEXT = 'Say "{{ $value }}" to\nthe shop, not {{ query "up" }}'
SPECS = (
    """
    apiVersion: slokit/v1
    service: shop
    owner: team-shop
    labels: {tier: "1", team: of-the-metadata}
    routing: {channel: "#shop"}
    defaults: {group_by: [cluster]}
    slos:
      - name: availability
        alert_name: ShopErrors
        annotations:
          message: "Say \\"{{ $value }}\\" to\\nthe shop, not {{ query \\"up\\" }}"
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
      - name: refunds
        routing: {channel: "#refunds", team: money}
        annotations: {summary: Refunds fail}
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
    """,
    """
    apiVersion: slokit/v1
    service: till
    labels: {team: of-the-metadata}
    slos:
      - name: sales
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
      - name: gone
        objective: 99.9%
        sli: {events: {bad: vanished_total, total: gone_total}}
    """,
)
ALERTS: dict[str, Any] = {
    "severities": {
        "page": {"name": "critical", "labels": {"pager": TEXT}},
        "ticket": {"name": "warning", "labels": {"queue": "slow"}},
    },
    "labels": {"page": ["owner", "tier"], "ticket": ["owner"]},
    "annotations": ["message", "summary"],
}
SERIES = {
    **long_there(61, "shop", "availability", cluster="a"),
    **long_there(61, "shop", "refunds", cluster="a"),
    **long_there(61, "till", "sales"),
    'requests_total{cluster="a"}': growing((60, 600)),
    'errors_total{cluster="a"}': growing((60, 600)),
    "gone_total": growing((31, 600)),
    'prometheus_rule_group_last_duration_seconds{rule_group="r;slokit:test:fast"}': "50x60",
    'prometheus_rule_group_interval_seconds{rule_group="r;slokit:test:fast"}': "60x60",
}
AT = "50m"
PAGE = {"severity": "critical", "pager": TEXT, "alert_policy": "default"}
TICKET = {"severity": "warning", "queue": "slow"}
CRITICAL, WARNING = "critical", "warning"
SHOP = {"bundle": "test", "service": "shop", "owner": "team-shop"}
AVAILABILITY = {**SHOP, "slo": "availability", "cluster": "a", "channel": "#shop"}
REFUNDS = {**SHOP, "slo": "refunds", "cluster": "a", "channel": "#refunds", "team": "money"}
SALES = {"bundle": "test", "service": "till", "slo": "sales"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    timing = {"interval": "1m", "scrape_interval": "1m"}
    return compiled(tmp_path_factory.mktemp("carried"), *SPECS, alerts=ALERTS, **timing)


@pytest.fixture(scope="module")
def replay(made: Compiled, tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """All services fail from their start on."""
    directory = tmp_path_factory.mktemp("replay")
    replay = RuleReplay(directory, made.files, SERIES, "1m", evaluation_interval="1m")
    for name in (names.BURN_ALERT, "ShopErrors", names.NO_DATA_ALERT, names.RULES_SLOW_ALERT):
        replay.ask_alerts(name, AT)
    replay.ask(names.ALERTS, AT)
    return replay


def by_slo(replay: RuleReplay, name: str, **labels: str) -> Mapping[str, FiringAlert]:
    """The alerts of a name that fire and have these labels, by SLO."""
    return {
        alert.labels["slo"]: alert
        for alert in replay.alerts(name, AT)
        if labels.items() <= alert.labels.items()
    }


def test_a_page_has_exactly_these_labels_and_the_name_of_its_slo(replay: RuleReplay) -> None:
    """Severity and its label, metadata of pages, the SLO's own routes; text is no template."""
    usual = by_slo(replay, names.BURN_ALERT, severity=CRITICAL)
    own = by_slo(replay, "ShopErrors", severity=CRITICAL)

    assert {slo: alert.labels for slo, alert in own.items()} == {
        "availability": {"alertname": "ShopErrors", **AVAILABILITY, **PAGE, "tier": "1"},
    }
    assert {slo: alert.labels for slo, alert in usual.items()} == {
        "refunds": {"alertname": "SLOBudgetBurn", **REFUNDS, **PAGE, "tier": "1"},
        "sales": {"alertname": "SLOBudgetBurn", **SALES, **PAGE},
    }


def test_a_ticket_carries_the_metadata_of_tickets(replay: RuleReplay) -> None:
    """Not the tier, which slokit.yaml gives to pages alone, nor their labels."""
    policy = {"alert_policy": "default"}
    usual = by_slo(replay, names.BURN_ALERT, severity=WARNING)
    own = by_slo(replay, "ShopErrors", severity=WARNING)

    assert own["availability"].labels == {
        "alertname": "ShopErrors", **AVAILABILITY, **TICKET, **policy,
    }  # fmt: skip
    assert usual["sales"].labels == {"alertname": "SLOBudgetBurn", **SALES, **TICKET, **policy}


def test_missing_data_carries_the_same(replay: RuleReplay) -> None:
    """An SLO without routes has none, and metadata of a route's name stays metadata."""
    (alert,) = replay.alerts(names.NO_DATA_ALERT, AT)

    assert alert.labels == {
        "alertname": "SLONoData", "bundle": "test", "service": "till", "slo": "gone", **TICKET,
    }  # fmt: skip


def test_alerts_on_rules_have_the_severity_and_its_labels(replay: RuleReplay) -> None:
    """And the bundle, and the group that is slow."""
    (alert,) = replay.alerts(names.RULES_SLOW_ALERT, AT)

    assert alert.labels == {
        "alertname": "SlokitRulesSlow", "bundle": "test", "rule_group": "r;slokit:test:fast",
        **TICKET,
    }  # fmt: skip


def test_an_slos_annotations_are_shown_as_they_are(replay: RuleReplay) -> None:
    """One of its own beside slokit's, and one in the place of slokit's."""
    own = by_slo(replay, "ShopErrors", severity=CRITICAL)["availability"].annotations
    usual = by_slo(replay, names.BURN_ALERT, severity=CRITICAL)

    assert own["message"] == TEXT
    assert own["summary"] == (
        "shop/availability cluster=a: 100% of requests fail over 1h, 100% over 6h; 0.1% may."
        " Since 1970-01-01 00:06 UTC"
    )
    assert usual["refunds"].annotations["summary"] == "Refunds fail"
    assert usual["refunds"].annotations.get("message", "") == ""
    assert "till/sales: 100% of requests fail" in usual["sales"].annotations["summary"]
    assert "The burn rate was above 14.4" in usual["sales"].annotations["description"]


def test_what_is_only_shown_is_a_label_of_nothing(replay: RuleReplay) -> None:
    """Neither of alerts nor of the series that Prometheus keeps of them."""
    kept = [sample.labels for sample in replay.samples(names.ALERTS, AT)]

    assert len(kept) == 8
    assert not [labels for labels in kept if {"message", "summary"} & labels.keys()]
    assert not [labels for labels in kept if any(name.startswith("routing") for name in labels)]


def test_promtool_finds_nothing_to_complain_about(made: Compiled) -> None:
    """Rules of several names and severities are no duplicates."""
    outcome = promtool.check_rules(made.files)

    assert outcome.ok, outcome.output
