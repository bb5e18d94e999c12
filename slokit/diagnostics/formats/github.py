"""Findings as workflow commands of GitHub Actions, which shows them beside the changed lines."""

from collections.abc import Mapping, Sequence

from slokit.diagnostics.finding import Finding, Place, Severity
from slokit.text.escaping import visible, without_brackets
from slokit.text.format import Format

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One command a line."""
    return "".join(_command(finding) + "\n" for finding in findings)


def _command(finding: Finding) -> str:
    code = finding.code
    title = f"{code.number} {code.slug}"
    properties = {**_position(finding.place), "title": title}
    joined = ",".join(
        f"{name}={_data(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    message = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    return f"::{_COMMANDS[finding.level]} {joined}::{_data(message)}"


def _position(place: Place | None) -> dict[str, str]:
    """GitHub takes columns only within one line; its ends are exclusive, as ours are."""
    if place is None:
        return {}
    position = {"file": place.file, "line": str(place.line)}
    if place.end_line != place.line:
        return {**position, "endLine": str(place.end_line)}
    return {**position, "col": str(place.column), "endColumn": str(place.end_column)}


def _data(text: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(text)


FORMAT = Format("github", render, without_brackets)
