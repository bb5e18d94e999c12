"""Whether the JSON of a report is what the published JSON Schema promises."""

from typing import Any

from jsonschema import Draft202012Validator

from slokit.reporting.formats.schema import report_schema
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_KNOWN = {"type": "number", "minimum": 0}
_NUMBER = {"type": ["number", "null"]}
_COUNT = {"type": ["number", "null"], "minimum": 0}
_SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_LABELS = {"type": "object", "additionalProperties": _TEXT}
_STATES = ["ok", "burning", "exhausted", "impossible", "idle", "no-data", "new"]


def _exactly(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with all of these keys and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_MEASURE = _exactly(
    {
        "from": _TIME,
        "to": _TIME,
        "good": _COUNT,
        "bad": _COUNT,
        "total": _COUNT,
        "ratio_bad": _SHARE,
        "sli": _SHARE,
        "budget_allowed": _COUNT,
        "budget_spent_ratio": _COUNT,
        "budget_remaining_ratio": {"type": ["number", "null"], "maximum": 1},
        "covered_seconds": _KNOWN,
    }
)
_INCIDENT = _exactly(
    {
        "start": _TIME,
        "end": _TIME,
        "bad": _KNOWN,
        "peak_burn": _KNOWN,
        "budget_share": _COUNT,
        "groups": _list_of(_LABELS),
        "alerts": _list_of(_NAME),
    }
)
_PLANNED = _exactly(
    {
        "name": _NAME,
        "reason": _NAME,
        "subject": _NAME,
        "corrected": {"type": "boolean"},
        "times": _list_of(_exactly({"from": _TIME, "to": _TIME})),
    }
)
_ROW = _exactly(
    {
        "service": _NAME,
        "slo": _NAME,
        "group": _LABELS,
        "category": _TEXT,
        "sli": _NAME,
        "objective": _NAME,
        "unit": _TEXT,
        "window": _NAME,
        "state": {"enum": _STATES},
        "coverage": {"type": "number", "minimum": 0, "maximum": 1},
        "window_measure": _MEASURE,
        "period_measure": _MEASURE,
        "uncorrected_window": {"anyOf": [_MEASURE, {"type": "null"}]},
        "uncorrected_period": {"anyOf": [_MEASURE, {"type": "null"}]},
        "burn": _exactly(dict.fromkeys(("5m", "1h", "6h", "1d", "3d"), _NUMBER)),
        "incidents": _list_of(_INCIDENT),
    }
)
SCHEMA = _exactly(
    {
        "schema": {"const": "slokit.report/v1"},
        "at": _TIME,
        "period": _exactly({"from": _TIME, "to": _TIME}),
        "bundle": _NAME,
        "warnings": _list_of(_NAME),
        "maintenance": _list_of(_PLANNED),
        "rows": _list_of(_ROW),
    }
)


def broken_promises(report: Any) -> list[str]:
    """Where a report is not what is promised: place and reason."""
    validator = Draft202012Validator(report_schema())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(report)]
