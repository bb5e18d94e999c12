"""YAML files as documents of plain data; where everything in them stands is looked up later."""

from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.diagnostics.location import Location
from slokit.source.faults import fault_finding
from slokit.source.parser import LimitExceededError, compose
from slokit.source.places import Places, SourceText
from slokit.source.values import Values

MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML document, the ``index``-th of its file.

    ``data`` is made of dict (keys are str), list, str and None: a scalar is its text as written, an
    empty or null plain scalar is None. ``findings`` are those about this document alone; they are
    also among the findings of the file.
    """

    file: str
    index: int
    data: object
    findings: tuple[Finding, ...] = ()

    @property
    def location(self) -> Location:
        """Its root; what stands below it is at ``location.at(…)``."""
        return Location(self.file, self.index)


def decode_source(file: str, raw: bytes) -> tuple[str, list[Finding]]:
    """The text of a file's bytes; text is empty beside a finding about its size or encoding."""
    if len(raw) > MAX_BYTES:
        return "", [_too_large(file)]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as fault:
        before = SourceText(file, raw[: fault.start].decode("utf-8"))
        at = len(before.text)
        message = f"the file is not UTF-8: byte 0x{raw[fault.start]:02x}"
        finding = Finding(
            codes.NOT_UTF8, message, before.location(at, at), "save the file as UTF-8"
        )
        # it cannot be looked up later: the file has no text
        return "", Places({file: before.text}).drawn([finding])


def read_documents(file: str, text: str) -> tuple[list[Document], list[Finding]]:
    """All documents of a file, and what is wrong with its YAML; never raises.

    A fault ends the reading: the documents before it are returned. Empty documents count, with
    None as their data; a document that expands beyond the limits is left out.
    """
    if len(text) > MAX_BYTES:
        return [], [_too_large(file)]
    source = SourceText(file, text)
    trees, fault = compose(source.text)
    values = Values(source)
    documents: list[Document] = []
    findings: list[Finding] = []
    for index, tree in enumerate(trees):
        try:
            data, own = values.convert(tree)
        except LimitExceededError as exceeded:
            return documents, [*findings, fault_finding(source, exceeded)]
        documents.append(Document(file, index, data, tuple(own)))
        findings += own
    if fault is not None:
        findings.append(fault_finding(source, fault))
    return documents, findings


def _too_large(file: str) -> Finding:
    message = f"the file is larger than {MAX_BYTES:,} bytes, and slokit reads no more"
    return Finding(codes.TOO_LARGE, message, Location(file), "split it into several")
