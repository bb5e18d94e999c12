"""One line a finding, `path:line:column: CODE message`, as editors and grep read it."""

from collections.abc import Mapping, Sequence

from slokit.diagnostics.finding import Finding
from slokit.text.escaping import visible
from slokit.text.format import Format


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """The findings, one a line; one without a place begins with its code."""
    return "".join(f"{visible(_line(finding))}\n" for finding in findings)


def _line(finding: Finding) -> str:
    hint = f" ({finding.hint})" if finding.hint else ""
    said = f"{finding.code.number} {finding.message}{hint}"
    place = finding.place
    return f"{place.file}:{place.line}:{place.column}: {said}" if place else said


FORMAT = Format("line", render)
