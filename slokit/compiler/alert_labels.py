"""What stands on an alert besides its group's labels, and how it gets there.

The labels of an alert are frozen (docs/reference/alerts.md): a change re-pages everyone. So all of
them are constant per SLO and severity, and nothing that depends on a value is ever among them. What
alerts only show, their annotations, is joined like a label and taken off again by the rule.
"""

from collections.abc import Mapping

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata, with_metadata
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.templates import literal


def carried(slo: Slo, project: Project) -> Mapping[str, Mapping[str, str]]:
    """What every alert on an SLO carries, without its group's labels, by severity.

    Of the severities of its policy, under the policy's names of them.
    """
    known = metadata(slo)
    routed = {label: value for label, value in slo.routing.items() if value}
    found = {}
    for severity in slo.policy.severities:
        own = project.alerts.of(severity)
        lifted = {label: known[label] for label in own.lifted if label in known}
        named = {"severity": own.name, **own.static}
        found[severity] = {**identity(slo, project), **lifted, **routed, **named}
    return found


def of_severity(severity: str, project: Project) -> Mapping[str, str]:
    """The labels that a rule gives to all its alerts, as Prometheus' templates want them."""
    settings = project.alerts.of(severity)
    written = {"severity": settings.name, **settings.static}
    return {label: literal(value) for label, value in written.items()}


def of_slos(severity: str, project: Project) -> Mapping[str, str]:
    """The same for alerts on SLOs; an empty label takes off what :func:`carrying` joined to show.

    Prometheus renders annotations from the labels of the expression, and only then sets those of
    the rule, where an empty one is none.
    """
    shown = dict.fromkeys(_only_shown(severity, project), "")
    return {**of_severity(severity, project), **shown}


def carrying(vector: str, severity: str, bundle: Bundle) -> str:
    """The vector with the metadata that its alerts carry and show.

    Routing labels get their own names last, on what fires alone: an SLO that is not routed by a
    label keeps what it has.
    """
    project, routing = bundle.project, bundle.routing
    lifted = (*project.alerts.of(severity).lifted, *_only_shown(severity, project))
    joined = with_metadata(vector, [*lifted, *map(names.routing, routing)], project)
    for label in routing:
        joined = build.move(joined, label, names.routing(label))
    return joined


def _only_shown(severity: str, project: Project) -> tuple[str, ...]:
    """The metadata that alerts of a severity show as annotations and do not carry as labels."""
    lifted = project.alerts.of(severity).lifted
    return tuple(label for label in project.alerts.annotations if label not in lifted)
