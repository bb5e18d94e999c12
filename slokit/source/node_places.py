"""Where a node of the YAML tree stands in its file, and how a route leads to it."""

import re
from collections.abc import Iterator

from slokit.diagnostics.finding import Place
from slokit.source.parser import MERGE, CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from slokit.source.source_text import SourceText

Route = tuple[str | int, ...]

_PROPERTIES = re.compile(r"(?:[&!]\S*+\s++(?:#[^\r\n\x85\u2028\u2029]*+\s++)*+)+")


def node_start(source: SourceText, node: Node) -> int:
    """Offset of the node's first character; an anchor or tag before a scalar is left out."""
    start: int = node.start_mark.index
    if type(node) is ScalarNode and source.text[start : start + 1] in ("&", "!"):
        found = _PROPERTIES.match(source.text, start, node.end_mark.index)
        return found.end() if found else start
    return start


def node_end(source: SourceText, node: Node) -> int:
    """Offset behind the node's last character: the parser itself counts what follows it, too."""
    start, end = node.start_mark.index, int(node.end_mark.index)
    if type(node) is ScalarNode:
        if not node.style:
            return end
    elif isinstance(node, CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        end_of_last = node_end(source, last[1] if type(node) is MappingNode else last)
        # an alias as the last child stands elsewhere
        if start < end_of_last <= end:
            return end_of_last
    return start + len(source.text[start:end].rstrip())


def node_place(source: SourceText, node: Node) -> Place:
    """The place of a node, without anchors, trailing blanks and comments."""
    return source.place(node_start(source, node), node_end(source, node))


def walk(tree: Node, route: Route) -> tuple[Node, Node | None, bool]:
    """Follow a route as far as it goes: the node there, its key if it has one, and if all held."""
    node, key = tree, None
    for step in route:
        found = _step(node, step)
        if found is None:
            return node, key, False
        key, node = found
    return node, key, True


def _step(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    if type(node) is SequenceNode and isinstance(step, int):
        return (None, node.value[step]) if 0 <= step < len(node.value) else None
    if type(node) is MappingNode and isinstance(step, str):
        return next(_entries(node, step), None)
    return None


def _entries(mapping: Node, name: str) -> Iterator[tuple[Node | None, Node]]:
    """The entries called name: the mapping's own first, then those that `<<` brings."""
    for key, value in mapping.value:
        if type(key) is ScalarNode and key.value == name and key.tag != MERGE:
            yield key, value
    for key, value in mapping.value:
        if key.tag == MERGE:
            for source in value.value if type(value) is SequenceNode else [value]:
                if type(source) is MappingNode:
                    yield from _entries(source, name)
