"""Cause alerts as rules: a group of its own for each service that has any.

All that an alert carries is known when it is compiled, so it stands on the rule itself: no label is
joined, and what one team edits changes no rule of another's. Texts of a spec are no templates.
"""

from collections.abc import Mapping

from slokit.compiler import alert_labels, names
from slokit.compiler.maintenance import unmuted_cause
from slokit.compiler.rules import AlertRule, RuleGroup
from slokit.model.bundle import Bundle
from slokit.model.causes import FAILURE_MODES, CauseAlert
from slokit.model.slo import Service
from slokit.promql.selector import is_label_name
from slokit.text.durations import format_duration
from slokit.text.escaping import literal


def compile_causes(service: Service, bundle: Bundle) -> RuleGroup:
    """The cause alerts of one service, in the order in which they are written."""
    return RuleGroup(
        names.causes_group(bundle.name, service.name),
        bundle.project.interval,
        tuple(_rule(cause, bundle) for cause in service.causes),
    )


def labels(cause: CauseAlert, bundle: Bundle) -> dict[str, str]:
    """What every alert of it carries, without its group's labels, as Alertmanager sees it."""
    project = bundle.project
    own = project.alerts.of(cause.severity)
    lifted = {label: cause.metadata[label] for label in own.lifted if label in cause.metadata}
    return {
        names.BUNDLE: bundle.name,
        names.SERVICE: cause.service,
        names.FAILURE_MODE: cause.failure_mode,
        **lifted,
        **cause.routing,
        names.SEVERITY: own.name,
        **own.static,
    }


def _rule(cause: CauseAlert, bundle: Bundle) -> AlertRule:
    own = {names.SERVICE: cause.service, "owner": cause.metadata.get("owner", "")}
    return AlertRule(
        alert=cause.name,
        expr=unmuted_cause(cause.expr, own, cause.groups, bundle.project),
        labels={label: literal(value) for label, value in labels(cause, bundle).items()},
        annotations=_annotations(cause, bundle),
        hold=cause.hold,
        keep_firing=cause.keep_firing,
    )


def _annotations(cause: CauseAlert, bundle: Bundle) -> Mapping[str, str]:
    group = "".join(f" {literal(label)}={_value_of(label)}" for label in cause.groups)
    meaning = FAILURE_MODES[cause.failure_mode]
    lasted = f" for {format_duration(cause.hold)}" if cause.hold else ""
    texts = {
        "summary": f"{cause.service}{group}: {literal(cause.summary) or meaning}",
        "description": (
            f"{cause.failure_mode}: {meaning}. The condition of {cause.name} has held{lasted};"
            ' its value is {{ printf "%.4g" $value }}.'
        ),
        "runbook_url": runbook_url(cause, bundle),
        "dashboard_url": _dashboard_url(cause, bundle),
    }
    for name in bundle.project.alerts.annotations:
        if name in cause.metadata:
            texts[name] = literal(cause.metadata[name])
    return {name: text for name, text in texts.items() if text}


def _dashboard_url(cause: CauseAlert, bundle: Bundle) -> str:
    """The dashboard with the group's values, as burn alerts have it.

    Bundle and service stand in it as they are: a template sees the labels of the expression, and
    those are the rule's own.
    """
    known = {names.BUNDLE: bundle.name, names.SERVICE: cause.service}
    group = {literal(label): _value_of(label, " | urlquery") for label in cause.groups}
    found = alert_labels.dashboard_url(bundle.project, {**known, **group})
    return f"{found}{alert_labels.BEFORE_NOW}" if found else ""


def _value_of(label: str, through: str = "") -> str:
    if is_label_name(label):
        return f"{{{{ $labels.{label}{through} }}}}"
    # a name in UTF-8: Prometheus 3
    quoted = label.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ index $labels "{quoted}"{through} }}}}'


def runbook_url(cause: CauseAlert, bundle: Bundle) -> str:
    """Its own runbook, or the page of its failure mode below `links`; empty where neither is."""
    links = bundle.project.links
    if cause.runbook:
        return literal(cause.runbook)
    base = links.get("runbooks", "").rstrip("/")
    if base:
        return f"{base}/{cause.failure_mode}"
    docs = links.get("docs", "").rstrip("/")
    return f"{docs}/runbooks/{cause.failure_mode}.md" if docs else ""
