"""Whether two pieces of PromQL mean the same, however each is written.

A server prints what it has parsed: matchers sorted, lists before what is aggregated, numbers and
durations in its own words, and each version differently. It knows no identities of algebra:
``a + b`` is not ``b + a``.
"""

import re
from functools import lru_cache
from typing import Any

import promql_parser

from slokit.promql.parse import PromqlSyntaxError, children, tree, walk

_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')
_BRACES = re.compile(r"\{([^{}]*)\}")
# Aggregations by no label and no aggregation's list are the same, and so are matchings.
_EMPTY = ("by", ())


def is_same(one: str, other: str) -> bool | None:
    """Whether two expressions mean the same; None where one of them cannot be read.

    >>> is_same('sum(x{b="1", a="2"}) by (job) <= Inf', 'sum by (job) (x{a="2",b="1"}) <= +Inf')
    True
    >>> is_same("rate(x[5m]) > 1000000", "rate(x[300s]) > 1e+06"), is_same("x > 1", "x > bool 1")
    (True, False)
    """
    # Nearly all differ in blanks and the order of matchers alone, and parsing takes far longer.
    if _squeezed(one) == _squeezed(other):
        return True
    try:
        return _canonical(one) == _canonical(other)
    except PromqlSyntaxError:
        return None


def outermost_labels(text: str) -> frozenset[str] | None:
    """The labels that an expression is grouped by: those of its first outermost aggregation.

    >>> sorted(outermost_labels("sum by (b, a) (rate(x[5m])) or sum by (b, a) (y)"))
    ['a', 'b']

    None where it has none, keeps all labels but some, or cannot be read.
    """
    try:
        nodes = walk(tree(text))
    except PromqlSyntaxError:
        return None
    for node in nodes:
        if isinstance(node, promql_parser.AggregateExpr):
            word, labels = _grouping(node.modifier)
            return frozenset(labels) if word == "by" else None
    return None


def _squeezed(text: str) -> str:
    tight = _BLANKS.sub(lambda found: found[1] or "", text).replace("+Inf", "Inf")
    return _BRACES.sub(lambda found: "{" + ",".join(sorted(found[1].split(","))) + "}", tight)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> object:
    return _node(tree(text))


def _node(node: Any) -> object:
    """What a node says, as nested tuples: its kind, what is its own, and what is below it."""
    while isinstance(node, promql_parser.ParenExpr):
        node = node.expr
    return type(node).__name__, _own(node), tuple(map(_node, children(node)))


def _own(node: Any) -> object:
    if isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral):
        return str(node.val)
    if isinstance(node, promql_parser.VectorSelector):
        matchers = [(m.name, str(m.op), m.value) for m in node.matchers.matchers]
        named = [("__name__", "MatchOp.Equal", node.name)] if node.name else []
        return sorted([*matchers, *named]), node.offset, str(node.at)
    if isinstance(node, promql_parser.MatrixSelector):
        return node.range
    if isinstance(node, promql_parser.SubqueryExpr):
        return node.range, node.step, node.offset, str(node.at)
    if isinstance(node, promql_parser.Call):
        return node.func.name
    if isinstance(node, promql_parser.AggregateExpr):
        return str(node.op), _grouping(node.modifier)
    if isinstance(node, promql_parser.BinaryExpr):
        return str(node.op), _matching(node.modifier)
    return ""


def _grouping(modifier: Any) -> tuple[str, tuple[str, ...]]:
    if modifier is None:
        return _EMPTY
    word = "by" if str(modifier.type).endswith(".By") else "without"
    return word, tuple(sorted(modifier.labels))


def _matching(modifier: Any) -> object:
    if modifier is None:
        return False, "VectorMatchCardinality.OneToOne", None, ()
    matching = modifier.matching
    named = None
    if matching is not None and (matching.labels or str(matching.type).endswith(".Include")):
        named = str(matching.type), tuple(sorted(matching.labels))
    carried = tuple(sorted(modifier.group_labels or ()))
    return modifier.return_bool, str(modifier.card), named, carried
