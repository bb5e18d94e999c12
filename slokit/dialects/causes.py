"""Cause alerts out of drafts, once for all dialects, with what is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.dialects.base import CauseDraft, ServiceDraft, left_out, name_taken
from slokit.model.bundle import Project
from slokit.model.causes import CauseAlert
from slokit.sli.base import Reader, Surroundings
from slokit.sli.sides import read_condition
from slokit.source.places import Places
from slokit.text.durations import format_duration
from slokit.text.words import clip

_EXPR = "expr"


def resolve_causes(
    service: ServiceDraft, project: Project, places: Places
) -> tuple[tuple[CauseAlert, ...], list[Finding]]:
    """The cause alerts of a service less the faulty ones, and what is wrong."""
    found: list[CauseAlert] = []
    findings: list[Finding] = []
    taken: dict[str, Location] = {}
    for draft in service.causes:
        cause, faults = _cause(draft, service, project, places)
        findings += faults
        if "name" not in draft.faulty:
            where = draft.location.at("name")
            findings += name_taken("cause alert", draft.name, where, taken, codes.DUPLICATE_CAUSE)
        if cause is not None:
            found.append(cause)
        else:
            hint = "mend the error, or delete the cause alert"
            findings.append(left_out("cause alert", draft.location.at("name"), hint))
    return tuple(found), findings


def _cause(
    draft: CauseDraft, service: ServiceDraft, project: Project, places: Places
) -> tuple[CauseAlert | None, list[Finding]]:
    if _EXPR in draft.faulty:
        return None, []
    reader = Reader(
        Surroundings(
            draft.folding,
            project.ledger_window_name,
            project.ledger_window,
            format_duration(project.interval),
            is_folding_known=draft.is_folding_known,
        )
    )
    expr = read_condition(reader, _EXPR, draft.expr)
    findings = [_in_expr(found, draft, reader, places) for found in reader.findings]
    findings += _label_faults(draft, project)
    has_failed = any(finding.level is Severity.ERROR for finding in findings)
    if expr is None or has_failed or reader.has_withheld or draft.faulty:
        return None, findings
    metadata = {"owner": service.owner, "runbook": draft.runbook, **service.labels}
    cause = CauseAlert(
        service=service.name,
        name=draft.name,
        failure_mode=draft.failure_mode,
        text=draft.expr,
        expr=expr,
        groups=draft.folding.names,
        severity=draft.severity,
        hold=draft.hold,
        keep_firing=draft.keep_firing,
        summary=draft.summary,
        runbook=draft.runbook,
        metadata=_filled(metadata),
        routing=_filled(draft.routing),
        location=draft.location,
    )
    return cause, findings


def _filled(labels: Mapping[str, str]) -> dict[str, str]:
    return {label: value for label, value in labels.items() if value}


def _in_expr(finding: Finding, draft: CauseDraft, reader: Reader, places: Places) -> Finding:
    """A finding about the expression, whose location is relative to the cause alert."""
    relative = finding.location or Location()
    location = draft.location.at(*relative.keys)
    if finding in reader.cut and (comment := places.comment_behind(location)):
        message = f"YAML ends this expression at {clip(comment, 24)!r}: {finding.message}"
        hint = "put the whole expression into single quotes"
        return Finding(codes.MANGLED_PROMQL, message, location, hint)
    return replace(finding, location=location.at(span=relative.span))


def _label_faults(draft: CauseDraft, project: Project) -> Iterator[Finding]:
    """Group labels that all alerts have already, by slokit.yaml."""
    given = (*project.alerts.lifted, *project.alerts.static, *project.alerts.annotations)
    for label in draft.folding.names:
        if label in given:
            message = f"alerts have the label {label!r} already"
            hint = "take it out of `alerts:` in slokit.yaml: alerts carry group labels anyway"
            yield Finding(codes.BAD_LABEL, message, draft.location.at("name"), hint)
