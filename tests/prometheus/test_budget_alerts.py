"""The alert on a spent budget, and the one on missing data."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from slokit.compiler import names
from tests.prometheus.bundles import growing
from tests.support.compile.compiled import compiled
from tests.support.history.replay_output import FiringAlert
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPENT = """
    apiVersion: slokit/v1
    service: shop
    owner: team-shop
    defaults: {window: 2d, group_by: [cluster]}
    slos:
      - name: availability
        objective: 99%
        sli: {events: {bad: errors_total, total: requests_total}}
      - {name: tickets, alert_policy: ticket-only, window: 6d, objective: 99%,
         sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: pages, alert_policy: page-only, objective: 99%,
         sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: untold, alert_policy: none, objective: 99%,
         sli: {events: {bad: errors_total, total: requests_total}}}
"""
GONE = """
    apiVersion: slokit/v1
    service: shop
    owner: team-shop
    defaults: {group_by: [cluster]}
    slos:
      - name: availability
        objective: 99%
        sli: {events: {bad: errors_total, total: requests_total}}
      - {name: expected-silence, no_data: ignore, objective: 99%,
         sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: untold, alert_policy: none, objective: 99%,
         sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: misspelt, objective: 99%, sli: {events: {bad: errors_total, total: request_total}}}
      - {name: not-yet, no_data: ignore, objective: 99%,
         sli: {events: {bad: errors_total, total: request_total}}}
      - {name: idle, objective: 99%, sli: {events: {bad: errors_total, total: idle_total}}}
"""
OWN = {"bundle": "test", "service": "shop", "severity": "ticket", "owner": "team-shop"}


def told(alerts: list[FiringAlert]) -> list[Mapping[str, str]]:
    """The alerts' labels without those that all of them have, by SLO and cluster."""
    assert all(OWN.items() <= alert.labels.items() for alert in alerts)
    left = [
        {k: v for k, v in alert.labels.items() if k not in {*OWN, "alertname"}} for alert in alerts
    ]
    return sorted(left, key=lambda labels: (labels["slo"], labels.get("cluster", "")))


def test_a_spent_budget_is_told_once_it_has_data_of_half_a_window(tmp_path: Path) -> None:
    """SLOBudgetExhausted is silent up to half a window of data, then fires, for its policies.

    Twice as much as is allowed in a whole window is all of it in half of one, the rest was good.
    """
    made = compiled(tmp_path, SPENT, interval="5m", scrape_interval="1m")
    both = {
        series: growing((300, step))
        for series, step in (
            ('requests_total{cluster="a"}', 1000),
            ('errors_total{cluster="a"}', 22),
            ('requests_total{cluster="b"}', 1000),
            ('errors_total{cluster="b"}', 18),
        )
    }
    replay = RuleReplay(tmp_path / "replay", made.files, both, "5m", evaluation_interval="5m")
    replay.ask_alerts(names.EXHAUSTED_ALERT, "1d", "1d15m")

    assert replay.alerts(names.EXHAUSTED_ALERT, "1d") == []
    fired = replay.alerts(names.EXHAUSTED_ALERT, "1d15m")
    assert told(fired) == [{"slo": "availability", "cluster": "a"}]
    summary = "shop/availability cluster=a has spent its error budget, and 11.15% more"
    assert summary in [alert.annotations["summary"] for alert in fired]


def test_spent_budgets_are_told_in_plain_numbers(tmp_path: Path) -> None:
    """No share below nothing is left, and no power of ten stands in a sentence."""
    left = {"over": -0.1115, "far-over": -37.8, "just-below": 0.004, "part": 0.2, "more": -0.5}
    slo = "{{name: {}, objective: 99%, sli: {{events: {{bad: b, total: t}}}}}}"
    spec = "apiVersion: slokit/v1\nservice: shop\nslos:\n" + "".join(
        f"  - {slo.format(name)}\n" for name in left
    )
    spent = [{"severity": "ticket", "spent": share} for share in ("75%", "100%")]
    made = compiled(tmp_path, spec, alert_policies={"default": {"budget_alerts": spent}})
    rules = [
        rule
        for group in yaml.safe_load(made.bundle.read_text())["groups"]
        for rule in group["rules"]
        if rule.get("alert") in (names.SPENT_ALERT, names.EXHAUSTED_ALERT)
    ]
    alone = tmp_path / "alone.yaml"
    alone.write_text(yaml.safe_dump({"groups": [{"name": "alone", "rules": rules}]}))
    series = {}
    for name, share in left.items():
        own = f'bundle="test",service="shop",slo="{name}"'
        # it was spent a moment ago where it is not now
        series[f'slokit:budget_remaining:ratio{{{own},window="30d"}}'] = f"-1 {share}x9"
        series[f'slokit:history:bool{{{own},window="30d"}}'] = "1x9"
        series[f'slokit:info{{{own},alert_policy="default"}}'] = "1x9"
    replay = RuleReplay(tmp_path / "replay", [alone], series)
    replay.ask_alerts(names.SPENT_ALERT, "5m")
    replay.ask_alerts(names.EXHAUSTED_ALERT, "5m")
    summaries = [
        alert.annotations["summary"].removeprefix("shop/")
        for alert in (
            *replay.alerts(names.SPENT_ALERT, "5m"),
            *replay.alerts(names.EXHAUSTED_ALERT, "5m"),
        )
    ]

    assert sorted(summaries) == [
        "far-over has spent 75% of its error budget; nothing is left",
        "far-over has spent its error budget, and 38 times as much again",
        "just-below has spent 75% of its error budget; 0.4% is left",
        "just-below has spent its error budget; 0.4% is left",
        "more has spent 75% of its error budget; nothing is left",
        "more has spent its error budget, and 50% more",
        "over has spent 75% of its error budget; nothing is left",
        "over has spent its error budget, and 11.15% more",
        "part has spent 75% of its error budget; 20% is left",
    ]


def test_missing_data_is_told_where_it_is_not_meant(tmp_path: Path) -> None:
    """SLONoData fires for a group that vanished, else never.

    Not for a service that is idle or was when it vanished, not for an SLO that never had any
    series, not for `no_data: ignore`, not for `alert_policy: none`.
    """
    series = {
        'requests_total{cluster="a"}': growing((140, 10)),
        'requests_total{cluster="b"}': f"{growing((80, 10))} stale",
        'idle_total{cluster="a"}': growing((140, 0)),
        'idle_total{cluster="b"}': f"{growing((80, 0))} stale",
    }
    replay = RuleReplay(tmp_path / "replay", compiled(tmp_path, GONE).files, series)
    replay.ask_alerts(names.NO_DATA_ALERT, "9m", "40m", "50m", "60m")

    assert told(replay.alerts(names.NO_DATA_ALERT, "9m")) == []
    assert told(replay.alerts(names.NO_DATA_ALERT, "40m")) == []
    assert told(replay.alerts(names.NO_DATA_ALERT, "50m")) == []
    vanished = {"slo": "availability", "cluster": "b"}
    assert told(replay.alerts(names.NO_DATA_ALERT, "60m")) == [vanished]
