"""Every key of slokit.yaml, changed alone: `slokit diff` names it, or it is listed as silent.

The keys are those of the JSON Schema, so that a new key without a line here is a failure.
"""

from pathlib import Path

import pytest

from slokit import api
from slokit.diff.compare import compare
from slokit.diff.model import BundleDiff
from slokit.model.bundle import Bundle
from tests.unit.diff.test_every_key import keys

PROJECT = """\
bundle: shop
specs: [slo-specs]
links: {grafana: "https://g.example.com", runbooks: "https://r.example.com"}
prometheus: {url: "http://localhost:9090", replica_labels: [replica]}
alerts:
  severities:
    page: {name: critical, labels: {pager: "yes"}}
    ticket: {name: warning, labels: {queue: ops}}
  labels: {page: [owner], ticket: [owner]}
alert_policies:
  gold:
    extends: default
    min_bad_events: 5
    min_budget_spent: 1%
    no_data: page
    burn_alerts:
      - {severity: page, long: 1h, short: 5m, burn: 14.4}
      - {severity: ticket, long: 3d, short: 6h, budget: 10%, for: 5m, keep_firing_for: 15m}
    budget_alerts:
      - {severity: ticket, spent: 75%}
  silver: {extends: default, min_bad_events: 2}
error_budget_policy:
  - {below: 0%, do: freeze, note: Only fixes ship}
  - {below: 25%, do: careful}
maintenance:
  - name: patching
    reason: Updates
    services: [shop]
    when: {weekdays: [sunday], times: [{start_time: "02:00", end_time: "04:00"}], location: UTC}
  - name: move
    reason: Racks
    match: 'cluster="eu"'
    from: "2026-12-05T22:00:00+01:00"
    to: "2026-12-06T04:00:00+01:00"
alertmanager:
  receivers:
    ops:
      webhook: {url: "http://a.example.com", send_resolved: true}
      slack: {channel: "#ops", api_url_file: /run/slack}
      pagerduty: {routing_key_file: /run/pd}
      opsgenie: {api_key_file: /run/og, team: ops}
      email: {to: ops@example.com, sender: me@example.com, smarthost: "mail.example.com:25"}
      teams: {webhook_url_file: /run/teams}
    lead: {webhook: {url_file: /run/hook}}
  default: ops
  routes:
    - {owner: team-shop, page: ops, ticket: lead, escalate: {after: 30m, to: lead}}
    - {match: 'cluster="eu"', page: lead}
  group_by: [cluster]
  group_wait: {page: 30s, ticket: 5m}
"""
SPEC = """\
apiVersion: slokit/v1
service: shop
owner: team-shop
labels: {tier: gold}
defaults: {group_by: [cluster]}
slos:
  - name: up
    objective: 99.9%
    alert_policy: gold
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: slow
    objective: 99.9%
    alert_policy: silver
    sli: {events: {bad: slow_total, total: requests_total}}
"""
# What a key is, what it becomes, and how the change that names it begins.
Edit = tuple[str, str, str]


def added(line: str, called: str) -> Edit:
    """A key of the file's own, which was not there."""
    return "bundle: shop\n", f"bundle: shop\n{line}\n", called


RECEIVER = "alertmanager.receivers.ops"
PATCHING, MOVE = "maintenance patching", "maintenance move"
EDITS: dict[str, Edit] = {
    "bundle": ("bundle: shop", "bundle: store", "bundle"),
    "out": added("out: written", "out"),
    "files.prefix": added("files: {prefix: bundle}", "files.prefix"),
    "interval": added("interval: 15s", "interval"),
    "scrape_interval": added("scrape_interval: 15s", "scrape_interval"),
    "ledger_window": added("scrape_interval: 15s\nledger_window: 1m", "ledger_window"),
    "targets": added("targets: [prometheus]", "targets"),
    "alerts.severities.page.name": ("name: critical", "name: page", "severity page"),
    "alerts.severities.page.labels": ('pager: "yes"', 'pager: "no"', "label pager of every page"),
    "alerts.severities.ticket.name": ("name: warning", "name: ticket", "severity ticket"),
    "alerts.severities.ticket.labels": ("queue: ops", "queue: b", "label queue of every ticket"),
    "alerts.labels.page": ("{page: [owner]", "{page: [owner, tier]", "alerts: labels of page"),
    "alerts.labels.ticket": ("ticket: [owner]}", "ticket: [owner, tier]}", "alerts: labels of t"),
    "alerts.annotations": (
        "\nalerts:\n",
        "\nalerts:\n  annotations: [note]\n",
        "alerts: annotations",
    ),
    "alertmanager.default": ("default: ops", "default: lead", "alertmanager.routes"),
    "alertmanager.receivers.*.webhook.send_resolved": (
        "resolved: true",
        "resolved: false",
        RECEIVER,
    ),
    "alertmanager.receivers.*.webhook.url": ("a.example.com", "b.example.com", RECEIVER),
    "alertmanager.receivers.*.webhook.url_file": (
        "/run/hook",
        "/run/b",
        "alertmanager.receivers.l",
    ),
    "alertmanager.receivers.*.webhook.bearer_token_file": (
        "url_file: /run/hook",
        "url_file: /run/hook, bearer_token_file: /run/t",
        "alertmanager.receivers.lead",
    ),
    "alertmanager.receivers.*.slack.send_resolved": (
        "/run/slack",
        "/run/slack, send_resolved: false",
        RECEIVER,
    ),
    "alertmanager.receivers.*.slack.channel": ('"#ops"', '"#shop"', RECEIVER),
    "alertmanager.receivers.*.slack.api_url_file": ("/run/slack", "/run/b", RECEIVER),
    "alertmanager.receivers.*.pagerduty.send_resolved": (
        "/run/pd",
        "/run/pd, send_resolved: false",
        RECEIVER,
    ),
    "alertmanager.receivers.*.pagerduty.routing_key_file": ("/run/pd", "/run/b", RECEIVER),
    "alertmanager.receivers.*.opsgenie.send_resolved": (
        "team: ops}",
        "team: ops, send_resolved: false}",
        RECEIVER,
    ),
    "alertmanager.receivers.*.opsgenie.api_key_file": ("/run/og", "/run/b", RECEIVER),
    "alertmanager.receivers.*.opsgenie.api_url": (
        "team: ops}",
        'team: ops, api_url: "https://o.example.com"}',
        RECEIVER,
    ),
    "alertmanager.receivers.*.opsgenie.team": ("team: ops}", "team: b}", RECEIVER),
    "alertmanager.receivers.*.opsgenie.priority": (
        "team: ops}",
        "team: ops, priority: P1}",
        RECEIVER,
    ),
    "alertmanager.receivers.*.email.send_resolved": (
        "{to: ops@",
        "{send_resolved: false, to: ops@",
        RECEIVER,
    ),
    "alertmanager.receivers.*.email.to": ("to: ops@", "to: all@", RECEIVER),
    "alertmanager.receivers.*.email.sender": ("sender: me@", "sender: you@", RECEIVER),
    "alertmanager.receivers.*.email.smarthost": (
        "mail.example.com:25",
        "m.example.com:25",
        RECEIVER,
    ),
    "alertmanager.receivers.*.email.auth_username": (
        "{to: ops@",
        "{auth_username: me, auth_password_file: /run/p, to: ops@",
        RECEIVER,
    ),
    "alertmanager.receivers.*.email.auth_password_file": (
        "{to: ops@",
        "{auth_username: me, auth_password_file: /run/p, to: ops@",
        RECEIVER,
    ),
    "alertmanager.receivers.*.email.require_tls": (
        "{to: ops@",
        "{require_tls: false, to: ops@",
        RECEIVER,
    ),
    "alertmanager.receivers.*.teams.send_resolved": (
        "/run/teams",
        "/run/teams, send_resolved: false",
        RECEIVER,
    ),
    "alertmanager.receivers.*.teams.webhook_url_file": ("/run/teams", "/run/b", RECEIVER),
    "alertmanager.routes.owner": ("owner: team-shop, page", "owner: team-b, page", "pages of shop"),
    "alertmanager.routes.service": ("{owner: team-shop,", "{service: b,", "pages of shop"),
    "alertmanager.routes.match": (
        "match: 'cluster=\"eu\"', page",
        "match: 'cluster=\"us\"', page",
        "alertmanager.routes",
    ),
    "alertmanager.routes.page": (
        "page: ops, ticket: lead",
        "page: lead, ticket: lead",
        "pages of shop",
    ),
    "alertmanager.routes.ticket": (
        "page: ops, ticket: lead",
        "page: ops, ticket: ops",
        "tickets of shop",
    ),
    "alertmanager.routes.escalate.after": ("after: 30m", "after: 40m", "pages of shop"),
    "alertmanager.routes.escalate.to": ("to: lead}", "to: ops}", "pages of shop"),
    "alertmanager.group_by": (
        "group_by: [cluster]",
        "group_by: [service]",
        "alertmanager.group_by",
    ),
    "alertmanager.group_wait.page": ("page: 30s", "page: 40s", "pace of pages"),
    "alertmanager.group_wait.ticket": ("ticket: 5m", "ticket: 6m", "pace of tickets"),
    "alertmanager.group_interval.page": (
        "  group_wait",
        "  group_interval: {page: 7m}\n  group_wait",
        "pace of pages",
    ),
    "alertmanager.group_interval.ticket": (
        "  group_wait",
        "  group_interval: {ticket: 7m}\n  group_wait",
        "pace of tickets",
    ),
    "alertmanager.repeat_interval.page": (
        "  group_wait",
        "  repeat_interval: {page: 7h}\n  group_wait",
        "pace of pages",
    ),
    "alertmanager.repeat_interval.ticket": (
        "  group_wait",
        "  repeat_interval: {ticket: 7d}\n  group_wait",
        "pace of tickets",
    ),
    "alertmanager.base": ("  group_wait", "  base: own.yaml\n  group_wait", "alertmanager.base"),
    "alert_policies.*.extends": (
        "silver: {extends: default",
        "silver: {extends: page-only",
        "burn alerts",
    ),
    "alert_policies.*.min_bad_events": ("min_bad_events: 2", "min_bad_events: 3", "min_bad_events"),
    "alert_policies.*.min_budget_spent": ("spent: 1%", "spent: 2%", "min_budget_spent"),
    "alert_policies.*.no_data": ("no_data: page", "no_data: ticket", "severity of missing data"),
    "alert_policies.*.burn_alerts.severity": (
        "severity: page, long: 1h, short: 5m, burn: 14.4",
        "severity: ticket, long: 1h, short: 5m, burn: 14.4, for: 5m, keep_firing_for: 15m",
        "burn alerts",
    ),
    "alert_policies.*.burn_alerts.long": ("long: 1h", "long: 2h", "burn alerts"),
    "alert_policies.*.burn_alerts.short": ("short: 5m", "short: 10m", "burn alerts"),
    "alert_policies.*.burn_alerts.burn": ("burn: 14.4", "burn: 10", "burn alerts"),
    "alert_policies.*.burn_alerts.budget": ("budget: 10%", "budget: 20%", "burn alerts"),
    "alert_policies.*.burn_alerts.for": ("for: 5m", "for: 6m", "for of ticket"),
    "alert_policies.*.burn_alerts.keep_firing_for": ("for: 15m", "for: 16m", "keep_firing_for of"),
    "alert_policies.*.budget_alerts.severity": (
        "severity: ticket, spent",
        "severity: page, spent",
        "budget alerts",
    ),
    "alert_policies.*.budget_alerts.spent": ("spent: 75%", "spent: 80%", "budget alerts"),
    "error_budget_policy.below": ("below: 25%", "below: 20%", "error_budget_policy"),
    "error_budget_policy.do": ("do: careful", "do: freeze", "error_budget_policy"),
    "error_budget_policy.note": ("note: Only", "note: No", "error_budget_policy"),
    "maintenance.name": ("name: patching", "name: patches", PATCHING),
    "maintenance.reason": ("reason: Updates", "reason: Kernels", PATCHING),
    "maintenance.services": ("services: [shop]", "match: 'a=\"b\"'", PATCHING),
    "maintenance.when.weekdays": ("[sunday]", "[monday]", PATCHING),
    "maintenance.when.times.start_time": ('"02:00"', '"01:00"', PATCHING),
    "maintenance.when.times.end_time": ('"04:00"', '"05:00"', PATCHING),
    "maintenance.when.days_of_month": ("{weekdays: [sunday]", "{days_of_month: ['1']", PATCHING),
    "maintenance.when.months": ("{weekdays: [sunday]", "{months: [may]", PATCHING),
    "maintenance.when.years": ("{weekdays: [sunday]", "{years: ['2030']", PATCHING),
    "maintenance.when.location": ("location: UTC", "location: Asia/Tokyo", PATCHING),
    "maintenance.applies": ("reason: Racks", "reason: Racks\n    applies: [report]", MOVE),
    "maintenance.match": (
        "match: 'cluster=\"eu\"'\n    from",
        "match: 'cluster=\"us\"'\n    from",
        MOVE,
    ),
    "maintenance.from": ("05T22", "05T21", MOVE),
    "maintenance.to": ("06T04", "06T05", MOVE),
    "links": ("https://g.", "https://grafana.", "links.grafana"),
    "prometheus.replica_labels": ("[replica]", "[prometheus]", "prometheus.replica_labels"),
    "requires_prometheus": added("requires_prometheus: 3", "requires_prometheus"),
}
# Which files are read, what is said and kept here and how a server is reached decide no rule,
# alert or number; environments are values of templates, which are compared as what they make.
SILENT = {
    *("specs", "exclude", "archive", "requires", "lint.disable", "environments"),
    *("prometheus.url", "prometheus.bearer_token_file", "prometheus.basic_auth_file"),
    *("prometheus.headers", "prometheus.tenant", "prometheus.ca_file", "prometheus.client_cert"),
    *("prometheus.client_key", "prometheus.timeout"),
    # where in the file of another tool one's own part stands
    "alertmanager.insert_under",
}


def test_every_key_of_the_schema_is_here() -> None:
    """A key is changed below, holds others that are, or is listed as saying nothing."""
    found = keys(api.project_file_schema())
    holding = {key for key in found if any(each.startswith(f"{key}.") for each in found)}

    assert found - holding - SILENT == EDITS.keys() - holding
    assert found >= EDITS.keys() | SILENT


def bundle_of(directory: Path, project: str) -> Bundle:
    """The bundle of a slokit.yaml."""
    (directory / "slo-specs").mkdir(parents=True)
    (directory / "slo-specs" / "shop.yaml").write_text(SPEC)
    (directory / "own.yaml").write_text("route: {receiver: r}\nreceivers: [{name: r}]\n")
    (directory / "slokit.yaml").write_text(project)
    result = api.load(project=str(directory / "slokit.yaml"))
    assert not result.errors, "\n".join(map(str, result.errors))
    return result.bundle


def said(found: BundleDiff) -> set[str]:
    """What changed, by name."""
    slos = (change for one in (*found.slos, *found.causes) for change in one.changes)
    return {change.what for change in (*found.bundle, *slos)}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The unchanged bundle."""
    return bundle_of(tmp_path_factory.mktemp("before") / "project", PROJECT)


@pytest.mark.parametrize("key", EDITS)
def test_a_changed_key_is_named(before: Bundle, tmp_path: Path, key: str) -> None:
    """By its own name, or by that of what it decides."""
    old, new, called = EDITS[key]
    assert PROJECT.count(old) == 1, old

    found = said(compare(before, bundle_of(tmp_path / "project", PROJECT.replace(old, new))))

    assert any(what.startswith(called) for what in found), found


def test_a_silent_key_changes_nothing(before: Bundle, tmp_path: Path) -> None:
    """Neither a rule nor what is said of one."""
    text = PROJECT.replace("[slo-specs]", "slo-specs").replace("9090", "9091, timeout: 5s")
    more = "exclude: [old]\narchive: kept\nlint: {disable: [SLK203]}\nenvironments: {a: {b: c}}\n"

    assert not said(compare(before, bundle_of(tmp_path / "project", f"{text}{more}")))
