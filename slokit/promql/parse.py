"""Reads PromQL that a user wrote. It finds structure; it never prints what it read.

promql-parser is the only reader. It overflows the stack on long chains of operators, which ends
the process, so what is too much is refused before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import promql_parser

from slokit.promql.faults.repetition import refused_repetition
from slokit.promql.faults.tokens import tokens_of
from slokit.promql.labels import kept_labels
from slokit.promql.nodes import type_of, walk
from slokit.promql.quoting import is_label_name, is_metric_name, quote
from slokit.promql.selector import Matcher, Selector

LONGEST = 20_000
_DEEPEST = 60
_MOST_OPERATORS = 200
_OPERATOR = re.compile(r"[-+*/%^=<>!]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
# the parser knows this function under its newer name only, with the same arguments
_RENAMED = {"holt_winters": "double_exponential_smoothing"}
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


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece of PromQL is: its type, its selectors, and the labels it keeps.

    ``bare`` is the selector that it consists of, if it is nothing else.
    ``kept`` holds the labels that survive, or None where any label may but those of ``dropped``.
    ``functions`` are the names of functions and aggregations.
    ``rated`` names the metrics that stand directly under rate(), irate() or increase().
    """

    type: str
    bare: Selector | None
    selectors: tuple[Selector, ...]
    functions: frozenset[str]
    kept: frozenset[str] | None
    rated: tuple[str, ...]
    dropped: frozenset[str] = frozenset()

    def loses(self, label: str) -> bool:
        """Whether a label certainly does not survive."""
        return label in self.dropped if self.kept is None else label not in self.kept


@lru_cache(maxsize=65_536)
def read(text: str) -> Reading:
    """Read PromQL without variables.

    Raises:
        PromqlSyntaxError: it does not parse, or is too long or too deep to be read.
    """
    tree = _parse(text)
    if isinstance(tree, promql_parser.VectorSelector):
        selector = _selector(tree)
        bare = selector if tree.offset is None and tree.at is None else None
        return Reading("vector", bare, (selector,), frozenset(), None, ())
    nodes = list(walk(tree))
    selectors = tuple(_selector(n) for n in nodes if isinstance(n, promql_parser.VectorSelector))
    kept = kept_labels(tree)
    return Reading(
        type=type_of(tree),
        bare=None,
        selectors=selectors,
        functions=frozenset(_functions(nodes, text)),
        kept=None if kept.is_all_but else kept.names,
        rated=tuple(_rated(nodes)),
        dropped=kept.names if kept.is_all_but else frozenset(),
    )


@lru_cache(maxsize=4096)
def read_matchers(text: str) -> tuple[Matcher, ...]:
    """The matchers of a text such as ``job="x",ns=~"a|b"``, braces allowed.

    Raises:
        PromqlSyntaxError: the text is no list of matchers.
    """
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    tree = _parse(f"x{{{inner}}}")
    if not isinstance(tree, promql_parser.VectorSelector) or tree.offset or tree.at:
        raise PromqlSyntaxError("these are no matchers", 'write them like job="x",ns=~"a|b"')
    selector = _selector(tree)
    if selector.name != "x":
        raise PromqlSyntaxError("these are no matchers", 'write them like job="x",ns=~"a|b"')
    return selector.matchers


def tree(text: str) -> Any:
    """The parser's own tree, which never leaves this package.

    Raises:
        PromqlSyntaxError: see :func:`read`.
    """
    return _parse(text)


def selector_of(node: Any) -> Selector:
    """The selector that a node of the tree is."""
    return _selector(node)


def _parse(text: str) -> Any:
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
    if "`" not in text and not any(name in text for name in _RENAMED):
        return text
    parts, at = [], 0
    for token in tokens_of(text):
        is_raw = token.kind == "string" and token.text.startswith("`")
        plain = quote(token.text[1:-1]) if is_raw else _RENAMED.get(token.text, token.text)
        parts += [text[at : token.start], plain]
        at = token.end
    return "".join([*parts, text[at:]])


def _selector(node: Any) -> Selector:
    if node.matchers.or_matchers:
        raise PromqlSyntaxError("`or` between matchers is not understood", "write two selectors")
    matchers = tuple(Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers)
    strange = [m.label for m in matchers if not is_label_name(m.label)]
    strange += [node.name] if node.name is not None and not is_metric_name(node.name) else []
    if strange:
        hint = 'write {__name__="…"}, or rename it when it is scraped'
        raise PromqlSyntaxError(f"the name {strange[0]!r} cannot be read before Prometheus 3", hint)
    for matcher in matchers:
        if matcher.op in ("=~", "!~") and (reason := refused_repetition(matcher.value)):
            raise PromqlSyntaxError(f"Prometheus refuses this regular expression: {reason}")
    return Selector(node.name, matchers)


def _functions(nodes: list[Any], text: str) -> Iterator[str]:
    renamed = {new: old for old, new in _RENAMED.items() if old in text}
    for node in nodes:
        if isinstance(node, promql_parser.Call):
            yield renamed.get(node.func.name, node.func.name)
        elif isinstance(node, promql_parser.AggregateExpr):
            yield str(node.op)


def _rated(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, promql_parser.Call) and node.func.name in ("rate", "irate", "increase"):
            for inner in node.args:
                if isinstance(inner, promql_parser.MatrixSelector):
                    yield _selector(inner.vector_selector).metric()
