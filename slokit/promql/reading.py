"""What a piece of PromQL that a user wrote is: its type, its selectors, the labels it keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import promql_parser

from slokit.promql.labels import ALL_LABELS, LabelSet, kept_labels
from slokit.promql.parse import (
    RENAMED,
    PromqlSyntaxError,
    children,
    quoted_names,
    selector_of,
    tree,
    type_of,
    walk,
)
from slokit.promql.selector import Matcher, Selector


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece of PromQL is: its type, its selectors, and the labels it keeps.

    ``bare`` is the selector that it consists of, if it is nothing else; ``kept`` are the labels
    that its samples may have; ``functions`` are the names of functions and aggregations; ``rated``
    names the metrics that stand directly under rate(), irate() or increase(). ``offsets`` are the
    seconds that each of the selectors looks back, with those of the subqueries around it.
    ``quoted`` are names that only Prometheus 3 reads.
    """

    type: str
    bare: Selector | None
    selectors: tuple[Selector, ...]
    functions: frozenset[str]
    kept: LabelSet
    rated: tuple[str, ...]
    offsets: tuple[float, ...]
    quoted: tuple[str, ...] = ()

    def loses(self, label: str) -> bool:
        """Whether a label certainly does not survive."""
        return label not in self.kept


@lru_cache(maxsize=65_536)
def read(text: str) -> Reading:
    """Read PromQL without variables.

    >>> reading = read("sum by (job) (rate(http_requests_total[5m]))")
    >>> reading.type, reading.rated, "job" in reading.kept, "instance" in reading.kept
    ('vector', ('http_requests_total',), True, False)

    Raises:
        PromqlSyntaxError: it does not parse, or is too long or too deep to be read.
    """
    root = tree(text)
    if isinstance(root, promql_parser.VectorSelector):
        selector = selector_of(root)
        # rate() and matchers are added to a bare selector: one with an offset is an expression
        bare = selector if root.offset is None and root.at is None else None
        late, quoted = (_seconds(root),), tuple(quoted_names(root))
        return Reading("vector", bare, (selector,), frozenset(), ALL_LABELS, (), late, quoted)
    nodes = list(walk(root))
    found = list(_selectors(root))
    return Reading(
        type=type_of(root),
        bare=None,
        selectors=tuple(selector for selector, _ in found),
        functions=frozenset(_functions(nodes, text)),
        kept=kept_labels(root),
        rated=tuple(_rated(nodes)),
        offsets=tuple(offset for _, offset in found),
        quoted=tuple(name for node in nodes for name in quoted_names(node)),
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
    # Matchers alone do not parse; on a name of ours they do, and `x} or y{` is seen at once.
    root = tree(f"x{{{inner}}}")
    if not isinstance(root, promql_parser.VectorSelector) or root.offset or root.at:
        raise PromqlSyntaxError("these are no matchers", 'write them like job="x",ns=~"a|b"')
    selector = selector_of(root)
    if selector.name != "x":
        raise PromqlSyntaxError("these are no matchers", 'write them like job="x",ns=~"a|b"')
    return selector.matchers


def _selectors(root: Any) -> Iterator[tuple[Selector, float]]:
    """All selectors, from the left, each with the seconds that it looks back."""
    pending = [(root, 0.0)]
    while pending:
        node, around = pending.pop()
        if isinstance(node, promql_parser.VectorSelector):
            yield selector_of(node), around + _seconds(node)
        if isinstance(node, promql_parser.SubqueryExpr):
            around += _seconds(node)
        pending += [(child, around) for child in reversed(children(node))]


def _seconds(node: Any) -> float:
    return 0.0 if node.offset is None else float(node.offset.total_seconds())


def _functions(nodes: list[Any], text: str) -> Iterator[str]:
    renamed = {new: old for old, new in RENAMED.items() if old in text}
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
                    yield selector_of(inner.vector_selector).metric()
