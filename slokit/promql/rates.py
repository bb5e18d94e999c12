"""Whether an expression gives events per second: what a side of counters must mean.

An expression is followed from its functions to its result as flows: each alternative of a sum or a
union is one. ``rate()`` gives events per second, ``increase()`` an amount in its range, which is a
rate once it is divided by the range's seconds; a quotient of two of a kind is a share. What cannot
be known, such as the value of a gauge, passes.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from slokit.promql.expression import Node, constant
from slokit.promql.recorded import Holds, is_named_as_counter, recorded

_RATES = ("rate", "irate", "deriv")
_AMOUNTS = "increase delta idelta sum_over_time count_over_time resets changes".split()
_RATING = ("rate", "irate", "increase", "delta", "idelta", "deriv")
# Functions whose result is of the kind of what they are given.
_KEEPING = (
    "avg_over_time min_over_time max_over_time last_over_time first_over_time quantile_over_time"
    " mad_over_time abs ceil floor round clamp clamp_min clamp_max sort sort_desc sort_by_label"
    " sort_by_label_desc label_replace label_join scalar vector histogram_count histogram_sum"
).split()
_FOLDS = ("sum", "avg", "min", "max", "topk", "bottomk", "quantile", "limitk", "limit_ratio")
_COUNTS = ("count", "count_values", "group", "present_over_time")
# Events per minute or hour: only a warning, for each event may stand for sixty.
_PER_MINUTE_AND_HOUR = (60.0, 3600.0)
# Sums within products multiply out; an expression with more is not followed.
_MOST_FLOWS = 64


class Unit(StrEnum):
    """What a flow is."""

    PER_SECOND = "per second"
    AMOUNT = "amount"
    SHARE = "share"
    SERIES = "series"  # a number of series
    COUNTER = "counter"  # the value of a counter itself
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Flow:
    """One alternative of what an expression gives.

    ``source`` is the node that it has its unit from, ``seconds`` the range of an amount, and
    ``scale`` what it was multiplied by since.
    """

    unit: Unit
    source: Node
    seconds: float | None = None
    scale: float = 1.0


def flows(node: Node) -> tuple[Flow, ...]:
    """All alternatives of a node; none of a number.

    >>> from slokit.promql.expression import expression
    >>> [flow.unit.value for flow in flows(expression("sum(rate(a[5m]) or increase(b[5m]))"))]
    ['per second', 'amount']
    >>> flows(expression("increase(a[5m]) / increase(b[5m])"))[0].unit.value
    'share'
    """
    found = tuple(dict.fromkeys(_flows(node)))
    return found if len(found) <= _MOST_FLOWS else (Flow(Unit.OTHER, node),)


def faulty_flows(node: Node, window: float) -> Iterator[Flow]:
    """The flows that are certainly no events per second, with a ledger window in seconds."""
    for flow in flows(node):
        if (
            flow.unit is Unit.SHARE
            or (
                flow.unit in (Unit.AMOUNT, Unit.SERIES, Unit.COUNTER)
                and not math.isclose(flow.scale * (flow.seconds or window), 1, rel_tol=1e-6)
            )
            or (
                flow.unit is Unit.PER_SECOND
                and any(
                    math.isclose(flow.scale, wrong) for wrong in (window, *_PER_MINUTE_AND_HOUR)
                )
            )
        ):
            yield flow


def rates_of_rates(root: Node) -> Iterator[Node]:
    """The selectors and subqueries of what is a rate, an increase or a ratio and is rated again."""
    for node in root.walk():
        if node.kind != "call" or node.name not in _RATING or not node.children:
            continue
        inner = node.children[0]
        for flow in flows(inner):
            if flow.unit in (Unit.PER_SECOND, Unit.AMOUNT, Unit.SHARE):
                yield flow.source


def _flows(node: Node) -> Iterable[Flow]:
    if node.kind in ("number", "string") or constant(node) is not None:
        return ()
    if node.kind == "selector":
        return (_of_selector(node),)
    if node.kind in ("range", "subquery", "sign"):
        return flows(node.children[0])
    if node.kind == "aggregation":
        return _of_aggregation(node)
    return _of_call(node) if node.kind == "call" else _of_binary(node)


def _of_selector(node: Node) -> Flow:
    found = recorded(node.name)
    if found is not None:
        units = {Holds.RATE: Unit.PER_SECOND, Holds.INCREASE: Unit.AMOUNT, Holds.RATIO: Unit.SHARE}
        return Flow(units[found.holds], node, found.seconds)
    return Flow(Unit.COUNTER if is_named_as_counter(node.name) else Unit.OTHER, node)


def _of_aggregation(node: Node) -> Iterable[Flow]:
    if node.name in _COUNTS:
        return (Flow(Unit.SERIES, node),)
    return flows(node.children[-1]) if node.name in _FOLDS else (Flow(Unit.OTHER, node),)


def _of_call(node: Node) -> Iterable[Flow]:
    seconds = next((c.seconds for c in node.children if c.kind in ("range", "subquery")), None)
    if node.name in _RATES:
        return (Flow(Unit.PER_SECOND, node),)
    if node.name in _AMOUNTS:
        return (Flow(Unit.AMOUNT, node, seconds),)
    if node.name in _COUNTS:
        return (Flow(Unit.SERIES, node),)
    if node.name == "histogram_fraction":
        return (Flow(Unit.SHARE, node),)
    if node.name in _KEEPING:
        vectors = [child for child in node.children if constant(child) is None]
        return flows(vectors[0]) if vectors else ()
    return (Flow(Unit.OTHER, node),)


def _of_binary(node: Node) -> Iterable[Flow]:
    left, right = node.children
    # Of both the samples are the left side's; the right one only chooses.
    if node.name in ("and", "unless"):
        return flows(left)
    if node.is_comparison:
        # With `bool` a comparison gives 0 and 1; without, the samples that it holds for.
        return (Flow(Unit.OTHER, node),) if node.is_bool else flows(left) or flows(right)
    if node.name == "-" and (seconds := _looks_back(left, right)):
        return (Flow(Unit.AMOUNT, node, seconds),)
    if node.name in ("or", "+", "-"):
        return (*flows(left), *flows(right))
    if node.name == "*":
        return _products(node, left, right)
    return _quotients(node, left, right) if node.name == "/" else (Flow(Unit.OTHER, node),)


def _looks_back(left: Node, right: Node) -> float:
    """How far apart two moments of one metric are that are subtracted, in seconds."""
    now = {node.name for node in left.walk() if node.kind == "selector" and not node.offset}
    return next((n.offset for n in right.walk() if n.offset and n.name in now), 0.0)


def _products(node: Node, left: Node, right: Node) -> Iterable[Flow]:
    for number, other in ((constant(left), right), (constant(right), left)):
        if number is not None:
            return _scaled(other, number)
    return (_product(node, a, b) for a in flows(left) for b in flows(right))


def _quotients(node: Node, left: Node, right: Node) -> Iterable[Flow]:
    number = constant(right)
    if number is not None:
        return _scaled(left, 1 / number if number else 0.0)
    # One divided by a rate is seconds per event: nothing that is counted.
    if constant(left) is not None:
        return (Flow(Unit.OTHER, node),)
    return (_quotient(node, a, b) for a in flows(left) for b in flows(right))


def _scaled(node: Node, number: float) -> Iterable[Flow]:
    # what is zero anyhow has any unit
    unit = Unit.OTHER if number == 0 else None
    return (replace(f, scale=f.scale * number, unit=unit or f.unit) for f in flows(node))


def _product(node: Node, left: Flow, right: Flow) -> Flow:
    scale = left.scale * right.scale
    for one, other in ((left, right), (right, left)):
        if other.unit in (Unit.SHARE, Unit.OTHER, Unit.SERIES) and one.unit is not Unit.SHARE:
            return replace(one, scale=scale)
    unit = Unit.SHARE if left.unit is right.unit is Unit.SHARE else Unit.OTHER
    return Flow(unit, left.source if unit is Unit.SHARE else node, scale=scale)


def _quotient(node: Node, left: Flow, right: Flow) -> Flow:
    scale = left.scale / right.scale if right.scale else 0.0
    if left.unit is right.unit and left.unit is not Unit.OTHER:
        # a sum of samples by their number is a mean, which may well be a rate
        is_share = left.unit is not Unit.AMOUNT or left.source.name == right.source.name
        return Flow(Unit.SHARE if is_share else Unit.OTHER, node, scale=scale)
    keeping = (Unit.SHARE, Unit.SERIES, *((Unit.OTHER,) if left.unit is Unit.PER_SECOND else ()))
    if right.unit in keeping:
        return replace(left, scale=scale)
    return Flow(Unit.OTHER, node, scale=scale)
