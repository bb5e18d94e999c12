"""How findings are shown: one output format a file, registered here."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from slokit.diagnostics.finding import Finding
from slokit.diagnostics.formats import github, gitlab, json, line, sarif, text
from slokit.text.format import Format

__all__ = ["FORMATS", "FindingFormat", "Render"]


class Render(Protocol):
    """The drawing of findings."""

    def __call__(
        self, findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False
    ) -> str:
        """Draw sorted findings as one text that ends in a line feed, or is empty.

        `sources` maps files, as places name them, to their text; a file may be missing there.
        `colour` asks for terminal colours; formats without any leave it out of account.
        """
        ...


FindingFormat = Format[Render]
FORMATS: tuple[FindingFormat, ...] = (
    text.FORMAT,
    line.FORMAT,
    json.FORMAT,
    sarif.FORMAT,
    github.FORMAT,
    gitlab.FORMAT,
)
