"""Findings for programs, as versioned JSON: docs/reference/findings-json.md has its keys."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from slokit.diagnostics.finding import Finding, Place
from slokit.text.escaping import inert_json
from slokit.text.format import Format

SCHEMA = "slokit.findings/v1"


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One object; lines and columns count characters from 1, an unknown place is null."""
    document = {"schema": SCHEMA, "findings": [_finding(finding) for finding in findings]}
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code.number,
        "slug": finding.code.slug,
        "severity": finding.level.value,
        "message": finding.message,
        "hint": finding.hint or None,
        "place": _place(finding.place),
        "related": [{"text": each.text, "place": _place(each.place)} for each in finding.related],
        "docs": finding.code.docs,
        "url": finding.url or None,
    }


def _place(place: Place | None) -> dict[str, object] | None:
    return asdict(place) if place else None


FORMAT = Format("json", render, inert_json)
