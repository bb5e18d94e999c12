"""What slokit writes for Alertmanager, as Alertmanager's own tool reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from tests.support.servers.alertmanager_server import check_config, routes_to

pytestmark = pytest.mark.programs("amtool")

RECEIVERS = """
    storage-oncall: {pagerduty: {routing_key_file: /etc/alertmanager/secrets/pagerduty/storage}}
    storage-chat: {slack: {api_url_file: /etc/alertmanager/secrets/slack/url, channel: "#storage"}}
    lead: {email: {to: lead@example.com, sender: slo@example.com, smarthost: "mx:25"}}
    genie: {opsgenie: {api_key_file: /etc/alertmanager/secrets/genie/key, team: sre, priority: P1}}
    hook: {webhook: {url: "https://hook.example.com/slo", bearer_token_file: /etc/token}}
"""
OWN = f"""
bundle: prod-eu
alerts: {{severities: {{page: critical, ticket: warning}}}}
alertmanager:
  receivers: {RECEIVERS.rstrip()}
  default: hook
  routes:
    - {{owner: team-storage, match: 'cluster=~"eu-.*"', page: [storage-oncall, genie]}}
    - owner: [team-storage, team.db]
      page: storage-oncall
      ticket: storage-chat
      escalate: [{{after: 30m, to: lead}}, {{after: 2h, to: [genie, hook]}}]
    - {{service: shop, ticket: storage-chat}}
"""
SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-storage
defaults: {group_by: [cluster]}
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b, total: t}}}
"""
BASE = """
# An existing configuration, of which every key matters.
global: {resolve_timeout: 7m, http_config: {follow_redirects: no}}
templates: [/etc/alertmanager/*.tmpl]
route:
  receiver: rest
  group_by: ['...']
  routes:
    - matchers: [severity="page"]
      receiver: pager
      continue: yes
      group_wait: 5s
    - match: {team: sre}
      receiver: sre
      routes:
        - {match_re: {service: "sh.*"}, receiver: shops}
    - {receiver: everything}
receivers:
  - &plain {name: rest}
  - {name: pager, webhook_configs: [{url: "http://pager", max_alerts: 010}]}
  - {name: sre}
  - <<: *plain
    name: "shops"
  - name: everything
inhibit_rules:
  - {source_match: {severity: page}, target_match: {severity: ticket}, equal: [cluster]}
time_intervals:
  - name: night
    time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}]}]
"""


def alertmanager_file(directory: Path, project: str, base: str = "") -> Path:
    """The configuration that is compiled from a slokit.yaml and, if need be, a base."""
    files = {"slokit.yaml": project, "slo-specs/shop.yaml": SPEC, "am/base.yaml": base}
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    loaded = api.load((), str(directory / "slokit.yaml"))
    assert not loaded.errors, [finding.message for finding in loaded.errors]
    api.write(loaded, ["alertmanager"])
    return directory / "alertmanager" / "alertmanager.yaml"


def explained(directory: Path, labels: Mapping[str, str]) -> list[str]:
    """The receivers of an alert as `slokit explain --alert` finds them."""
    loaded = api.load((), str(directory / "slokit.yaml"))
    text = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items())
    (found,) = api.explain_alerts(loaded, f"{{{text}}}", at=0)
    return [route.receiver for route in found.routes or ()]


def alert(severity: str, **labels: str) -> dict[str, str]:
    return {"alertname": "SLOBudgetBurn", "bundle": "prod-eu", "severity": severity, **labels}


def test_every_way_of_notifying_loads(tmp_path: Path) -> None:
    """Receivers of five kinds, escalations and inhibition are a configuration to Alertmanager."""
    said = check_config(alertmanager_file(tmp_path, OWN))

    assert "5 receivers" in said
    assert "3 inhibit rules" in said


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (alert("critical", owner="team-storage", cluster="eu-1"), ["storage-oncall", "genie"]),
        (
            alert("critical", owner="team-storage", cluster="us-1"),
            ["storage-oncall", "lead", "genie", "hook"],
        ),
        (alert("critical", owner="team.db"), ["storage-oncall", "lead", "genie", "hook"]),
        (alert("critical", owner="teamXdb"), ["hook"]),
        (alert("warning", owner="team-storage", cluster="eu-1"), ["storage-chat"]),
        (alert("warning", owner="other", service="shop"), ["storage-chat"]),
        (alert("warning", owner="other"), ["hook"]),
        (alert("critical", owner="other", service="shop"), ["hook"]),
        (alert("page", owner="team-storage"), ["hook"]),
        ({"alertname": "Watchdog"}, ["hook"]),
    ],
)
def test_alerts_go_where_the_first_fitting_route_says(
    tmp_path: Path, labels: Mapping[str, str], receivers: list[str]
) -> None:
    """By owner, service, labels and the renamed severity; what no route takes gets the default."""
    assert routes_to(alertmanager_file(tmp_path, OWN), labels) == receivers
    assert explained(tmp_path, labels) == receivers


WITH_BASE = f"""
bundle: prod-eu
alertmanager:
  base: am/base.yaml
  receivers: {RECEIVERS.rstrip()}
  routes:
    - {{owner: team-storage, page: storage-oncall}}
"""


@pytest.mark.parametrize(
    ("under", "labels", "receivers"),
    [
        ("", alert("page", owner="team-storage", team="sre"), ["storage-oncall"]),
        ("", alert("ticket", owner="team-storage"), ["rest"]),
        ("", {"severity": "page", "team": "sre"}, ["pager", "sre"]),
        ("", {"alertname": "Other"}, ["everything"]),
        ('team="sre"', alert("page", owner="team-storage"), ["pager", "everything"]),
        (
            'team="sre"',
            alert("page", owner="team-storage", team="sre"),
            ["pager", "storage-oncall"],
        ),
        ('team="sre"', alert("ticket", team="sre", service="shop"), ["sre"]),
        ('team="sre"', {"team": "sre", "service": "shop"}, ["shops"]),
        (
            "['team=\"sre\"', 'service=~\"sh.*\"']",
            alert("ticket", team="sre", service="shop"),
            ["shops"],
        ),
    ],
)
def test_routes_are_added_to_a_base(
    tmp_path: Path, under: str, labels: Mapping[str, str], receivers: list[str]
) -> None:
    """Alerts of the bundle take slokit's routes where they are inserted, all others the base's."""
    insert = f"  insert_under: {under if under.startswith('[') else repr(under)}\n" if under else ""
    path = alertmanager_file(tmp_path, f"{WITH_BASE}{insert}", BASE)

    check_config(path)
    assert routes_to(path, labels) == receivers
    assert explained(tmp_path, labels) == receivers


def test_a_base_keeps_its_meaning(tmp_path: Path) -> None:
    """Every value of the base is read again as it was, in its place; lists have grown."""
    path = alertmanager_file(tmp_path, WITH_BASE, BASE)
    before: dict[str, Any] = yaml.safe_load(BASE)
    after: dict[str, Any] = yaml.safe_load(path.read_text())

    assert "10 receivers" in check_config(path)
    own = after["route"]["routes"].pop(0)
    assert own["matchers"] == ['bundle="prod-eu"']
    assert after["receivers"][:5] == before["receivers"]
    assert [r["name"] for r in after["receivers"][5:]] == [
        "storage-oncall",
        "storage-chat",
        "lead",
        "genie",
        "hook",
    ]
    assert after["inhibit_rules"][:1] == before["inhibit_rules"]
    grown = ("receivers", "inhibit_rules")
    assert {k: v for k, v in after.items() if k not in grown} == {
        k: v for k, v in before.items() if k not in grown
    }
