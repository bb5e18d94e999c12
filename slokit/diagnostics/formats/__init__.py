"""How findings are shown: one output format a file, registered here."""

from slokit.diagnostics.formats.base import FindingFormat, Render
from slokit.diagnostics.formats.github import FORMAT as GITHUB
from slokit.diagnostics.formats.gitlab import FORMAT as GITLAB
from slokit.diagnostics.formats.json import FORMAT as JSON
from slokit.diagnostics.formats.line import FORMAT as LINE
from slokit.diagnostics.formats.sarif import FORMAT as SARIF
from slokit.diagnostics.formats.text import FORMAT as TEXT

__all__ = ["FORMATS", "FindingFormat", "Render", "format_named"]

FORMATS: tuple[FindingFormat, ...] = (TEXT, LINE, JSON, SARIF, GITHUB, GITLAB)


def format_named(name: str) -> FindingFormat | None:
    """The format that a user calls by this name."""
    return next((each for each in FORMATS if each.name == name), None)
