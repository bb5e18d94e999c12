"""What slokit says about a user's files: a finding, its code and its location.

Findings are values and are collected; nothing here raises, draws or reads a file.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from enum import StrEnum

from slokit.diagnostics.location import Location, Place


class Severity(StrEnum):
    """How bad it is: an error makes wrong output, a warning misleads, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: `SLK103`, `shape/unknown-key`; both names mean the same everywhere."""

    number: str
    slug: str
    severity: Severity
    title: str

    @property
    def docs(self) -> str:
        """The page about this code, relative to the project's root."""
        return f"docs/codes/{self.number}.md"

    @property
    def is_live(self) -> bool:
        """Whether only a live server can show it."""
        return self.number.startswith("SLK6")


@dataclass(frozen=True, slots=True)
class Related:
    """A second location that explains a finding, such as the first of two equal keys."""

    location: Location | None
    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing slokit has to say, about one location.

    ``hint`` stands behind the carets ("did you mean 'threshold'?"); ``severity`` overrides the
    code's. ``place`` is where the location stands in its file, once that has been looked up: it is
    so in all findings that a caller of slokit gets.
    """

    code: Code
    message: str
    location: Location | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    place: Place | None = None

    @property
    def level(self) -> Severity:
        """The severity that counts."""
        return self.severity or self.code.severity

    def within(self, base: Location) -> "Finding":
        """The finding at its full location, which so far was relative to the value at ``base``."""
        return replace(self, location=base.join(self.location or Location()))


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings by file, line, column, code and message; equal ones are kept once.

    Those without a place come first.
    """
    unique = {_order(finding): finding for finding in reversed(list(findings))}
    return [unique[key] for key in sorted(unique)]


def _order(finding: Finding) -> tuple[tuple[str | int, ...], str, str]:
    place = astuple(finding.place) if finding.place else ()
    return place, finding.code.number, finding.message
