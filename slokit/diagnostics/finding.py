"""What slokit tells a user about her files: a finding, its code and its place.

Findings are values and are collected; nothing here raises, draws or reads a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

_CLOSE = 0.7


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
        """Whether only a live server can tell it."""
        return self.number.startswith("SLK6")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of characters in a file: lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains a finding, such as the first of two equal keys."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing slokit has to say, at one place.

    `hint` stands behind the carets ("did you mean 'threshold'?"); `severity` overrides the code's.
    """

    code: Code
    message: str
    place: Place | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity | None = None

    @property
    def level(self) -> Severity:
        """The severity that counts."""
        return self.severity or self.code.severity


_NOWHERE = Place("", 0, 0, 0, 0)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings by file, line, column, code and message; equal ones are kept once."""
    unique = {(f.place or _NOWHERE, f.code.number, f.message): f for f in reversed(list(findings))}
    return [unique[key] for key in sorted(unique)]


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the user most likely meant by a misspelt word, if any is close."""
    names = sorted(set(candidates))
    folded = {name.lower(): name for name in reversed(names)}
    if close := get_close_matches(word, names, n=1, cutoff=_CLOSE):
        return close[0]
    if close := get_close_matches(word.lower(), list(folded), n=1, cutoff=_CLOSE):
        return folded[close[0]]
    return next((name for name in names if _begin_alike(name, word)), None)


def _begin_alike(name: str, word: str) -> bool:
    """Whether one is the beginning of the other."""
    short, long = sorted((name, word), key=len)
    return len(short) > 2 and long.startswith(short)
