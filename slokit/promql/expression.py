"""An expression as a tree whose nodes know their characters: what checks of meaning walk over.

The parser's own tree has no places. This one is made of the walk that finds faults, with the
operators' precedence, and only of PromQL that the parser has taken. It knows the structure; what a
node means is its readers' business.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from slokit.promql.faults.grammar import GrammarError, Part, walk_through
from slokit.promql.parse import PromqlSyntaxError
from slokit.promql.reading import read
from slokit.promql.selector import Matcher, Selector
from slokit.promql.tokens import Token
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration

Span = tuple[int, int]

SETS = ("and", "or", "unless")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(COMPARISONS, 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
    "atan2": 5,
    "^": 6,
}
_RANGE = re.compile(r"\[\s*(?P<length>[0-9][0-9a-z.]*)\s*(?P<step>:)?")
_OFFSET = re.compile(r"offset\s*[-+]?\s*(?P<length>[0-9][0-9a-z.]*)", re.IGNORECASE)
_GROUPED = re.compile(r"\bgroup_(?:left|right)\b", re.IGNORECASE)
_BOOL = re.compile(r"\s*bool\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression, its characters, and its own parts in the order of the text.

    ``kind`` is number, string, selector, range, subquery, call, aggregation, binary or sign, and
    ``name`` that of the metric, function, aggregation or operator. ``span`` has the parentheses
    around it, ``head`` are the characters of the name. ``value`` is a number's, ``seconds`` the
    length of a range, ``offset`` the seconds that a selector looks back. ``matchers`` have the
    characters of each. ``is_bool`` and ``is_grouped`` are about a binary operator: whether it has
    `bool`, and `group_left` or `group_right`.
    """

    kind: str
    name: str
    span: Span
    head: Span
    children: tuple["Node", ...] = ()
    value: float = math.nan
    seconds: float | None = None
    offset: float = 0.0
    selector: Selector | None = None
    matchers: tuple[tuple[Span, Matcher], ...] = ()
    is_bool: bool = False
    is_grouped: bool = False

    @property
    def is_comparison(self) -> bool:
        """Whether it compares its two operands."""
        return self.kind == "binary" and self.name in COMPARISONS

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, each before its own."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending += reversed(node.children)


@lru_cache(maxsize=4096)
def expression(text: str) -> Node | None:
    """The tree of sound PromQL without variables; None where the walk does not follow it.

    >>> root = expression("errors_total or on () vector(0)")
    >>> root.name, [child.name for child in root.children], root.children[1].span
    ('or', ['errors_total', 'vector'], (22, 31))
    """
    try:
        return _Reader(text, read(text.strip()).selectors).node(walk_through(text)[-1])
    except (GrammarError, PromqlSyntaxError):
        return None


def constant(node: Node) -> float | None:
    """The value of what is made of numbers alone.

    >>> constant(expression("2 * (1 / 4)"))
    0.5
    """
    if node.kind == "number":
        return node.value
    values = [constant(child) for child in node.children]
    numbers = [value for value in values if value is not None]
    if node.kind == "sign" and numbers:
        return -numbers[0] if node.name == "-" else numbers[0]
    if node.kind == "binary" and len(numbers) == 2 and not node.is_comparison:
        return arithmetic(node.name, *numbers)
    return math.pi if node.name == "pi" and node.kind == "call" else None


def arithmetic(operator: str, left: float, right: float) -> float:
    """What an operator makes of two floats; a NaN where Python refuses.

    >>> arithmetic("/", 1, 0), arithmetic("%", 7, 4)
    (inf, 3.0)
    """
    try:
        if operator == "/" and right == 0:
            return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
        return float(_ARITHMETIC[operator](left, right))
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def compare(operator: str, left: float, right: float) -> bool:
    """Whether a comparison holds."""
    return {
        "==": left == right,
        "!=": left != right,
        ">": left > right,
        "<": left < right,
        ">=": left >= right,
        "<=": left <= right,
    }[operator]


_ARITHMETIC = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "^": lambda a, b: a**b,
    "atan2": math.atan2,
}


class _Reader:
    """Makes nodes of the parts of one text, from the left: so stand its selectors."""

    def __init__(self, text: str, selectors: Iterable[Selector]) -> None:
        self._text = text
        self._selectors = iter(selectors)

    def node(self, part: Part) -> Node:
        if part.kind == "chain":
            return self._chain(part.children, part.operators)
        if part.kind == "group":
            return replace(self.node(part.children[0]), span=part.span)
        if part.kind == "suffixed":
            return self._suffixed(part)
        if part.kind == "selector":
            return self._selector(part)
        assert part.head is not None
        children = tuple(self.node(child) for child in part.children)
        if part.kind == "signed":
            return Node("sign", part.head.text, part.span, part.head.span, children)
        if part.kind in ("call", "aggregation"):
            # aggregations and operators are read in any case, functions in lower case alone
            return Node(part.kind, part.head.text.lower(), part.span, part.head.span, children)
        return self._literal(part, part.head)

    def _chain(self, operands: Sequence[Part], operators: Sequence[Token]) -> Node:
        if not operators:
            return self.node(operands[0])
        least = min(_PRECEDENCE[operator.text.lower()] for operator in operators)
        at = [n for n, o in enumerate(operators) if _PRECEDENCE[o.text.lower()] == least]
        # only powers are taken from the right
        split = at[0] if least == _PRECEDENCE["^"] else at[-1]
        left = self._chain(operands[: split + 1], operators[:split])
        right = self._chain(operands[split + 1 :], operators[split + 1 :])
        operator = operators[split]
        if least == _PRECEDENCE["^"] and operands[0].kind == "signed":
            # a sign binds less than a power: it is that of the whole
            power = self._binary(left.children[0], operator, right)
            return replace(left, span=(left.span[0], right.span[1]), children=(power,))
        return self._binary(left, operator, right)

    def _binary(self, left: Node, operator: Token, right: Node) -> Node:
        return Node(
            "binary",
            operator.text.lower(),
            (left.span[0], right.span[1]),
            operator.span,
            (left, right),
            is_bool=_BOOL.match(self._text, operator.end) is not None,
            is_grouped=_GROUPED.search(self._text, operator.end, right.span[0]) is not None,
        )

    def _suffixed(self, part: Part) -> Node:
        inner, start = self.node(part.children[0]), part.head.start if part.head else part.start
        if found := _OFFSET.match(self._text, start):
            return replace(inner, span=part.span, offset=_seconds(found["length"]))
        found = _RANGE.match(self._text, start)
        if found is None:
            return replace(inner, span=part.span)
        kind, seconds = "subquery" if found["step"] else "range", _seconds(found["length"])
        return Node(kind, inner.name, part.span, inner.head, (inner,), seconds=seconds)

    def _selector(self, part: Part) -> Node:
        head = part.head.span if part.head else part.span
        if part.head and not part.children and part.head.text.lower() in ("inf", "nan"):
            return Node("number", "", part.span, head, value=float(part.head.text))
        # The parser gives selectors in the order of the text, and this walk goes through it alike.
        selector = next(self._selectors)
        # what has no operator is the name in quotes
        spans = [child.span for child in part.children if child.operators]
        matchers = tuple(zip(spans, selector.matchers, strict=False))
        name = selector.metric()
        return Node("selector", name, part.span, head, selector=selector, matchers=matchers)

    def _literal(self, part: Part, head: Token) -> Node:
        if head.kind == "string":
            return Node("string", "", part.span, head.span)
        if head.kind == "duration":
            value = _seconds(head.text)
        else:
            is_hexadecimal = head.text[:2].lower() == "0x"
            value = float(int(head.text, 16) if is_hexadecimal else head.text)
        return Node("number", "", part.span, head.span, value=value)


def _seconds(text: str) -> float:
    # Newer servers take a bare number of seconds where a duration stands.
    if text.replace(".", "").isdigit():
        return float(text)
    try:
        return float(parse_duration(text))
    except InvalidTextError:
        return 0.0
