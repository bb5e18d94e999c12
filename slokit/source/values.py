"""Node trees to plain Python: dict, list, str and None, with what is odd on the way as findings.

Every scalar is its text as written; an empty or null plain scalar is None. Nothing is ever
converted to a boolean or a number, and no tag ever constructs anything.
"""

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related
from slokit.diagnostics.location import Location
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
)
from slokit.source.places import SourceText, node_end, node_location

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
            if type(node) is not ScalarNode:
                return None
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
        hint = "remove it" if tag.startswith("!!") else "in YAML ! begins a tag: quote the value"
        message = f"slokit does not read the tag {tag}"
        self._add(Finding(codes.WRONG_TYPE, message, location, hint))

    def _report_type(self, node: Node, message: str, hint: str) -> None:
        self._add(Finding(codes.WRONG_TYPE, message, self._location(node), hint))

    def _location(self, node: Node) -> Location:
        return node_location(self._source, node)

    def _add(self, finding: Finding) -> None:
        self._findings[finding] = None
