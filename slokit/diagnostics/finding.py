"""What slokit says about a user's files: a finding, its code, and where it belongs.

Findings are values and are collected; nothing here raises, draws or reads a file. A location is
symbolic: it names a document, the keys that lead to a value, and characters within it.
`slokit.source.places` alone turns one into a place, with the lines and columns of a file.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from enum import StrEnum

KeyPath = tuple[str | int, ...]
"""The keys and list positions that lead from a document's root to a value."""

Span = tuple[int, int]
"""A range of characters, counted from 0, its end exclusive."""


@dataclass(frozen=True, slots=True)
class Location:
    """A value of a document, its key, or a range of its characters.

    ``document`` counts the documents of ``file`` from 0; None is the file as a whole, and ``span``
    then counts the characters of its text. A path of keys that does not exist stands for the
    longest part of it that does. A location without a file is relative to a value that its reader
    was given.
    """

    file: str = ""
    document: int | None = None
    keys: KeyPath = ()
    of_key: bool = False
    span: Span | None = None

    def at(self, *keys: str | int, of_key: bool = False, span: Span | None = None) -> "Location":
        """What stands below this value: another value, the key of it, or some of its characters.

        >>> Location("shop.yaml", 0).at("slos", 3, "name").keys
        ('slos', 3, 'name')
        """
        return Location(self.file, self.document, (*self.keys, *keys), of_key, span)

    def holds(self, other: "Location") -> bool:
        """Whether another value of the same document is this one or stands below it."""
        is_same = (self.file, self.document) == (other.file, other.document)
        return is_same and other.keys[: len(self.keys)] == self.keys

    def join(self, relative: "Location") -> "Location":
        """The location that one relative to this value means.

        >>> body = Location("shop.yaml", 0, ("slos", 3, "sli", "events"))
        >>> body.join(Location(keys=("bad",), span=(4, 7))).keys
        ('slos', 3, 'sli', 'events', 'bad')
        """
        return self.at(*relative.keys, of_key=relative.of_key, span=relative.span)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of characters in a file: lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


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
    so in all findings that a caller of slokit gets. ``url`` is the address of the page about the
    code, where the project says where slokit's pages are.
    """

    code: Code
    message: str
    location: Location | None = None
    hint: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    place: Place | None = None
    url: str = ""

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
    unique = {
        (astuple(each.place) if each.place else (), each.code.number, each.message): each
        for each in reversed(list(findings))
    }
    return [unique[key] for key in sorted(unique)]
