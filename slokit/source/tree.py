"""YAML files as documents of plain data: dict, list, str and None, and what is odd on the way.

Every scalar is its text as written; an empty or null plain scalar is None. Nothing is ever
converted to a boolean or a number, and no tag ever constructs anything. Where everything stands is
looked up later.
"""

from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Related
from slokit.source.expansion import Expansion
from slokit.source.faults import fault_finding
from slokit.source.parser import (
    AMBIGUOUS,
    MAX_DEPTH,
    MAX_NODES,
    MERGE,
    NULL,
    TEXT,
    CollectionNode,
    LimitExceededError,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
)
from slokit.source.places import Places, SourceText, node_end, node_location

_PREFIX = "tag:yaml.org,2002:"
_HARMLESS_TAGS = {ScalarNode: "str", MappingNode: "map", SequenceNode: "seq"}


class Values:
    """Converts the trees of one file; the limit on nodes after expansion counts over all."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._room = MAX_NODES
        self._findings: dict[Finding, None] = {}

    def convert(self, tree: Node) -> tuple[object, list[Finding]]:
        """Data and findings of one document; LimitExceededError for what aliases expand to."""
        self._findings = {}
        return self._value(tree, 0), list(self._findings)

    def _value(self, node: Node, depth: int) -> object:
        if node.tag is not TEXT:
            return self._odd(node, depth)
        kind = type(node)
        if kind is ScalarNode:
            return node.value
        # Counted at every visit: an alias costs as much as what it stands for, so a small file that
        # expands to billions ends here.
        self._room -= len(node.value) if kind is SequenceNode else 2 * len(node.value)
        if depth > MAX_DEPTH or self._room < 0:
            raise LimitExceededError(deep=depth > MAX_DEPTH, offset=node.start_mark.index)
        if kind is MappingNode:
            return self._mapping(node, depth + 1)
        return [self._value(item, depth + 1) for item in node.value]

    def _odd(self, node: Node, depth: int) -> object:
        """The value of a node that is null, ambiguous, tagged, or `<<` used as a value."""
        tag = node.tag
        if tag == NULL:
            return None
        if tag == AMBIGUOUS:
            self._report_ambiguous(node)
        elif tag != MERGE and tag != _PREFIX + _HARMLESS_TAGS[type(node)]:
            shown = tag.replace(_PREFIX, "!!")
            self._report_tag(node, shown)
        if type(node) is ScalarNode:
            return node.value
        node.tag = TEXT
        return self._value(node, depth)

    def _mapping(self, node: Node, depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        merged: list[Node] = []
        for key, value in node.value:
            if key.tag is TEXT and type(key) is ScalarNode:
                name = key.value
            elif key.tag == MERGE:
                merged.append(value)
                continue
            elif (name := self._odd_key(key)) is None:
                continue
            if name in data:
                self._report_duplicate(node, key)
            else:
                data[name] = self._value(value, depth)
        for value in merged:
            self._merge(data, value, depth)
        return data

    def _merge(self, data: dict[str, object], value: Node, depth: int) -> None:
        """Fill in what `<<` brings; the mapping's own keys win, then the earlier source."""
        sources = value.value if type(value) is SequenceNode else [value]
        for source in sources:
            found = self._value(source, depth)
            if not isinstance(found, dict):
                self._report_type(source, "<< takes a mapping or a list of mappings", "")
                continue
            for name, item in found.items():
                data.setdefault(name, item)

    def _odd_key(self, key: Node) -> str | None:
        if isinstance(key, CollectionNode):
            hint = "quote the value" if key.flow_style else ""
            self._report_type(key, "a key must be text, not a mapping or a list", hint)
            return None
        self._odd(key, 0)
        return str(key.value)

    def _report_ambiguous(self, node: Node) -> None:
        number = node.value[-1].isdigit() or node.value.endswith((".", "_"))
        meant = "a number in base 60" if number else "a boolean"
        message = f"other YAML readers take {node.value} for {meant}"
        quoted = f'quote it: "{node.value}"'
        self._add(Finding(codes.AMBIGUOUS_SCALAR, message, self._location(node), quoted))

    def _report_duplicate(self, mapping: Node, key: Node) -> None:
        scalars = (other for other, _ in mapping.value if type(other) is ScalarNode)
        first = next(other for other in scalars if other.value == key.value)
        self._add(
            Finding(
                codes.DUPLICATE_KEY,
                f"duplicate key '{key.value}'",
                self._location(key),
                "remove one: only the first counts",
                (Related(self._location(first), "first given here"),),
            )
        )

    def _report_tag(self, node: Node, tag: str) -> None:
        location = self._source.location(node.start_mark.index, node_end(self._source, node))
        # What stands behind it is read all the same: as nothing it would be a second finding.
        is_meant = tag.startswith("!!") or isinstance(node, CollectionNode)
        hint = "remove it" if is_meant else "in YAML ! begins a tag: quote the value"
        message = f"slokit does not read the tag {tag}"
        self._add(Finding(codes.WRONG_TYPE, message, location, hint))

    def _report_type(self, node: Node, message: str, hint: str) -> None:
        self._add(Finding(codes.WRONG_TYPE, message, self._location(node), hint))

    def _location(self, node: Node) -> Location:
        return node_location(self._source, node)

    def _add(self, finding: Finding) -> None:
        self._findings[finding] = None


MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML document, the ``index``-th of its file.

    ``data`` is made of dict (keys are str), list, str and None: a scalar is its text as written, an
    empty or null plain scalar is None. ``findings`` are those about this document alone; they are
    also among the findings of the file. ``expansion`` says where ``data`` comes from where it is
    not what the document itself holds.
    """

    file: str
    index: int
    data: object
    findings: tuple[Finding, ...] = ()
    expansion: Expansion | None = None

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
