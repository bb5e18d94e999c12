"""Rule groups as the plain data of a Prometheus rule file."""

from collections.abc import Iterable
from typing import Any

from slokit.compiler.rules import AlertRule, RecordingRule, Rule, RuleGroup
from slokit.text.durations import format_duration


def groups_data(groups: Iterable[RuleGroup]) -> dict[str, Any]:
    """The content of a rule file; empty groups are left out."""
    return {"groups": [_group(group) for group in groups if group.rules]}


def _group(group: RuleGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "interval": format_duration(group.interval),
        "rules": [rule_data(rule) for rule in group.rules],
    }


def rule_data(rule: Rule) -> dict[str, Any]:
    """One rule as it stands in a rule file."""
    if isinstance(rule, RecordingRule):
        data: dict[str, Any] = {"record": rule.record, "expr": rule.expr}
        return {**data, "labels": rule.labels} if rule.labels else data
    return _alert(rule)


def _alert(rule: AlertRule) -> dict[str, Any]:
    times = {"for": rule.hold, "keep_firing_for": rule.keep_firing}
    return {
        "alert": rule.alert,
        "expr": rule.expr,
        **{key: format_duration(seconds) for key, seconds in times.items() if seconds},
        "labels": rule.labels,
        "annotations": rule.annotations,
    }
