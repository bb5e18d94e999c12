"""The ledger: four rules an SLO, in the service's own group; more where an SLI wants them."""

from dataclasses import replace

from slokit.compiler import names
from slokit.compiler.rules import RecordingRule, RuleGroup
from slokit.model.bundle import Project
from slokit.model.ledger import TOTAL, Ledger, Terms
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.text.durations import format_duration


def identity(slo: Slo, project: Project) -> dict[str, str]:
    """The labels that name an SLO's series."""
    return {names.BUNDLE: project.bundle, names.SERVICE: slo.service, names.SLO: slo.name}


def terms(slo: Slo, project: Project) -> Terms:
    """The terms of one SLO."""
    return Terms(
        folding=slo.folding,
        window=project.ledger_window_name,
        window_seconds=project.ledger_window,
        interval=format_duration(project.interval),
        labels=identity(slo, project),
        series=names.ledger_rate("{}", project.ledger_window),
    )


def ledger_group(service: Service, project: Project) -> RuleGroup:
    """The group of one service."""
    rules = [rule for slo in service.slos for rule in ledger_rules(slo, project)]
    return RuleGroup(
        names.ledger_group(project.bundle, service.name), project.interval, tuple(rules)
    )


def ledger_rules(slo: Slo, project: Project) -> tuple[RecordingRule, ...]:
    """What the SLI wants recorded first, then total, bad, budget and info, in this order.

    A group evaluates its rules one after another, so that the bad can read this evaluation's total.
    """
    labels = identity(slo, project)
    ledger = slo.sli.ledger(terms(slo, project))
    window = project.ledger_window
    return (
        *(
            RecordingRule(names.ledger_rate(rule.name, window), rule.expr, labels)
            for rule in ledger.supporting
        ),
        RecordingRule(names.total_rate(window), ledger.total, labels),
        RecordingRule(names.bad_rate(window), ledger.bad, labels),
        RecordingRule(names.BUDGET, f"vector({build.number(slo.budget)})", labels),
        RecordingRule(names.INFO, "vector(1)", {**labels, **metadata(slo)}),
    )


def raw_ledger(slo: Slo, project: Project) -> Ledger:
    """The ledger over raw series alone: what rules record and read back is written out in it."""
    own = terms(slo, project)
    written: dict[str, str] = {}
    ledger = slo.sli.ledger(own)
    for number in range(len(ledger.supporting)):
        # each may read those before it, which are written out in it by now
        rule = ledger.supporting[number]
        written = {**written, rule.name: build.own(rule.expr)}
        ledger = slo.sli.ledger(replace(own, written_out=written))
    written = {**written, TOTAL: build.own(ledger.total)}
    return replace(slo.sli.ledger(replace(own, written_out=written)), supporting=())


def metadata(slo: Slo) -> dict[str, str]:
    """The labels that only the info series carries; empty ones are left out."""
    labels = {
        "category": slo.category,
        "sli": slo.sli.type,
        "measure": slo.sli.measure,
        "objective": slo.objective_text,
        **slo.window.labels,
        "alert_policy": slo.policy.name,
        "min_bad_events": str(slo.min_bad_events or ""),
        "owner": slo.owner,
        "unit": slo.sli.unit,
        "runbook": slo.runbook,
        "no_data": "" if slo.no_data == "alert" else slo.no_data,
    }
    own = {label: slo.labels[label] for label in sorted(slo.labels)}
    return {label: value for label, value in {**labels, **own}.items() if value}
