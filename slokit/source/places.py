"""Where things stand in files of YAML: the one module that turns locations into lines and columns.

Lines end at a line feed, a carriage return or both, as editors count them. YAML 1.1 also breaks
lines at U+0085, U+2028 and U+2029, so a parser's own line numbers are never used.

Reading keeps the text, not the node trees: trees of a thousand files would cost more than their
parsing. They are composed again when the first location of a file is drawn.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from slokit.diagnostics.finding import Finding, KeyPath, Location, Place, Related
from slokit.source import parameters
from slokit.source.expansion import Expansion, Origin
from slokit.source.parser import (
    MERGE,
    CollectionNode,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
)
from slokit.source.scalar_trace import trace_scalar
from slokit.text.words import clip

BYTE_ORDER_MARK = "\ufeff"
_BREAK = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"[ \t]+(#[^\r\n]*)")
_PROPERTIES = re.compile(r"(?:[&!]\S*+\s++(?:#[^\r\n\x85\u2028\u2029]*+\s++)*+)+")


def split_lines(text: str) -> list[str]:
    """The lines of a file as an editor shows them, without breaks and byte order mark."""
    return _BREAK.split(text.removeprefix(BYTE_ORDER_MARK))


class SourceText:
    """A file's text without its byte order mark; offsets count characters from 0."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.removeprefix(BYTE_ORDER_MARK)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1; a break of two characters is one."""
        starts = self._line_starts
        offset -= self.text[offset - 1 : offset + 1] == "\r\n"
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def location(self, start: int, end: int) -> Location:
        """The location of a range of offsets."""
        return Location(self.file, span=(start, end))

    def place(self, start: int, end: int) -> Place:
        """The place of a range of offsets, cut to the text."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        return Place(self.file, *self.position(start), *self.position(end))

    def line_at(self, offset: int) -> str:
        """The whole line that holds a character."""
        return self.lines[self.position(min(offset, len(self.text)))[0] - 1]

    @cached_property
    def lines(self) -> list[str]:
        """All lines, without their breaks."""
        return split_lines(self.text)

    @cached_property
    def trees(self) -> list[Node]:
        """The trees of its documents."""
        return compose(self.text)[0]


Expansions = Mapping[tuple[str, int], Expansion]
"""The uses of templates, by the file and the number of the document that each stands in."""


class Places:
    """Where locations are in the texts of files, which go by the names that locations have.

    A location in a document that a template was expanded to is where that part is written.

    >>> Places({"a.yaml": "name: shop"}).place(Location("a.yaml", 0, ("name",)))
    Place(file='a.yaml', line=1, column=7, end_line=1, end_column=11)
    """

    def __init__(self, texts: Mapping[str, str], expansions: Expansions | None = None) -> None:
        self.texts = texts
        self._expansions = expansions or {}
        self._files: dict[str, SourceText] = {}

    def drawn(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings with their places; those that have one already are as they were.

        One in a template says besides which values were filled in there, and which use it is about.
        """
        return [self._drawn(finding) for finding in findings]

    def _drawn(self, finding: Finding) -> Finding:
        if finding.place:
            return finding
        related = [
            replace(other, place=other.place or self._place(other.location))
            for other in (*finding.related, *self._of_use(finding.location))
        ]
        return replace(finding, place=self._place(finding.location), related=tuple(related))

    def _of_use(self, location: Location | None) -> Iterator[Related]:
        """What explains a location in a template: the values at it, and the use."""
        if location is None or (origin := self._origin(location)) is None:
            return
        expansion = self._expansions[location.file, location.document or 0]
        if not origin.is_template:
            yield Related(expansion.template.at("parameters", of_key=True), "of this template")
            return
        written = self._walk(origin.location)
        text = written[0].value if written and type(written[0]) is ScalarNode else ""
        for name in dict.fromkeys(parameters.used(text)):
            if (value := origin.values.get(name)) is not None:
                yield Related(value.location, f"{name} is {clip(value.text, 40)!r}")
        yield Related(expansion.use, "used here")

    def use_of(self, location: Location) -> Place | None:
        """Where the template is used that a location is in; None where it is in none."""
        expansion = self._expansions.get((location.file, location.document or 0))
        return self.place(expansion.use) if expansion else None

    def _origin(self, location: Location) -> Origin | None:
        """Where a part of an expanded document is written; None for what is written as it is."""
        if not self._expansions or location.document is None:
            return None
        expansion = self._expansions.get((location.file, location.document))
        return expansion.origin(location.keys) if expansion else None

    def _place(self, location: Location | None) -> Place | None:
        return self.place(location) if location and location.file else None

    def place(self, location: Location) -> Place:
        """Where a location is; the beginning of a file that cannot be read.

        A range of characters is the whole scalar where the file cannot tell them apart.
        """
        origin, span = self._origin(location), location.span
        written = origin.location if origin else location
        source = self._source(written.file)
        if written.document is None:
            return source.place(*(span or (0, 0)))
        found = self._walk(written)
        if found is None:
            return source.place(0, 0)
        node, key, held = found
        if span is not None and held and origin and type(node) is ScalarNode:
            texts = {name: value.text for name, value in origin.values.items()}
            span = parameters.filled(node.value, texts).origin(span)
        if span is not None:
            return _place_within(source, node, span) if held else node_place(source, node)
        return node_place(source, key if location.of_key and key is not None else node)

    def is_list(self, location: Location) -> bool:
        """Whether a list stands there."""
        found = self._walk(self._written(location))
        return found is not None and type(found[0]) is SequenceNode

    def comment_behind(self, location: Location) -> str | None:
        """The comment right behind a plain scalar, from its `#` to the end of the line."""
        written = self._written(location)
        found = self._walk(written)
        if found is None or type(found[0]) is not ScalarNode or found[0].style:
            return None
        source = self._source(written.file)
        comment = _COMMENT.match(source.text, node_end(source, found[0]))
        return comment.group(1) if comment else None

    def _written(self, location: Location) -> Location:
        origin = self._origin(location)
        return origin.location if origin else location

    def _walk(self, location: Location) -> tuple[Node, Node | None, bool] | None:
        trees, number = self._source(location.file).trees, location.document
        if number is None or number >= len(trees):
            return None
        return walk(trees[number], location.keys)

    def _source(self, file: str) -> SourceText:
        if file not in self._files:
            self._files[file] = SourceText(file, self.texts.get(file, ""))
        return self._files[file]


def _place_within(source: SourceText, node: Node, span: tuple[int, int]) -> Place:
    if type(node) is not ScalarNode:
        return node_place(source, node)
    first, last = node_start(source, node), int(node.end_mark.index)
    spans = trace_scalar(source.text, first, last, node.style or "", node.value)
    if not spans:
        return node_place(source, node)
    start = min(max(span[0], 0), len(spans))
    end = min(max(span[1], start), len(spans))
    opening = spans[start][0] if start < len(spans) else spans[-1][1]
    return source.place(opening, spans[end - 1][1] if end > start else opening)


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


def node_location(source: SourceText, node: Node) -> Location:
    """The location of a node, without anchors, trailing blanks and comments."""
    return source.location(node_start(source, node), node_end(source, node))


def node_place(source: SourceText, node: Node) -> Place:
    """The place of a node, as of its location."""
    return source.place(node_start(source, node), node_end(source, node))


def walk(tree: Node, keys: KeyPath) -> tuple[Node, Node | None, bool]:
    """Follow keys as far as it goes: the node there, its key if it has one, and if all held."""
    node, key = tree, None
    for step in keys:
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
