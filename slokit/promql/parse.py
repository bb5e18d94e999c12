"""From text to the parser's tree: what is too large is refused, and nodes are named by type.

promql-parser is the only parser. It overflows the stack on long chains of operators, which ends
the process, so what is too much is refused before. It finds structure; it never prints what it
parsed, and it does not decide what is legal: it takes more than the oldest Prometheus does.
"""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser

from slokit.promql.selector import Matcher, Selector, is_label_name, is_metric_name, quote
from slokit.promql.tokens import tokens_of

# Far more than anyone writes, and far less than what ends the process.
LONGEST = 20_000
_DEEPEST = 60
_MOST_OPERATORS = 200
_OPERATOR = re.compile(r"[-+*/%^=<>!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
# the parser knows this function under its newer name only, with the same arguments
RENAMED = {"holt_winters": "double_exponential_smoothing"}
_OPS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}


class PromqlSyntaxError(ValueError):
    """Text that is no PromQL."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class PromqlTooLargeError(PromqlSyntaxError):
    """Text too long or too deep to be read."""


def tree(text: str) -> Any:
    """The parser's own tree, which never leaves :mod:`slokit.promql`.

    Raises:
        PromqlSyntaxError: the text does not parse.
        PromqlTooLargeError: it is too long or too deep to be parsed.
    """
    if len(text) > LONGEST:
        raise PromqlTooLargeError(f"the expression is longer than {LONGEST} characters")
    if _depth(text) > _DEEPEST:
        raise PromqlTooLargeError(f"the expression is nested deeper than {_DEEPEST} levels")
    if _operators(text) > _MOST_OPERATORS:
        raise PromqlTooLargeError(f"the expression has more than {_MOST_OPERATORS} operators")
    try:
        return promql_parser.parse(_readable(text))
    except ValueError as cause:
        raise PromqlSyntaxError(str(cause)) from cause


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _operators(text: str) -> int:
    """How many operators a text has; the matchers between braces are none."""
    most = len(_OPERATOR.findall(text))
    tokens = tokens_of(text) if most > _MOST_OPERATORS else []
    if not tokens or tokens[-1].kind == "bad":
        return most
    count = braces = 0
    for token in tokens:
        braces += (token.text == "{") - (token.text == "}")
        count += not braces and _OPERATOR.match(token.text) is not None
    return count


def _readable(text: str) -> str:
    """The text without what the parser refuses though Prometheus takes it."""
    # nearly every text is readable as it is, and finding that out must cost next to nothing
    if "`" not in text and not any(name in text for name in RENAMED):
        return text
    parts, at = [], 0
    for token in tokens_of(text):
        is_raw = token.kind == "string" and token.text.startswith("`")
        plain = quote(token.text[1:-1]) if is_raw else RENAMED.get(token.text, token.text)
        parts += [text[at : token.start], plain]
        at = token.end
    return "".join([*parts, text[at:]])


def selector_of(node: Any) -> Selector:
    """The selector that a node of the tree is.

    Raises:
        PromqlSyntaxError: it has `or` between matchers.
    """
    if node.matchers.or_matchers:
        raise PromqlSyntaxError("`or` between matchers is not understood", "write two selectors")
    matchers = tuple(Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers)
    return Selector(node.name, matchers)


def quoted_names(node: Any) -> list[str]:
    """The names of a node, not of those below it, that only Prometheus 3 reads: in quotes."""
    modifier = getattr(node, "modifier", None)
    matching = getattr(modifier, "matching", None)
    names = [
        *(getattr(modifier, "labels", None) or ()),
        *(getattr(modifier, "group_labels", None) or ()),
        *(getattr(matching, "labels", None) or ()),
    ]
    if isinstance(node, promql_parser.VectorSelector):
        names = [m.name for m in node.matchers.matchers]
        names += [node.name] if node.name and not is_metric_name(node.name) else []
    return [name for name in names if not is_label_name(name)]


def children(node: Any) -> list[Any]:
    """The nodes directly below a node."""
    if isinstance(node, promql_parser.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql_parser.Call):
        return list(node.args)
    if isinstance(node, promql_parser.MatrixSelector):
        return [node.vector_selector]
    if isinstance(node, promql_parser.AggregateExpr):
        return [child for child in (node.param, node.expr) if child is not None]
    inner = getattr(node, "expr", None)
    return [] if inner is None else [inner]


def walk(tree: Any) -> Iterator[Any]:
    """All nodes, from the left, each before what is below it."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(children(node))


def type_of(node: Any) -> str:
    """What a node gives: vector, scalar, matrix or string."""
    # the parser tells the type of functions only; parentheses and signs change none
    while isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        node = node.expr
    if isinstance(node, promql_parser.NumberLiteral):
        return "scalar"
    if isinstance(node, promql_parser.StringLiteral):
        return "string"
    if isinstance(node, promql_parser.MatrixSelector | promql_parser.SubqueryExpr):
        return "matrix"
    if isinstance(node, promql_parser.Call):
        return str(node.func.return_type).rsplit(".", 1)[-1].lower()
    if isinstance(node, promql_parser.BinaryExpr):
        return "vector" if "vector" in (type_of(node.lhs), type_of(node.rhs)) else "scalar"
    return "vector"
