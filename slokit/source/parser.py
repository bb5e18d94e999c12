"""The only talker to PyYAML: text to node trees, under limits.

The C parser is driven without PyYAML's resolver: nothing is ever converted, so resolving would
only cost time. The limits are checked while composing, before a tree can hurt.
"""

import re
from typing import Final

import yaml
from yaml._yaml import CParser
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

__all__ = [
    "AMBIGUOUS",
    "MAX_DEPTH",
    "MAX_NODES",
    "MERGE",
    "NULL",
    "TEXT",
    "CollectionNode",
    "LimitExceededError",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "compose",
    "scalar_ranges",
]

MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000

# What an untagged node is, in place of YAML's own tags.
TEXT: Final = "text"
NULL: Final = "null"
MERGE: Final = "merge"
AMBIGUOUS: Final = "ambiguous"

_PLAIN: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), NULL),
    **{
        variant: AMBIGUOUS
        for word in ("yes", "no", "on", "off")
        for variant in (word, word.capitalize(), word.upper())
    },
    "<<": MERGE,
}
# YAML 1.1 reads these as base 60: `1:30` is 90.
_SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


class LimitExceededError(Exception):
    """The tree is deeper than MAX_DEPTH (`deep`) or holds more than MAX_NODES nodes.

    Raised and caught while one file is read. `offset` is where it happened, if that is known.
    """

    def __init__(self, *, deep: bool, offset: int | None = None) -> None:
        super().__init__()
        self.deep = deep
        self.offset = offset


class _Parser(CParser):
    """The C parser's composer, with a resolver of our own."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    # PyYAML calls this for each node before it is built: the one place where a tree can be stopped
    # that would not fit into memory.
    def descend_resolver(self, parent: Node | None, index: object) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
            offset = parent.start_mark.index if parent is not None else None
            raise LimitExceededError(deep=self._depth > MAX_DEPTH, offset=offset)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
        # Quoted, or a collection, is what it says; only plain scalars mean anything else.
        if kind is not ScalarNode or not implicit[0]:
            return TEXT
        if (tag := _PLAIN.get(value)) is not None:
            return tag
        if ":" in value and _SEXAGESIMAL.fullmatch(value):
            return AMBIGUOUS
        return TEXT


def compose(text: str) -> tuple[list[Node], Exception | None]:
    """The trees of all documents up to the first fault, and that fault.

    Aliases share the node of their anchor, so a tree may hold itself. The fault is a
    `yaml.YAMLError`, a `LimitExceededError`, or a `UnicodeEncodeError` for a lone surrogate.
    """
    trees: list[Node] = []
    try:
        parser = _Parser(text)
        while parser.check_node():
            if (tree := parser.get_node()) is not None:
                trees.append(tree)
    except (yaml.YAMLError, LimitExceededError, UnicodeEncodeError) as fault:
        return trees, fault
    return trees, None


def scalar_ranges(text: str) -> tuple[list[tuple[int, int]], bool]:
    """Start and end offset of every scalar in order, and whether all of the text is YAML."""
    ranges: list[tuple[int, int]] = []
    try:
        # The scanner alone takes some faulty texts for sound; the parser tells.
        events = _Parser(text)
        while events.check_event():
            events.get_event()
        parser = _Parser(text)
        while parser.check_token():
            token = parser.get_token()
            if isinstance(token, yaml.ScalarToken):
                ranges.append((token.start_mark.index, token.end_mark.index))
    except (yaml.YAMLError, UnicodeEncodeError):
        return ranges, False
    return ranges, True
