"""The report as JSON, versioned, for other programs: docs/reference/report-json.md has its keys."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slokit.reporting.incidents import chains
from slokit.reporting.model import (
    SCHEMA,
    Chain,
    Forecast,
    Incident,
    Measure,
    PlannedTime,
    Report,
    Row,
    Standing,
    TimeRange,
)
from slokit.text.escaping import inert_json
from slokit.text.format import Format


def render(report: Report, width: int) -> str:
    """The report; an unknown number is null."""
    data = {
        "schema": SCHEMA,
        "at": rfc3339(report.at),
        "period": _time_range(report.period),
        "compare": report.compare and _time_range(report.compare),
        "bundle": report.bundle,
        "warnings": list(report.warnings),
        "policy": [_standing(standing) for standing in report.standings],
        "maintenance": [_planned(planned) for planned in report.maintenance],
        "archived": [_time_range(over) for over in report.archived],
        "incidents": [_chain(chain) for chain in chains(report)],
        "rows": [_row(row) for row in report.rows],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row(row: Row) -> dict[str, Any]:
    return {
        "service": row.service,
        "slo": row.slo,
        "group": dict(row.group),
        "owner": row.owner,
        "description": row.description,
        "category": row.category,
        "sli": row.sli,
        "objective": row.objective,
        "unit": row.unit,
        "bad_unit": row.bad_unit.plural,
        "total_unit": row.total_unit.plural,
        "window": row.window,
        "state": row.state,
        "coverage": _number(row.coverage),
        "window_measure": _measure(row.window_measure),
        "period_measure": _measure(row.period_measure),
        "uncorrected_window": row.uncorrected_window and _measure(row.uncorrected_window),
        "uncorrected_period": row.uncorrected_period and _measure(row.uncorrected_period),
        "compare_measure": row.compare_measure and _measure(row.compare_measure),
        "burn": {window: _number(rate) for window, rate in row.burn.items()},
        "background_bad": _number(row.background),
        "forecast": row.forecast and _forecast(row.forecast),
        "incidents": [_incident(incident) for incident in row.incidents],
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        **_time_range(measure.time_range),
        "good": _number(measure.good),
        "bad": _number(measure.bad),
        "total": _number(measure.total),
        "ratio_bad": _number(measure.ratio_bad),
        "sli": _number(measure.sli),
        "budget_allowed": _number(measure.budget_allowed),
        "budget_spent_ratio": _number(measure.budget_spent_ratio),
        "budget_remaining_ratio": _number(measure.budget_remaining_ratio),
        "covered_seconds": _number(measure.covered_seconds),
    }


def _planned(planned: PlannedTime) -> dict[str, Any]:
    return {
        "name": planned.name,
        "reason": planned.reason,
        "subject": planned.subject,
        "corrected": planned.is_corrected,
        "times": [_time_range(over) for over in planned.times],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "service": standing.service,
        "owner": standing.owner,
        "slo": standing.slo,
        "budget_remaining_ratio": _number(standing.left),
        "do": standing.action,
        "note": standing.note,
    }


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "service": chain.service,
        "cluster": dict(chain.cluster),
        "start": rfc3339(chain.over.start),
        "end": rfc3339(chain.over.end),
        "ongoing": chain.is_ongoing,
        "budget_share": _number(chain.worst.incident.budget_share),
        "alerts_after": chain.alerts_after,
        "links": [{"slo": link.row.slo, **_incident(link.incident)} for link in chain.links],
    }


def _forecast(forecast: Forecast) -> dict[str, Any]:
    return {
        "earliest": rfc3339(forecast.earliest),
        "likely": rfc3339(forecast.likely),
        "latest": None if forecast.latest is None else rfc3339(forecast.latest),
        "basis": forecast.basis,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    groups: list[Mapping[str, str]] = [dict(group) for group in incident.groups]
    return {
        "start": rfc3339(incident.start),
        "end": rfc3339(incident.end),
        "bad": _number(incident.bad),
        "peak_burn": _number(incident.peak_burn),
        "budget_share": _number(incident.budget_share),
        "groups": groups,
        "alerts": list(incident.alerts),
        "alerts_after": dict(incident.alerts_after),
        "ongoing": incident.is_ongoing,
    }


def _time_range(over: TimeRange) -> dict[str, str]:
    return {"from": rfc3339(over.start), "to": rfc3339(over.end)}


def rfc3339(unix: float) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(round(unix), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


FORMAT = Format("json", render, inert_json)
