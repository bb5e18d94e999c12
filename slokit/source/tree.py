"""YAML files as documents of plain data, with the place of everything in them.

Reading keeps the text, not the node trees: trees of a thousand files would cost more than their
parsing. They are composed again when the first place of a file is asked for.
"""

import re
from functools import cached_property
from typing import Literal

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Place
from slokit.source.faults import fault_finding
from slokit.source.node_places import Route, node_end, node_place, node_start, walk
from slokit.source.parser import LimitExceededError, MappingNode, Node, ScalarNode, compose
from slokit.source.scalar_trace import trace_scalar
from slokit.source.source_text import SourceText
from slokit.source.values import Values

__all__ = ["MAX_BYTES", "Document", "Route", "Style", "decode_source", "read_documents"]

Style = Literal["plain", "single", "double", "literal", "folded", "mapping", "sequence"]

MAX_BYTES = 5_000_000

_STYLES: dict[str, Style] = {
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}
_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")


class _Trees:
    """One file's node trees, composed when first needed."""

    def __init__(self, source: SourceText) -> None:
        self.source = source

    @cached_property
    def nodes(self) -> list[Node]:
        return compose(self.source.text)[0]


class Document:
    """One YAML document: its data and the places of everything in it.

    `data` is made of dict (keys are str), list, str and None: a scalar is its text as written, an
    empty or null plain scalar is None. `findings` are those about this document alone; they are
    also among the findings of the file. A route that does not exist stands for the longest part
    of it that does.
    """

    __slots__ = ("_trees", "data", "file", "findings", "index")

    def __init__(
        self, trees: _Trees, index: int, data: object, findings: tuple[Finding, ...]
    ) -> None:
        self.file = trees.source.file
        self.index = index
        self.data = data
        self.findings = findings
        self._trees = trees

    def place(
        self, route: Route, *, of_key: bool = False, span: tuple[int, int] | None = None
    ) -> Place:
        """Where the value at a route stands, the key of it, or a range of its characters."""
        if span is not None:
            return self.place_within(route, *span)
        node, key, _ = walk(self._tree, route)
        return node_place(self._source, key if of_key and key is not None else node)

    def place_within(self, route: Route, start: int, end: int) -> Place:
        """Where characters start to end (exclusive) of a scalar's value stand.

        Gives the whole scalar where its characters cannot be told apart in the file.
        """
        node, _, held = walk(self._tree, route)
        if not held or type(node) is not ScalarNode:
            return node_place(self._source, node)
        first, last = node_start(self._source, node), int(node.end_mark.index)
        spans = trace_scalar(self._source.text, first, last, node.style or "", node.value)
        if not spans:
            return node_place(self._source, node)
        start = min(max(start, 0), len(spans))
        end = min(max(end, start), len(spans))
        opening = spans[start][0] if start < len(spans) else spans[-1][1]
        return self._source.place(opening, spans[end - 1][1] if end > start else opening)

    def style(self, route: Route) -> Style:
        """How the value at a route is written."""
        node = walk(self._tree, route)[0]
        if type(node) is ScalarNode:
            return _STYLES[node.style or ""]
        return "mapping" if type(node) is MappingNode else "sequence"

    def line_comment(self, route: Route) -> str | None:
        """The comment right behind a plain scalar, from its `#` to the end of the line."""
        node = walk(self._tree, route)[0]
        if self.style(route) != "plain":
            return None
        found = _COMMENT.match(self._source.text, node_end(self._source, node))
        return found.group(1) if found else None

    @property
    def _tree(self) -> Node:
        return self._trees.nodes[self.index]

    @property
    def _source(self) -> SourceText:
        return self._trees.source


def decode_source(file: str, raw: bytes) -> tuple[str, list[Finding]]:
    """The text of a file's bytes; text is empty beside a finding about its size or encoding."""
    if len(raw) > MAX_BYTES:
        return "", [_too_large(file)]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as fault:
        before = SourceText(file, raw[: fault.start].decode("utf-8"))
        place = before.place(len(before.text), len(before.text))
        message = f"the file is not UTF-8: byte 0x{raw[fault.start]:02x}"
        return "", [Finding(codes.NOT_UTF8, message, place, "save the file as UTF-8")]


def read_documents(file: str, text: str) -> tuple[list[Document], list[Finding]]:
    """All documents of a file, and what is wrong with its YAML; never raises.

    A fault ends the reading: the documents before it are returned. Empty documents count, with
    None as their data; a document that expands beyond the limits is left out.
    """
    if len(text) > MAX_BYTES:
        return [], [_too_large(file)]
    source = SourceText(file, text)
    trees, fault = compose(source.text)
    values, kept = Values(source), _Trees(source)
    documents: list[Document] = []
    findings: list[Finding] = []
    for index, tree in enumerate(trees):
        try:
            data, own = values.convert(tree)
        except LimitExceededError as exceeded:
            return documents, [*findings, fault_finding(source, exceeded)]
        documents.append(Document(kept, index, data, tuple(own)))
        findings += own
    if fault is not None:
        findings.append(fault_finding(source, fault))
    return documents, findings


def _too_large(file: str) -> Finding:
    message = f"the file is larger than {MAX_BYTES:,} bytes, and slokit reads no more"
    return Finding(codes.TOO_LARGE, message, Place(file, 1, 1, 1, 1), "split it into several")
