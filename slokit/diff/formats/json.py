"""A difference as JSON, versioned, for other programs: docs/reference/diff-json.md has its keys."""

import json
from collections.abc import Iterable
from typing import Any

from slokit.diff.model import BundleDiff, Change, Kind, SloDiff
from slokit.text.escaping import inert_json
from slokit.text.format import Format

SCHEMA = "slokit.diff/v1"


def render(diff: BundleDiff) -> str:
    """Everything that changed, and how often what breaks."""
    data = {
        "schema": SCHEMA,
        "summary": {
            **{kind.value: diff.count(kind) for kind in Kind},
            "history_breaks": diff.breaks,
            "alerts_move": diff.moves,
            "breaking": len(diff.breaking()),
        },
        "bundle": _changes(diff.bundle),
        "slos": [_one(slo) for slo in diff.slos],
        "cause_alerts": [_one(cause) for cause in diff.causes],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _one(diff: SloDiff) -> dict[str, Any]:
    return {
        "kind": diff.kind.value,
        "old": diff.old or None,
        "new": diff.new or None,
        "changes": _changes(diff.changes),
    }


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        {
            "what": change.what,
            "old": change.old,
            "new": change.new,
            "effect": change.effect,
            "breaks_history": change.breaks,
            "moves_alerts": change.moves,
            "weakens": change.weakens,
            "breaking": change.is_breaking,
        }
        for change in changes
    ]


FORMAT = Format("json", render, inert_json)
