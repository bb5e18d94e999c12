"""The parser's trees: their children and their types."""

from collections.abc import Iterator
from typing import Any

import promql_parser


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
