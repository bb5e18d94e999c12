"""How findings are shown: one output format a file, registered here."""

from slokit.findings.finding_format import FindingFormat, Render
from slokit.findings.github import FORMAT as GITHUB
from slokit.findings.gitlab import FORMAT as GITLAB
from slokit.findings.json import FORMAT as JSON
from slokit.findings.line import FORMAT as LINE
from slokit.findings.sarif import FORMAT as SARIF
from slokit.findings.text import FORMAT as TEXT

__all__ = ["FORMATS", "FindingFormat", "Render", "format_named"]

FORMATS: tuple[FindingFormat, ...] = (TEXT, LINE, JSON, SARIF, GITHUB, GITLAB)


def format_named(name: str) -> FindingFormat | None:
    """The format that a user calls by this name."""
    return next((each for each in FORMATS if each.name == name), None)
