"""Every key of a spec, changed alone: `slokit diff` names it, or the key is listed as silent.

The keys are those of the JSON Schema, so that a new key without a line here is a failure.
"""

from pathlib import Path
from typing import Any

import pytest

from slokit import api
from slokit.diff.compare import compare
from slokit.model.bundle import Bundle
from tests.support.compile.loaded import loaded

SPEC = """\
apiVersion: slokit/v1
service: shop
description: The shop
owner: team-shop
labels: {tier: gold}
routing: {channel: shop}
runbook: https://runbooks.example.com/shop
defaults:
  selector: {job: shop}
  group_by: [region]
slos:
  - name: up
    category: availability
    description: Answered
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: ready
    objective: 99%
    sli: {events: {good: ready, total: wanted, of: gauges}}
  - name: fast
    objective: 99%
    sli:
      latency: {histogram: answer, unit: seconds, limits: [{match: 'verb="A"', at_most: 5s}],
        at_most: 250ms}
  - name: either
    objective: 99%
    sli:
      events: {bad: errors_total, total: requests_total, latency:
        {histogram: answer, unit: seconds, limits: [{match: 'verb="B"', at_most: 6s}], at_most: 2s}}
  - name: lag
    objective: 99.5%
    sli: {threshold: {metric: lag, unit: seconds, at_most: 200ms, expected: up, member: [instance]}}
  - name: level
    objective: 99.5%
    sli:
      threshold: {metric: level, limits: [{match: 'disk="a"', at_most: 7, at_least: 3}],
        at_most: 8, at_least: 2}
  - name: share
    objective: 99.5%
    sli: {threshold: {ratio: {of: used, to: size}, at_most: 90%}}
  - name: failovers
    sli: {rate: {counter: failovers_total, counted_by: every_member, at_most: 2/30d}}
  - {name: terms, sli: {rate: {epoch: term, at_most: 3/30d}}}
  - {name: starts, sli: {rate: {changes: start, at_most: 4/30d}}}
  - {name: given, objective: 99%, sli: {ratio: {bad: given_bad}}}
  - {name: mirrored, objective: 99%, sli: {ratio: {good: given_good}}}
  - name: sliced
    objective: 99%
    budgeting_method: time_slices
    time_slice: {window: 10m, target: 98%}
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: journey
    objective: 99%
    sli: {composite: {of: [up, lag, sliced], method: weighted, weights: {lag: 2}}}
  - name: read
    sli: {threshold: {metric: read, unit: seconds}}
    objectives:
      - {name: most, at_most: 100ms, objective: 95%, description: Most}
      - name: least
        at_least: 10ms
        objective: 96%
        window: {calendar: week, timezone: Europe/Paris}
  - name: fragile
    objective: 99%
    no_data: bad
    sli: {events: {bad: d_total, total: t_total}}
  - name: joined
    objective: 99%
    group_by: [zone]
    join: {info: node_info, by: [instance], labels: [zone]}
    window: {calendar: month, timezone: Europe/Berlin}
    sli: {events: {bad: b_total, total: t_total}}
cause_alerts:
  - {name: Lag, failure_mode: replica-lag, expr: "lag{$selector} > 60", for: 5m, summary: Late}
"""
TEMPLATE = """\
apiVersion: slokit/v1
parameters:
  job: {description: What is scraped}
  goal: {default: 99%}
service: ${job}
slos:
  - name: up
    objective: "${goal}"
    sli: {events: {bad: 'b_total{job="${job}"}', total: 't_total{job="${job}"}'}}
  - {name: gone, objective: 99%, sli: {events: {bad: c_total, total: t_total}}}
---
apiVersion: slokit/v1
use: ./spec.yaml
with: {job: db}
"""
DEFAULT, NAMED = "  group_by: [region]\n", "  - name: up\n"
ENTRY = "objective: 95%, description: Most"
JOIN = "{info: i, by: [instance], labels: [region]}"
# What a key is in the spec, what it becomes, and what the change is called.
Edit = tuple[str, str, str]


def inherited(text: str, called: str) -> Edit:
    """A key of `defaults`."""
    return DEFAULT, f"{DEFAULT}  {text}\n", called


def own(text: str, called: str) -> Edit:
    """A key of the first SLO."""
    return NAMED, f"{NAMED}    {text}\n", called


def of_entry(text: str, called: str) -> Edit:
    """A key of one of `objectives`."""
    return ENTRY, f"{ENTRY}, {text}", called


EDITS: dict[str, Edit] = {
    "service": ("service: shop", "service: store", "name"),
    "owner": ("owner: team-shop", "owner: team-store", "owner"),
    "labels": ("tier: gold", "tier: silver", "tier"),
    "routing": ("channel: shop", "channel: store", "routing: channel"),
    "runbook": ("com/shop", "com/store", "runbook"),
    "defaults.alert_name": inherited("alert_name: ShopBurns", "alert_name"),
    "defaults.alert_policy": inherited("alert_policy: page-only", "alert_policy"),
    "defaults.counting": inherited("counting: rate", "counting"),
    "defaults.deduplicate": inherited("deduplicate: [replica]", "deduplicate"),
    "defaults.group_by": (DEFAULT, "  group_by: [region, cell]\n", "group_by"),
    "defaults.no_data": inherited("no_data: ignore", "no_data"),
    "defaults.no_data_for": inherited("no_data_for: 30m", "no_data_for"),
    "defaults.offset": inherited("offset: 10m", "offset"),
    "defaults.selector": ("{job: shop}", "{job: store}", "selector"),
    "defaults.window": inherited("window: 7d", "window"),
    "defaults.window.calendar": inherited("window: {calendar: week}", "window"),
    "defaults.join.info": inherited(f"join: {JOIN}", "join"),
    "defaults.join.by": inherited(f"join: {JOIN.replace('instance', 'node')}", "join"),
    "defaults.join.labels": inherited(f"join: {JOIN}", "join"),
    "defaults.window.timezone": inherited("window: {calendar: week, timezone: UTC}", "window"),
    "slos.alert_name": own("alert_name: UpBurns", "alert_name"),
    "slos.alert_policy": own("alert_policy: page-only", "alert_policy"),
    "slos.annotations": own("annotations: {team_channel: x}", "team_channel"),
    "slos.budgeting_method": (
        "budgeting_method: time_slices\n    time_slice: {window: 10m, target: 98%}",
        "budgeting_method: ratio_time_slices\n    time_slice: {window: 10m}",
        "budgeting_method",
    ),
    "slos.category": ("category: availability", "category: errors", "category"),
    "slos.counting": own("counting: rate", "counting"),
    "slos.deduplicate": own("deduplicate: [replica]", "deduplicate"),
    "slos.description": ("description: Answered", "description: Served", "description"),
    "slos.formerly": own("formerly: available", "formerly"),
    "slos.group_by": own("group_by: [region, cell]", "group_by"),
    "slos.join.info": ("info: node_info", "info: host_info", "join"),
    "slos.join.by": ("by: [instance]", "by: [node]", "join"),
    "slos.join.labels": ("labels: [zone]", "labels: [{zone: az}]", "join"),
    "slos.labels": own("labels: {tier: lead}", "tier"),
    "slos.min_bad_events": own("min_bad_events: 7", "min_bad_events"),
    "slos.name": ("- name: ready", "- name: willing", "name"),
    "slos.no_data": own("no_data: ignore", "no_data"),
    "slos.no_data_for": ("no_data: bad", "no_data: bad\n    no_data_for: 30m", "no_data_for"),
    "slos.objective": ("objective: 99.9%", "objective: 99.8%", "objective"),
    "slos.objectives.alert_policy": of_entry("alert_policy: none", "alert_policy"),
    "slos.objectives.at_least": ("at_least: 10ms", "at_least: 20ms", "limit"),
    "slos.objectives.at_most": ("at_most: 100ms", "at_most: 200ms", "limit"),
    "slos.objectives.description": ("description: Most", "description: More", "description"),
    "slos.objectives.group_by": of_entry("group_by: [region, cell]", "group_by"),
    "slos.objectives.match": of_entry("match: 'kind=\"x\"'", "match"),
    "slos.objectives.name": ("name: most", "name: more", "name"),
    "slos.objectives.objective": ("objective: 95%", "objective: 94%", "objective"),
    "slos.objectives.window": of_entry("window: 7d", "window"),
    "slos.objectives.window.calendar": of_entry("window: {calendar: week}", "window"),
    "slos.objectives.window.timezone": ("Europe/Paris", "Europe/London", "window"),
    "slos.offset": own("offset: 10m", "offset"),
    "slos.owner": own("owner: team-up", "owner"),
    "slos.routing": own("routing: {channel: up}", "routing: channel"),
    "slos.runbook": own("runbook: https://runbooks.example.com/up", "runbook"),
    "slos.selector": own("selector: {job: up}", "selector"),
    "slos.sli.composite.method": ("weighted, weights: {lag: 2}", "worst", "method"),
    "slos.sli.composite.of": ("[up, lag, sliced]", "[up, lag]", "of"),
    "slos.sli.composite.weights": ("{lag: 2}", "{lag: 3}", "weights"),
    "slos.sli.events.bad": ("bad: errors_total", "bad: failures_total", "bad"),
    "slos.sli.events.good": ("good: ready", "good: readier", "good"),
    "slos.sli.events.latency.at_most": ("at_most: 2s", "at_most: 1s", "limit"),
    "slos.sli.events.latency.histogram": (
        "histogram: answer, unit: seconds, limits: [{match: 'verb=\"B\"'",
        "histogram: reply, unit: seconds, limits: [{match: 'verb=\"B\"'",
        "latency.histogram",
    ),
    "slos.sli.events.latency.starts_at_zero": (
        "at_most: 2s",
        "at_most: 2s, starts_at_zero: true",
        "latency.starts_at_zero",
    ),
    "slos.sli.events.latency.unit": (
        "unit: seconds, limits: [{match: 'verb=\"B\"'",
        "unit: ms, limits: [{match: 'verb=\"B\"'",
        "unit",
    ),
    "slos.sli.events.latency.limits.at_most": ("at_most: 6s", "at_most: 4s", "limit"),
    "slos.sli.events.latency.limits.match": ('verb="B"', 'verb="C"', "limit"),
    "slos.sli.events.latency.native": (
        "at_most: 2s",
        "at_most: 2s, native: true",
        "latency.native",
    ),
    "slos.sli.events.of": (", of: gauges", "", "of"),
    "slos.sli.events.starts_at_zero": (
        "total: requests_total}",
        "total: requests_total, starts_at_zero: true}",
        "starts_at_zero",
    ),
    "slos.sli.events.total": ("total: wanted", "total: wished", "total"),
    "slos.sli.latency.at_most": ("at_most: 250ms", "at_most: 300ms", "limit"),
    "slos.sli.latency.histogram": ("{histogram: answer,", "{histogram: reply,", "histogram"),
    "slos.sli.latency.limits.at_most": ("at_most: 5s", "at_most: 4s", "limit"),
    "slos.sli.latency.limits.match": ('verb="A"', 'verb="C"', "limit"),
    "slos.sli.latency.native": ("at_most: 250ms", "at_most: 250ms, native: true", "native"),
    "slos.sli.latency.starts_at_zero": (
        "at_most: 250ms",
        "at_most: 250ms, starts_at_zero: true",
        "starts_at_zero",
    ),
    "slos.sli.rate.at_most": ("at_most: 2/30d", "at_most: 1/30d", "objective"),
    "slos.sli.rate.changes": ("changes: start", "changes: begin", "changes"),
    "slos.sli.rate.counted_by": (
        "counted_by: every_member",
        "counted_by: one_member",
        "counted_by",
    ),
    "slos.sli.rate.counter": ("counter: failovers_total", "counter: failures_total", "counter"),
    "slos.sli.rate.epoch": ("epoch: term", "epoch: age", "epoch"),
    "slos.sli.rate.member": (
        "counted_by: every_member",
        "counted_by: every_member, member: [pod]",
        "member",
    ),
    "slos.sli.ratio.bad": ("bad: given_bad", "bad: given_worse", "bad"),
    "slos.sli.ratio.good": ("good: given_good", "good: given_better", "good"),
    "slos.sli.threshold.aggregate": (
        "at_most: 200ms",
        "at_most: 200ms, aggregate: best",
        "aggregate",
    ),
    "slos.sli.threshold.at_least": ("at_least: 2}", "at_least: 1}", "limit"),
    "slos.sli.threshold.at_most": ("at_most: 200ms", "at_most: 300ms", "limit"),
    "slos.sli.threshold.expected": ("expected: up", "expected: alive", "expected"),
    "slos.sli.threshold.limits.at_least": ("at_least: 3", "at_least: 4", "limit"),
    "slos.sli.threshold.limits.at_most": ("at_most: 7", "at_most: 6", "limit"),
    "slos.sli.threshold.limits.match": ('disk="a"', 'disk="b"', "limit"),
    "slos.sli.threshold.member": ("member: [instance]", "member: [pod]", "member"),
    "slos.sli.threshold.metric": ("metric: level", "metric: height", "metric"),
    "slos.sli.threshold.ratio.of": ("of: used", "of: taken", "ratio.of"),
    "slos.sli.threshold.ratio.to": ("to: size", "to: room", "ratio.to"),
    "slos.sli.threshold.remember": ("expected: up", "expected: up, remember: 1h", "remember"),
    "slos.sli.threshold.unit": ("lag, unit: seconds", "lag, unit: ms", "unit"),
    "slos.sli.latency.unit": (
        "unit: seconds, limits: [{match: 'verb=\"A\"'",
        "unit: ms, limits: [{match: 'verb=\"A\"'",
        "unit",
    ),
    "slos.sli.rate.unit": ("at_most: 2/30d", "at_most: 2/30d, unit: failovers", "unit"),
    "slos.time_slice.idle": ("target: 98%", "target: 98%, idle: bad", "time_slice.idle"),
    "slos.time_slice.target": ("target: 98%", "target: 97%", "time_slice.target"),
    "slos.time_slice.window": ("{window: 10m", "{window: 20m", "time_slice.window"),
    "slos.window": own("window: 7d", "window"),
    "slos.window.calendar": ("calendar: month", "calendar: quarter", "window"),
    "slos.window.timezone": ("Europe/Berlin", "Europe/London", "window"),
    "cause_alerts.expr": ("> 60", "> 70", "expr"),
    "cause_alerts.failure_mode": ("replica-lag", "slow-node", "failure_mode"),
    "cause_alerts.for": ("for: 5m", "for: 6m", "for"),
    "cause_alerts.group_by": ("for: 5m", "for: 5m, group_by: [cell]", "group_by"),
    "cause_alerts.keep_firing_for": ("for: 5m", "for: 5m, keep_firing_for: 1h", "keep_firing_for"),
    "cause_alerts.name": ("name: Lag", "name: Late", "cause alert"),
    "cause_alerts.runbook": ("for: 5m", "for: 5m, runbook: https://example.com/x", "runbook"),
    "cause_alerts.selector": ("for: 5m", "for: 5m, selector: {job: x}", "expr"),
    "cause_alerts.severity": ("for: 5m", "for: 5m, severity: page", "severity"),
    "cause_alerts.summary": ("summary: Late", "summary: Later", "summary"),
    "disable": ("with: {job: db}", "with: {job: db}\ndisable: [gone]", "objective"),
    "override": ("with: {job: db}", "with: {job: db}\noverride: {up: {window: 7d}}", "window"),
    "parameters.*.default": ("default: 99%", "default: 98%", "objective"),
    "with": ("with: {job: db}", "with: {job: db, goal: 98%}", "objective"),
}
# What these say is for people who read the spec, or which language it is in.
SILENT = {"apiVersion", "description", "parameters.*.description", "use"}


def keys(schema: Any) -> set[str]:
    """The key paths of a JSON Schema that hold a value and no further keys."""
    defs, found = schema["$defs"], set()

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if "$ref" in node:
            walk(defs[node["$ref"].rpartition("/")[2]], path)
        for key, value in node.get("properties", {}).items():
            found.add(".".join((*path, key)))
            walk(value, (*path, key))
        named = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
        for each in named:
            if isinstance(each, dict):
                walk(each, (*path, "*"))
        for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            walk(each, path)
        if "items" in node:
            walk(node["items"], path)

    walk(schema, ())
    return found


def test_every_key_of_the_schema_is_here() -> None:
    """A key is changed below, holds others that are, or is listed as saying nothing."""
    found = keys(api.spec_schema())
    holding = {key for key in found if any(each.startswith(f"{key}.") for each in found)}

    assert found - holding - SILENT == EDITS.keys() - holding
    assert found >= EDITS.keys() | SILENT


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """The bundles of the unchanged texts."""
    root = tmp_path_factory.mktemp("before")
    texts = {"spec": SPEC, "template": TEMPLATE}
    return {name: loaded(root / name, text).bundle for name, text in texts.items()}


@pytest.mark.parametrize("key", EDITS)
def test_a_changed_key_is_named(before: dict[str, Bundle], tmp_path: Path, key: str) -> None:
    """By its own name, or by that of what it decides."""
    old, new, called = EDITS[key]
    text = SPEC if old in SPEC else TEMPLATE
    assert old in text

    after = loaded(tmp_path, text.replace(old, new, 1)).bundle
    found = compare(before["spec" if text is SPEC else "template"], after)

    slos = (change for one in (*found.slos, *found.causes) for change in one.changes)
    assert called in {change.what for change in (*found.bundle, *slos)}
