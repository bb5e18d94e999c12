"""Where something is written, as a value that knows no YAML.

A location is symbolic: it names a document, the keys that lead to a value, and characters within
it. `slokit.source.places` alone turns one into a place, with the lines and columns of a file.
"""

from dataclasses import dataclass

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
