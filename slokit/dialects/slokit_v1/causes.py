"""The key ``cause_alerts`` of a service: how it is written, and the drafts that it means."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.dialects.base import CauseDraft, left_out
from slokit.dialects.slokit_v1.folding import folding
from slokit.dialects.slokit_v1.labels import GroupBy, SelectionText
from slokit.dialects.slokit_v1.written import ServiceWritten
from slokit.model.alerting import SEVERITIES, TICKET
from slokit.model.causes import FAILURE_MODES
from slokit.source.decode import decode
from slokit.source.fields import PROMQL, AlertName, Duration, Url, Written, fault
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, joined

_STAND_INS = {"name": "unnamed", "failure_mode": "slow-node", "expr": "up == 0"}


def _failure_mode(value: object) -> str:
    if not isinstance(value, str) or value not in FAILURE_MODES:
        hint = did_you_mean(str(value), FAILURE_MODES, f"one of {', '.join(FAILURE_MODES)}")
        raise fault(codes.BAD_VALUE, f"unknown failure mode {clip(str(value))!r}", hint)
    return value


def _severity(value: object) -> str:
    if value not in SEVERITIES:
        message = f"a severity is {joined(SEVERITIES, 'or')}, not {clip(str(value))!r}"
        hint = "what they are called on alerts is set in slokit.yaml: `alerts: {severities: …}`"
        raise fault(codes.BAD_VALUE, message, hint)
    return str(value)


def _expr(value: object) -> str:
    if isinstance(value, dict):
        message = "YAML reads this as a mapping, not as PromQL"
        hint = "put the whole expression into single quotes"
        raise fault(codes.MANGLED_PROMQL, message, hint)
    if not isinstance(value, str) or not value.strip():
        hint = "such as sum by ($group_by) (changes(term{$selector}[15m])) > 3"
        raise fault(codes.WRONG_TYPE, "PromQL is wanted here", hint)
    return value


FailureMode = Annotated[
    str, PlainValidator(_failure_mode), WithJsonSchema({"enum": [*FAILURE_MODES]})
]
SeverityText = Annotated[str, PlainValidator(_severity), WithJsonSchema({"enum": [*SEVERITIES]})]
ExprText = Annotated[str, PlainValidator(_expr), WithJsonSchema(PROMQL)]


class CauseAlertWritten(Written):
    """One alert on a known failure mode."""

    name: AlertName = Field(
        description="What the alert is called, such as `EtcdLeaderThrash`; once in a service."
    )
    failure_mode: FailureMode = Field(
        description=f"{', '.join(f'`{mode}`' for mode in FAILURE_MODES)}: a label of the alert."
    )
    expr: ExprText = Field(
        description=(
            "PromQL that gives a sample for each group in trouble and none while all is well; may"
            " use the [variables](#variables-of-promql)."
        )
    )
    hold: Duration = Field(
        Fraction(0), alias="for", description="How long it must hold before the alert fires."
    )
    keep_firing_for: Duration = Field(
        Fraction(0), description="How long the alert goes on after the condition has ended."
    )
    severity: SeverityText = Field(TICKET, description="`page` or `ticket`.")
    summary: str = Field(
        "", description="What the alert says first; the meaning of the failure mode unless given."
    )
    runbook: Url | None = Field(
        None, description="What to do; the page of the failure mode unless given."
    )
    group_by: GroupBy | None = Field(None, description="Replaces the service's groups.")
    selector: SelectionText | None = Field(
        None, description="Merges with the inherited matchers (mapping) or replaces them (string)."
    )


def causes(
    data: Sequence[Any], here: Location, service: ServiceWritten, *, is_folding_known: bool
) -> tuple[list[CauseDraft], list[Finding]]:
    """The drafts of the entries of ``cause_alerts``; ``here`` is the place of the list."""
    drafts: list[CauseDraft] = []
    findings: list[Finding] = []
    for number, entry in enumerate(data):
        where = here.at(number)
        decoded = decode(CauseAlertWritten, entry, where, fill=_STAND_INS)
        findings += decoded.findings
        written = decoded.value
        if written is None:
            hint = "mend the error, or delete the cause alert"
            findings.append(left_out("cause alert", where, hint))
            continue
        faulty = frozenset(path[0] for path in decoded.faulty if path)
        is_known = is_folding_known and not faulty & {"selector", "group_by"}
        draft = _draft(written, where, service)
        drafts.append(replace(draft, faulty=faulty, is_folding_known=is_known))
    return drafts, findings


def _draft(written: CauseAlertWritten, where: Location, service: ServiceWritten) -> CauseDraft:
    defaults = service.defaults
    return CauseDraft(
        name=written.name,
        failure_mode=written.failure_mode,
        expr=written.expr,
        folding=folding(defaults, written.group_by, written.selector),
        severity=written.severity,
        hold=written.hold,
        keep_firing=written.keep_firing_for,
        summary=written.summary.strip(),
        runbook=written.runbook or "",
        routing=service.routing,
        location=where,
    )
