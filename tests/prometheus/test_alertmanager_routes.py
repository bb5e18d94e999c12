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


def of_base(route: str, more: str = "") -> str:
    return f"route: {route}\nreceivers: [{{name: rest}}, {{name: sre}}]\n{more}"


@pytest.mark.parametrize(
    ("base", "under", "receivers"),
    [
        (of_base("{receiver: rest, routes: }"), "", ["storage-oncall"]),
        ("--- # of the old team\n" + of_base("{receiver: rest}") + "...\n", "", ["storage-oncall"]),
        ("\ufeff" + of_base("{receiver: rest}").replace("\n", "\r\n"), "", ["storage-oncall"]),
        (
            of_base("{receiver: rest}", "inhibit_rules:\ntime_intervals: []\n"),
            "",
            ["storage-oncall"],
        ),
        (
            of_base("{receiver: rest, routes: [{match: {team: sre, prio: 1}, receiver: sre}]}"),
            "team=sre,prio=1",
            ["rest"],
        ),
        (
            of_base("{receiver: rest, routes: [{match_re: {team: sre|ops}, receiver: sre}]}"),
            'team=~"sre|ops"',
            ["storage-oncall"],
        ),
        (
            of_base("{receiver: rest, routes: [{matchers: ['{team=sre, service=shop}']}]}"),
            "service=shop,team=sre",
            ["storage-oncall"],
        ),
        (
            of_base(
                "{receiver: rest, routes: [{match: {team: sre}, receiver: sre, continue: true},"
                " {matchers: [service=shop], receiver: rest}]}"
            ),
            "service=shop",
            ["sre", "storage-oncall"],
        ),
        (
            of_base(
                "{receiver: rest, routes: [{match: {team: sre}, routes: &own [{receiver: sre}]}]}"
            ),
            "team=sre",
            ["storage-oncall"],
        ),
    ],
)
def test_whatever_a_base_looks_like(
    tmp_path: Path, base: str, under: str, receivers: list[str]
) -> None:
    """Empty keys, old matchers, values without quotes, `continue`, anchors, documents' marks."""
    insert = f"  insert_under: {under!r}\n" if under else ""
    path = alertmanager_file(tmp_path, f"{WITH_BASE}{insert}", base)
    labels = alert("page", owner="team-storage", team="sre", service="shop")

    check_config(path)
    assert routes_to(path, labels) == receivers
    assert explained(tmp_path, labels) == receivers


@pytest.mark.parametrize(
    ("base", "under", "message"),
    [
        (of_base("{receiver: nobody}"), "", "no such receiver 'nobody'"),
        (of_base("{receiver: rest, routes: [{receiver: srx}]}"), "", "no such receiver 'srx'"),
        (of_base("{group_by: [a]}"), "", "the first route of the base has no receiver"),
        (of_base("{receiver: rest, routes: {a: b}}"), "", "'routes' must be a list"),
        (of_base("{receiver: rest, routes: [sre]}"), "", "a route must be a mapping"),
        (of_base("{receiver: rest, routes: [{matchers: a=b}]}"), "", "'matchers' must be a list"),
        (of_base("{receiver: rest}") * 2, "", "duplicate key 'route'"),
        (
            of_base("{receiver: rest}") + "---\n" + of_base("{receiver: rest}"),
            "",
            "this is no configuration of Alertmanager",
        ),
        (of_base("{receiver: rest}"), "routes[0]", "'routes[0]' are no matchers"),
        (of_base("{receiver: rest}"), "team=sre", "the base has no route with the matchers"),
        (
            of_base("{receiver: rest, routes: [{match: {team: sre}}, {matchers: [team=sre]}]}"),
            "team=sre",
            "the base has several routes with the matchers",
        ),
    ],
)
def test_what_no_route_can_be_added_to_is_a_finding(
    tmp_path: Path, base: str, under: str, message: str
) -> None:
    """What Alertmanager would refuse, or what slokit would lose, and a place that is not there."""
    insert = f"  insert_under: {under!r}\n" if under else ""
    files = {
        "slokit.yaml": f"{WITH_BASE}{insert}",
        "slo-specs/shop.yaml": SPEC,
        "am/base.yaml": base,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    errors = api.load((), str(tmp_path / "slokit.yaml")).errors

    assert any(message in finding.message for finding in errors), errors
    assert all(finding.place for finding in errors)


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
