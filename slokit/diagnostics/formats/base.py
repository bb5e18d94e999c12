"""What an output format of findings is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from slokit.diagnostics.finding import Finding


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


@dataclass(frozen=True, slots=True)
class FindingFormat:
    """One way to show findings: its name on the command line and its drawing."""

    name: str
    render: Render
