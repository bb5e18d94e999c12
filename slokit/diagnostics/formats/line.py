"""One line a finding, `path:line:column: CODE message`, as editors and grep read it."""

from collections.abc import Mapping, Sequence

from slokit.diagnostics.finding import Finding
from slokit.text.escaping import visible
from slokit.text.format import Format


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """The findings, one a line; one without a place begins with its code."""
    lines = []
    for finding in findings:
        hint = f" ({finding.hint})" if finding.hint else ""
        text = f"{finding.code.number} {finding.message}{hint}"
        place = finding.place
        lines.append(f"{place.file}:{place.line}:{place.column}: {text}" if place else text)
    return "".join(f"{visible(line)}\n" for line in lines)


FORMAT = Format("line", render)
