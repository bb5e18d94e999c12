"""Reads PromQL that a user wrote. It finds structure; it never prints what it read.

promql-parser is the only reader, and this module is the only one that knows it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import promql_parser

from slokit.promql.selector import Matcher, Selector

LONGEST = 20_000
_DEEPEST = 80
_OPS = {
    "MatchOp.Equal": "=",
    "MatchOp.NotEqual": "!=",
    "MatchOp.Re": "=~",
    "MatchOp.NotRe": "!~",
}


class PromqlFault(ValueError):
    """Text that is no PromQL."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece of PromQL is: its type, its selectors, and the labels it keeps.

    ``bare`` is the selector that it consists of, if it is nothing else.
    ``kept`` holds the labels that survive, or None where any label may.
    ``rated`` names the metrics that stand directly under rate(), irate() or increase().
    """

    type: str
    bare: Selector | None
    selectors: tuple[Selector, ...]
    functions: frozenset[str]
    kept: frozenset[str] | None
    rated: tuple[str, ...]


@lru_cache(maxsize=65_536)
def read(text: str) -> Reading:
    """Read PromQL without variables.

    Raises:
        PromqlFault: it does not parse, or is too long or too deep to be read.
    """
    tree = _parse(text)
    if isinstance(tree, promql_parser.VectorSelector):
        selector = _selector(tree)
        bare = selector if tree.offset is None and tree.at is None else None
        return Reading("vector", bare, (selector,), frozenset(), None, ())
    nodes = list(_walk(tree))
    selectors = tuple(_selector(n) for n in nodes if isinstance(n, promql_parser.VectorSelector))
    functions = frozenset(n.func.name for n in nodes if isinstance(n, promql_parser.Call))
    rated = tuple(_rated(nodes))
    return Reading(_type(tree), None, selectors, functions, _kept(tree), rated)


@lru_cache(maxsize=4096)
def read_matchers(text: str) -> tuple[Matcher, ...]:
    """The matchers of a text such as ``job="x",ns=~"a|b"``, braces allowed.

    Raises:
        PromqlFault: the text is no list of matchers.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    tree = _parse(f"x{{{inner}}}")
    if not isinstance(tree, promql_parser.VectorSelector) or tree.offset or tree.at:
        raise PromqlFault("these are no matchers", 'write them like job="x",ns=~"a|b"')
    selector = _selector(tree)
    if selector.name != "x":
        raise PromqlFault("these are no matchers", 'write them like job="x",ns=~"a|b"')
    return selector.matchers


def _parse(text: str) -> Any:
    if len(text) > LONGEST:
        raise PromqlFault(f"the expression is longer than {LONGEST} characters")
    if _depth(text) > _DEEPEST:
        raise PromqlFault(f"the expression is nested deeper than {_DEEPEST} levels")
    try:
        return promql_parser.parse(text)
    except ValueError as cause:
        raise PromqlFault(str(cause)) from cause


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return max(deepest, text.count("--"))


def _selector(node: Any) -> Selector:
    if node.matchers.or_matchers:
        raise PromqlFault("`or` between matchers is not understood", "write two selectors")
    matchers = tuple(Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers)
    return Selector(node.name, matchers)


def _children(node: Any) -> list[Any]:
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


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in _children(node):
        yield from _walk(child)


def _type(node: Any) -> str:
    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        return _type(node.expr)
    if isinstance(node, promql_parser.NumberLiteral):
        return "scalar"
    if isinstance(node, promql_parser.StringLiteral):
        return "string"
    if isinstance(node, promql_parser.MatrixSelector | promql_parser.SubqueryExpr):
        return "matrix"
    if isinstance(node, promql_parser.Call):
        return str(node.func.return_type).rsplit(".", 1)[-1].lower()
    if isinstance(node, promql_parser.BinaryExpr):
        return "vector" if "vector" in (_type(node.lhs), _type(node.rhs)) else "scalar"
    return "vector"


def _rated(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, promql_parser.Call) and node.func.name in ("rate", "irate", "increase"):
            for inner in node.args:
                if isinstance(inner, promql_parser.MatrixSelector):
                    yield _selector(inner.vector_selector).metric()


Kept = frozenset[str] | None


def _kept(node: Any) -> Kept:
    for kind, kept in _KEPT:
        if isinstance(node, kind):
            return kept(node)
    return None


def _kept_by_aggregate(node: Any) -> Kept:
    if node.op is not None and str(node.op) in ("topk", "bottomk", "limitk", "limit_ratio"):
        return _kept(node.expr)
    if node.modifier is None:
        return frozenset()
    labels = frozenset(node.modifier.labels)
    below = _kept(node.expr)
    if node.modifier.type == promql_parser.AggModifierType.Without:
        return None if below is None else below - labels
    return labels if below is None else labels & below


def _kept_by_binary(node: Any) -> Kept:
    if _type(node.lhs) != "vector":
        return _kept(node.rhs)
    left = _kept(node.lhs)
    if _type(node.rhs) != "vector" or str(node.op) in ("and", "unless"):
        return left
    right = _kept(node.rhs)
    if str(node.op) == "or":
        return None if left is None or right is None else left | right
    return _kept_by_matching(node.modifier, left, right)


def _kept_by_matching(modifier: Any, left: Kept, right: Kept) -> Kept:
    if modifier is None:
        return left if right is None else right if left is None else left & right
    many_to_one = promql_parser.VectorMatchCardinality.ManyToOne
    one_to_many = promql_parser.VectorMatchCardinality.OneToMany
    if modifier.card in (many_to_one, one_to_many):
        many = left if modifier.card == many_to_one else right
        return None if many is None else many | frozenset(modifier.group_labels or ())
    matching = modifier.matching
    if matching is not None and matching.type == promql_parser.LabelModifierType.Include:
        labels = frozenset(matching.labels)
        return labels if left is None else left & labels
    return left


def _kept_by_call(node: Any) -> Kept:
    name, arguments = node.func.name, node.args
    if name in ("label_replace", "label_join"):
        below = _kept(arguments[0])
        target = getattr(arguments[1], "val", None)
        return None if below is None or target is None else below | {target}
    if name in ("absent", "absent_over_time"):
        return None
    if name in ("vector", "time", "scalar"):
        return frozenset()
    if name == "histogram_quantile":
        return _kept(arguments[1])
    vectors = [a for a in arguments if _type(a) in ("vector", "matrix")]
    return _kept(vectors[0]) if vectors else frozenset()


_KEPT: tuple[tuple[Any, Callable[[Any], Kept]], ...] = (
    (promql_parser.AggregateExpr, _kept_by_aggregate),
    (promql_parser.BinaryExpr, _kept_by_binary),
    (promql_parser.Call, _kept_by_call),
    (promql_parser.ParenExpr, lambda node: _kept(node.expr)),
    (promql_parser.UnaryExpr, lambda node: _kept(node.expr)),
    (promql_parser.SubqueryExpr, lambda node: _kept(node.expr)),
)
