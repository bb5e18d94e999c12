"""Which labels a PromQL expression keeps, as far as its text says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import promql_parser

from slokit.promql.nodes import type_of

_CHOOSING = ("topk", "bottomk", "limitk", "limit_ratio")
_SETS = ("and", "unless")
_ONE_TO_ONE = promql_parser.VectorMatchCardinality.OneToOne
_MANY_TO_ONE = promql_parser.VectorMatchCardinality.ManyToOne
_ONE_TO_MANY = promql_parser.VectorMatchCardinality.OneToMany


@dataclass(frozen=True, slots=True)
class Kept:
    """A set of labels: exactly those of ``names``, or all but those."""

    names: frozenset[str]
    is_all_but: bool = False

    def __or__(self, other: "Kept") -> "Kept":
        if self.is_all_but and other.is_all_but:
            return Kept(self.names & other.names, is_all_but=True)
        if self.is_all_but or other.is_all_but:
            most, few = (self, other) if self.is_all_but else (other, self)
            return Kept(most.names - few.names, is_all_but=True)
        return Kept(self.names | other.names)

    def __and__(self, other: "Kept") -> "Kept":
        if self.is_all_but and other.is_all_but:
            return Kept(self.names | other.names, is_all_but=True)
        if self.is_all_but or other.is_all_but:
            most, few = (self, other) if self.is_all_but else (other, self)
            return Kept(few.names - most.names)
        return Kept(self.names & other.names)

    def without(self, names: Iterable[str]) -> "Kept":
        """Less these labels."""
        return self & Kept(frozenset(names), is_all_but=True)

    def plus(self, names: Iterable[str]) -> "Kept":
        """And these labels."""
        return self | Kept(frozenset(names))


_ALL = Kept(frozenset(), is_all_but=True)
_NONE = Kept(frozenset())


def kept_labels(node: Any) -> Kept:
    """The labels that a node of the parser's tree may have; a selector may have any."""
    return next((kept(node) for kind, kept in _RULES if isinstance(node, kind)), _ALL)


def _of_aggregate(node: Any) -> Kept:
    operation, below = str(node.op), kept_labels(node.expr)
    if operation in _CHOOSING:
        return below
    made = [node.param.val] if operation == "count_values" else []
    if node.modifier is None:
        return _NONE.plus(made)
    labels = frozenset(node.modifier.labels)
    if node.modifier.type == promql_parser.AggModifierType.Without:
        return below.without(labels).plus(made)
    return (below & Kept(labels)).plus(made)


def _of_binary(node: Any) -> Kept:
    if type_of(node.lhs) != "vector":
        return kept_labels(node.rhs)
    left, operator = kept_labels(node.lhs), str(node.op)
    if type_of(node.rhs) != "vector" or operator in _SETS:
        return left
    right = kept_labels(node.rhs)
    # Of `or` either side may give a sample: the label must be on both.
    return left & right if operator == "or" else _of_matching(node.modifier, left, right)


def _of_matching(modifier: Any, left: Kept, right: Kept) -> Kept:
    if modifier is None:
        return left & right
    if modifier.card in (_MANY_TO_ONE, _ONE_TO_MANY):
        many = left if modifier.card == _MANY_TO_ONE else right
        return many.plus(modifier.group_labels or ())
    if modifier.matching is None:
        return left & right
    labels = frozenset(modifier.matching.labels)
    if modifier.matching.type == promql_parser.LabelModifierType.Include:
        return left & Kept(labels)
    return left.without(labels)


def _of_call(node: Any) -> Kept:
    name, arguments = node.func.name, node.args
    if name in ("label_replace", "label_join"):
        target = getattr(arguments[1], "val", None)
        return _ALL if target is None else kept_labels(arguments[0]).plus([target])
    if name in ("absent", "absent_over_time", "info"):
        return _ALL
    vectors = [a for a in arguments if type_of(a) in ("vector", "matrix")]
    if not vectors or name in ("vector", "scalar"):
        return _NONE
    below = kept_labels(vectors[0])
    return below.without(["le"]) if name == "histogram_quantile" else below


def _of_inner(node: Any) -> Kept:
    return kept_labels(node.expr)


_RULES: tuple[tuple[Any, Callable[[Any], Kept]], ...] = (
    (promql_parser.AggregateExpr, _of_aggregate),
    (promql_parser.BinaryExpr, _of_binary),
    (promql_parser.Call, _of_call),
    (promql_parser.ParenExpr, _of_inner),
    (promql_parser.UnaryExpr, _of_inner),
    (promql_parser.SubqueryExpr, _of_inner),
)
