"""The JSON Schema (draft 2020-12) of the JSON format: every key, and what it holds.

What each key means stands in docs/reference/report-json.md.
"""

from typing import Any

from slokit.model.budget_policy import ACTIONS
from slokit.reporting.budget import STATES
from slokit.reporting.model import BURN_WINDOWS, CURRENT_BURN, RECENT_DAYS, SCHEMA
from slokit.text.json_schema import DRAFT, exact_object, list_of, or_null

_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_KNOWN = {"type": "number", "minimum": 0}
_NUMBER = {"type": ["number", "null"]}
_COUNT = {"type": ["number", "null"], "minimum": 0}
_SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_SECONDS = {"type": "object", "additionalProperties": _KNOWN}
_LABELS = {"type": "object", "additionalProperties": _TEXT}


def report_schema() -> dict[str, Any]:
    """The schema of a whole report; an object has all of its keys and no other."""
    return {
        "$schema": DRAFT,
        "title": "A report of slokit",
        **exact_object(
            {
                "schema": {"const": SCHEMA},
                "at": _TIME,
                "period": exact_object({"from": _TIME, "to": _TIME}),
                "compare": or_null(exact_object({"from": _TIME, "to": _TIME})),
                "bundle": _NAME,
                "warnings": list_of(_NAME),
                "policy": list_of({"$ref": "#/$defs/standing"}),
                "maintenance": list_of({"$ref": "#/$defs/planned"}),
                "archived": list_of(exact_object({"from": _TIME, "to": _TIME})),
                "incidents": list_of({"$ref": "#/$defs/chain"}),
                "rows": list_of({"$ref": "#/$defs/row"}),
            }
        ),
        "$defs": {
            "row": _row(),
            "measure": _measure(),
            "incident": _incident(),
            "chain": _chain(),
            "link": exact_object({"slo": _NAME, **_incident()["properties"]}),
            "forecast": _forecast(),
            "planned": _planned(),
            "standing": _standing(),
        },
    }


def _row() -> dict[str, Any]:
    return exact_object(
        {
            "service": _NAME,
            "slo": _NAME,
            "group": _LABELS,
            "owner": _TEXT,
            "description": _TEXT,
            "category": _TEXT,
            "sli": _NAME,
            "objective": _NAME,
            "unit": _TEXT,
            "bad_unit": _NAME,
            "total_unit": _NAME,
            "window": _NAME,
            "state": {"enum": list(STATES)},
            "coverage": {"type": "number", "minimum": 0, "maximum": 1},
            "window_measure": {"$ref": "#/$defs/measure"},
            "period_measure": {"$ref": "#/$defs/measure"},
            "uncorrected_window": or_null({"$ref": "#/$defs/measure"}),
            "uncorrected_period": or_null({"$ref": "#/$defs/measure"}),
            "compare_measure": or_null({"$ref": "#/$defs/measure"}),
            "burn": exact_object(dict.fromkeys(BURN_WINDOWS, _NUMBER)),
            "background_bad": _COUNT,
            "forecast": or_null({"$ref": "#/$defs/forecast"}),
            "incidents": list_of({"$ref": "#/$defs/incident"}),
        }
    )


def _measure() -> dict[str, Any]:
    return exact_object(
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


def _incident() -> dict[str, Any]:
    return exact_object(
        {
            "start": _TIME,
            "end": _TIME,
            "bad": _KNOWN,
            "peak_burn": _KNOWN,
            "budget_share": _COUNT,
            "groups": list_of(_LABELS),
            "alerts": list_of(_NAME),
            "alerts_after": _SECONDS,
            "ongoing": {"type": "boolean"},
        }
    )


def _chain() -> dict[str, Any]:
    return exact_object(
        {
            "service": _NAME,
            "cluster": _LABELS,
            "start": _TIME,
            "end": _TIME,
            "ongoing": {"type": "boolean"},
            "budget_share": _COUNT,
            "alerts_after": _SECONDS,
            "links": list_of({"$ref": "#/$defs/link"}),
        }
    )


def _forecast() -> dict[str, Any]:
    return exact_object(
        {
            "earliest": _TIME,
            "likely": _TIME,
            "latest": or_null(_TIME),
            "basis": {"enum": [RECENT_DAYS, CURRENT_BURN]},
        }
    )


def _standing() -> dict[str, Any]:
    return exact_object(
        {
            "service": _NAME,
            "owner": _TEXT,
            "slo": _NAME,
            "budget_remaining_ratio": {"type": "number", "maximum": 1},
            "do": {"enum": list(ACTIONS)},
            "note": _TEXT,
        }
    )


def _planned() -> dict[str, Any]:
    return exact_object(
        {
            "name": _NAME,
            "reason": _NAME,
            "subject": _NAME,
            "corrected": {"type": "boolean"},
            "times": list_of(exact_object({"from": _TIME, "to": _TIME})),
        }
    )
