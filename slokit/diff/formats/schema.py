"""The JSON Schema (draft 2020-12) of the JSON format: every key, and what it holds.

What each key means stands in docs/reference/diff-json.md. Keys may be added, so others are allowed.
"""

from typing import Any

from slokit.diff.formats.json import SCHEMA
from slokit.diff.model import Kind
from slokit.text.json_schema import DRAFT, list_of, open_object

_TEXT = {"type": "string"}
_YES_OR_NO = {"type": "boolean"}
_NUMBER = {"type": "integer", "minimum": 0}
_ID = {"type": ["string", "null"], "minLength": 1}


def diff_schema() -> dict[str, Any]:
    """The schema of a whole difference; an object has all of its keys, and perhaps others."""
    counts = [*(kind.value for kind in Kind), "history_breaks", "alerts_move", "breaking"]
    changes = list_of({"$ref": "#/$defs/change"})
    ones = list_of({"$ref": "#/$defs/one"})
    kinds = {"enum": [kind.value for kind in Kind]}
    return {
        "$schema": DRAFT,
        "title": "A difference of slokit",
        **open_object(
            {
                "schema": {"const": SCHEMA},
                "summary": open_object(dict.fromkeys(counts, _NUMBER)),
                "bundle": changes,
                "slos": ones,
                "cause_alerts": ones,
            }
        ),
        "$defs": {
            "one": open_object({"kind": kinds, "old": _ID, "new": _ID, "changes": changes}),
            "change": open_object(
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
