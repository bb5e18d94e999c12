"""Where the values of a document stand in its text."""

from slokit.diagnostics.finding import Finding, KeyPath, Place, Span
from slokit.source.places import Places
from slokit.source.tree import Document, read_documents


def place_of(
    document: Document,
    text: str,
    keys: KeyPath = (),
    *,
    of_key: bool = False,
    span: Span | None = None,
) -> Place:
    """The place of a value, of its key, or of a range of its characters."""
    location = document.location.at(*keys, of_key=of_key, span=span)
    return Places({document.file: text}).place(location)


def findings_of(file: str, text: str) -> list[Finding]:
    """The findings of reading a text as YAML, with their places."""
    return Places({file: text}).drawn(read_documents(file, text)[1])
