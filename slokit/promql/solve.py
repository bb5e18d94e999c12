"""Solves PromQL backwards: finds raw series that make an expression give a certain value.

Only what can be told for sure is solved: sums, quotients, rates, folds, renamed labels and joins of
plain selectors. Everything else is left unsolved, and whoever asks does without.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import promql_parser

from slokit.promql import parse
from slokit.promql.label_values import compiled, strings
from slokit.promql.parse import walk
from slokit.promql.raw_series import RawSeries, selects, series_of

Labels = Mapping[str, str]

_FOLDS = frozenset(("sum", "min", "max", "avg"))
_SAME_VALUE = frozenset(("avg_over_time", "min_over_time", "max_over_time", "last_over_time"))
_RATES = frozenset(("rate", "irate"))
_LEFT_ALONE = frozenset(("or", "unless"))
_SHIFT, _SCALE = Fraction(10), Fraction(100)


class _UnsolvedError(Exception):
    """The expression has a part that cannot be solved; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What makes a part of the expression give its value: series, and the labels that come out."""

    series: dict[RawSeries, Fraction]
    labels: dict[str, str]

    def with_series(self, other: "_Part") -> dict[RawSeries, Fraction]:
        """The series of both parts, unless one would need two values at once."""
        for series, value in other.series.items():
            if self.series.get(series, value) != value:
                raise _UnsolvedError
        return {**self.series, **other.series}


def solve(text: str, value: Fraction, wanted: Labels) -> dict[RawSeries, Fraction] | None:
    """Series that make the expression give one sample of this value with the wanted labels.

    Each comes with its value, or with its growth per second. None where that cannot be told.
    """
    tree = parse.tree(text)
    try:
        part = _solve(tree, value, wanted)
    except _UnsolvedError:
        return None
    if any(part.labels.get(label) != wanted[label] for label in wanted):
        return None
    return part.series if _is_alone(tree, part) else None


def longest_range(text: str) -> Fraction:
    """Seconds of the longest range that the expression reads."""
    nodes = walk(parse.tree(text))
    ranges = [n.range for n in nodes if isinstance(n, promql_parser.MatrixSelector)]
    return max((Fraction(r.total_seconds()) for r in ranges), default=Fraction(0))


def suggestions(text: str) -> dict[str, str]:
    """Values that labels can have because a label_replace makes them."""
    found: dict[str, str] = {}
    for node in walk(parse.tree(text)):
        if isinstance(node, promql_parser.Call) and node.func.name == "label_replace":
            label, template, _, pattern = (str(a.val) for a in node.args[1:])
            made = next((m for _, m in _made(pattern, template)), "")
            found.setdefault(label, made)
    return {label: made for label, made in found.items() if made}


def _is_alone(tree: Any, part: _Part) -> bool:
    """Whether each selector finds one of the series only, and each series is found."""
    found: set[RawSeries] = set()
    for node in walk(tree):
        if isinstance(node, promql_parser.VectorSelector):
            hits = {s for s in part.series if selects(parse.selector_of(node), s)}
            if len(hits) > 1:
                return False
            found |= hits
    return found == set(part.series)


def _solve(node: Any, value: Fraction, wanted: Labels) -> _Part:
    for kind, solver in _SOLVERS:
        if isinstance(node, kind):
            return solver(node, value, wanted)
    raise _UnsolvedError


def _selector(node: Any, value: Fraction, wanted: Labels, *, grows: bool = False) -> _Part:
    if node.offset is not None or node.at is not None or (grows and value < 0):
        raise _UnsolvedError
    series = series_of(parse.selector_of(node), wanted, grows=grows)
    if series is None:
        raise _UnsolvedError
    return _Part({series: value}, dict(series.labels))


def _aggregate(node: Any, value: Fraction, wanted: Labels) -> _Part:
    operation = str(node.op)
    if operation in ("group", "count"):
        if value != 1:
            raise _UnsolvedError
    elif operation not in _FOLDS:
        raise _UnsolvedError
    if node.modifier is None:
        return _Part(_solve(node.expr, value, {}).series, {})
    labels = frozenset(node.modifier.labels)
    if node.modifier.type == promql_parser.AggModifierType.Without:
        part = _solve(node.expr, value, {k: v for k, v in wanted.items() if k not in labels})
        return _Part(part.series, {k: v for k, v in part.labels.items() if k not in labels})
    part = _solve(node.expr, value, {k: v for k, v in wanted.items() if k in labels})
    return _Part(part.series, {k: v for k, v in part.labels.items() if k in labels})


def _call(node: Any, value: Fraction, wanted: Labels) -> _Part:
    name, arguments = node.func.name, node.args
    if name == "label_replace":
        return _label_replace(arguments, value, wanted)
    if name in _RATES or name == "increase":
        seconds = Fraction(arguments[0].range.total_seconds()) if name == "increase" else 1
        return _range(arguments[0], value / seconds, wanted, grows=True)
    if name in _SAME_VALUE:
        return _range(arguments[0], value, wanted, grows=False)
    raise _UnsolvedError


def _range(node: Any, value: Fraction, wanted: Labels, *, grows: bool) -> _Part:
    if not isinstance(node, promql_parser.MatrixSelector):
        raise _UnsolvedError
    return _selector(node.vector_selector, value, wanted, grows=grows)


def _label_replace(arguments: Any, value: Fraction, wanted: Labels) -> _Part:
    label, template, source, pattern = (str(a.val) for a in arguments[1:])
    if label not in wanted:
        raise _UnsolvedError
    rest = {k: v for k, v in wanted.items() if k != label}
    for text, made in _made(pattern, template):
        if made == wanted[label] and rest.get(source, text) == text:
            part = _solve(arguments[0], value, {**rest, source: text})
            return _Part(part.series, {**part.labels, label: made})
    raise _UnsolvedError


def _made(pattern: str, template: str) -> Iterator[tuple[str, str]]:
    """Pairs of a source value that the pattern matches, and what the template makes of it."""
    expression = compiled(pattern)
    wanted = re.sub(r"\$(?:(\w+)|\{(\w+)\})", r"\\g<\1\2>", template.replace("\\", r"\\"))
    for text in strings(pattern) if expression else ():
        match = expression.fullmatch(text) if expression else None
        if match and text:
            try:
                yield text, match.expand(wanted)
            except (re.error, IndexError):
                return


def _binary(node: Any, value: Fraction, wanted: Labels) -> _Part:
    left, right = _number(node.lhs), _number(node.rhs)
    operation = str(node.op).split()[0]
    if left is not None and right is not None:
        raise _UnsolvedError
    is_bool = node.modifier is not None and node.modifier.return_bool
    if right is not None:
        return _solve(node.lhs, _left_of(operation, value, right, is_bool=is_bool), wanted)
    if left is not None:
        return _solve(node.rhs, _right_of(operation, value, left, is_bool=is_bool), wanted)
    if operation in _LEFT_ALONE:
        return _solve(node.lhs, value, wanted)
    return _both(node, _split(operation, value), wanted)


def _number(node: Any) -> Fraction | None:
    if isinstance(node, promql_parser.ParenExpr):
        return _number(node.expr)
    if isinstance(node, promql_parser.UnaryExpr):
        inner = _number(node.expr)
        return None if inner is None else -inner
    is_number = isinstance(node, promql_parser.NumberLiteral) and isfinite(node.val)
    return Fraction(str(node.val)) if is_number else None


_COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}
_MIRRORED = {"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}


def _left_of(operation: str, value: Fraction, right: Fraction, *, is_bool: bool) -> Fraction:
    """The left operand of which ``left operation right`` is the value."""
    if operation in _COMPARISONS:
        return _compared(operation, value, right, is_bool=is_bool)
    if operation == "+":
        return value - right
    if operation == "-":
        return value + right
    if operation == "*" and right:
        return value / right
    if operation == "/" and right:
        return value * right
    raise _UnsolvedError


def _right_of(operation: str, value: Fraction, left: Fraction, *, is_bool: bool) -> Fraction:
    """The right operand of which ``left operation right`` is the value."""
    if operation in _COMPARISONS:
        return _compared(_MIRRORED[operation], value, left, is_bool=is_bool)
    if operation in ("+", "*"):
        return _left_of(operation, value, left, is_bool=False)
    if operation == "-":
        return left - value
    if operation == "/" and value:
        return left / value
    raise _UnsolvedError


def _compared(operation: str, value: Fraction, bound: Fraction, *, is_bool: bool) -> Fraction:
    holds = _COMPARISONS[operation]
    if not is_bool:
        if holds(value, bound):
            return value
        raise _UnsolvedError
    for operand in (bound, bound + 1, bound - 1):
        if holds(operand, bound) == value and value in (0, 1):
            return operand
    raise _UnsolvedError


def _split(operation: str, value: Fraction) -> tuple[Fraction, Fraction]:
    """Two operands that give the value."""
    if operation == "+":
        return value, Fraction(0)
    if operation == "-":
        return value + _SHIFT, _SHIFT
    if operation in ("*", "and"):
        return value, Fraction(1)
    if operation == "/":
        return value * _SCALE, _SCALE
    raise _UnsolvedError


def _both(node: Any, values: tuple[Fraction, Fraction], wanted: Labels) -> _Part:
    modifier, matching = node.modifier, getattr(node.modifier, "matching", None)
    is_on = matching is not None and matching.type == promql_parser.LabelModifierType.Include
    named = frozenset(matching.labels) if matching is not None else frozenset()
    filled = {**{label: f"{label}-1" for label in named if is_on}, **wanted}
    carried = _carried(modifier)
    left = _solve(node.lhs, values[0], {k: v for k, v in filled.items() if k not in carried})
    right = _solve(node.rhs, values[1], filled)

    def matched(labels: Labels) -> dict[str, str]:
        return {k: v for k, v in labels.items() if (k in named) is is_on}

    if matched(left.labels) != matched(right.labels):
        raise _UnsolvedError
    many = modifier is not None and str(modifier.card).endswith("ManyToOne")
    labels = left.labels if many or str(node.op) == "and" else matched(left.labels)
    extra = {label: right.labels[label] for label in carried if label in right.labels}
    return _Part(left.with_series(right), {**labels, **extra})


def _carried(modifier: Any) -> frozenset[str]:
    """The labels that ``group_left`` adds."""
    if modifier is None:
        return frozenset()
    if str(modifier.card).endswith("OneToMany"):
        raise _UnsolvedError
    return frozenset(modifier.group_labels or ())


_SOLVERS: tuple[tuple[Any, Callable[[Any, Fraction, Labels], _Part]], ...] = (
    (promql_parser.VectorSelector, _selector),
    (promql_parser.AggregateExpr, _aggregate),
    (promql_parser.BinaryExpr, _binary),
    (promql_parser.Call, _call),
    (promql_parser.ParenExpr, lambda node, value, wanted: _solve(node.expr, value, wanted)),
)
