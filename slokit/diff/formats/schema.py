"""The JSON Schema (draft 2020-12) of the JSON format: every key, and what it holds.

What each key means stands in docs/reference/diff-json.md. Keys may be added, so others are allowed.
"""

from typing import Any

from slokit.diff.formats.json import SCHEMA
from slokit.diff.model import Kind

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_YES_OR_NO = {"type": "boolean"}
_NUMBER = {"type": "integer", "minimum": 0}
_ID = {"type": ["string", "null"], "minLength": 1}


def diff_schema() -> dict[str, Any]:
    """The schema of a whole difference; an object has all of its keys, and perhaps others."""
    counts = [*(kind.value for kind in Kind), "history_breaks", "alerts_move", "breaking"]
    changes = _list_of({"$ref": "#/$defs/change"})
    ones = _list_of({"$ref": "#/$defs/one"})
    kinds = {"enum": [kind.value for kind in Kind]}
    return {
        "$schema": _DRAFT,
        "title": "A difference of slokit",
        **_object(
            {
                "schema": {"const": SCHEMA},
                "summary": _object(dict.fromkeys(counts, _NUMBER)),
                "bundle": changes,
                "slos": ones,
                "cause_alerts": ones,
            }
        ),
        "$defs": {
            "one": _object({"kind": kinds, "old": _ID, "new": _ID, "changes": changes}),
            "change": _object(
                {
                    "what": {"type": "string", "minLength": 1},
                    **dict.fromkeys(("old", "new", "effect"), _TEXT),
                    **dict.fromkeys(
                        ("breaks_history", "moves_alerts", "weakens", "breaking"), _YES_OR_NO
                    ),
                }
            ),
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
