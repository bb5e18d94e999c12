"""Findings as GitLab's code quality report, which merge requests show beside the changed lines."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

from slokit.diagnostics.finding import Finding, Severity
from slokit.model.bundle import FILE_NAME
from slokit.text.escaping import inert_json, visible
from slokit.text.format import Format

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One list; a finding without a place stands at the beginning of slokit.yaml.

    A fingerprint is of what is said and where but for the line, so that a finding that only moves
    is not reported as a new one.
    """
    seen: Counter[str] = Counter()
    issues = []
    for finding in findings:
        said = json.dumps([_check(finding), _description(finding), _path(finding)])
        seen[said] += 1
        issues.append(_issue(finding, sha256(f"{said}{seen[said]}".encode()).hexdigest()))
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, object]:
    line = finding.place.line if finding.place else 1
    return {
        "description": _description(finding),
        "check_name": _check(finding),
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.level],
        "location": {"path": _path(finding), "lines": {"begin": line}},
    }


def _check(finding: Finding) -> str:
    return f"{finding.code.number} {finding.code.slug}"


def _description(finding: Finding) -> str:
    return visible(f"{finding.message} ({finding.hint})" if finding.hint else finding.message)


def _path(finding: Finding) -> str:
    return finding.place.file if finding.place else FILE_NAME


FORMAT = Format("gitlab", render, inert_json)
