"""What an expression gives when no series exists at all, and the zeros that fill its gaps.

A side must be absent when what it measures is gone: only then does a dead service differ from an
idle or a healthy one. So an expression is evaluated here with every selector empty: what still has
a sample is never absent. ``or vector(0)`` at its end is a filler that can be left out without any
other number changing, where all between it and the result keeps zeros zero.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from slokit.promql.expression import Node, Span, arithmetic, compare, constant

MOMENTS = "hour minute month year day_of_week day_of_month day_of_year days_in_month".split()
ABSENT = ("absent", "absent_over_time")
# These give something where no series is.
NEVER_ABSENT = frozenset(["vector", *ABSENT, *MOMENTS])
# what gives the value of a constant series back, whatever the range
_KEEPING = (
    "sort sort_desc sort_by_label sort_by_label_desc label_replace label_join avg_over_time"
    " min_over_time max_over_time last_over_time first_over_time quantile_over_time"
).split()
# Of a series that never changes these give 0.
_STILL = (
    "rate irate increase delta idelta deriv changes resets stddev_over_time stdvar_over_time"
).split()
# These functions read native histograms alone.
OF_HISTOGRAMS = "histogram_"
_VALUES: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": lambda x: math.floor(x + 0.5),
    "sgn": lambda x: (x > 0) - (x < 0),
    "sqrt": math.sqrt,
    "exp": math.exp,
}
_CLAMPS = ("clamp", "clamp_min", "clamp_max")
_FOLDS = ("sum", "avg", "min", "max", "topk", "bottomk", "quantile", "limitk")
# aggregations to which a sample of zero adds nothing, of what is never negative
_ADDING = ("sum", "max")


@dataclass(frozen=True, slots=True)
class Given:
    """What is given without any series: nothing, a number, or samples; None is a value unknown."""

    kind: str
    value: float | None = None

    @property
    def is_samples(self) -> bool:
        """Whether there is a sample."""
        return self.kind == "samples"


NOTHING = Given("nothing")


def given(node: Node, *, is_alike: bool = False) -> Given:
    """What a node gives when no series exists; ``is_alike`` where all it gives has equal labels.

    >>> from slokit.promql.expression import expression
    >>> given(expression("sum(errors_total)")).kind
    'nothing'
    >>> given(expression("2 * (sum(errors_total) or vector(3))"))
    Given(kind='samples', value=6.0)
    >>> given(expression("absent(up)")), given(expression("up and on () absent(up)")).kind
    (Given(kind='samples', value=1.0), 'nothing')
    """
    if node.kind == "number":
        return Given("number", node.value)
    if node.kind in ("selector", "range", "string"):
        return NOTHING
    inner = [given(child, is_alike=is_alike) for child in node.children]
    if is_alike and node.name == "or" and inner[0].is_samples:
        return inner[0]
    if node.kind == "subquery":
        return inner[0]
    if node.kind == "sign":
        return _mapped(inner[0], lambda x: -x if node.name == "-" else x)
    if node.kind == "aggregation":
        return _aggregated(node.name, inner[-1])
    return _called(node, inner) if node.kind == "call" else _combined(node, *inner)


def _mapped(inner: Given, function: Callable[[float], float]) -> Given:
    if inner.value is None:
        return inner
    try:
        return Given(inner.kind, float(function(inner.value)))
    except (ArithmeticError, ValueError):
        return Given(inner.kind, math.nan)


def _aggregated(name: str, inner: Given) -> Given:
    if not inner.is_samples or name in _FOLDS:
        return inner
    return Given("samples", {"count": 1.0, "group": 1.0, "stddev": 0.0, "stdvar": 0.0}.get(name))


def _called(node: Node, inner: Sequence[Given]) -> Given:
    name = node.name
    if name in ("time", "pi"):
        return Given("number", math.pi if name == "pi" else None)
    if name == "scalar":
        return Given("number", inner[0].value if inner[0].is_samples else math.nan)
    if name == "vector":
        return Given("samples", inner[0].value)
    if name in ABSENT:
        return NOTHING if inner[0].is_samples else Given("samples", 1.0)
    # Without an argument they are about the time of the evaluation, which is always there.
    if name in MOMENTS and not inner:
        return Given("samples")
    vector = next((each for each in inner if each.is_samples), NOTHING)
    if not vector.is_samples or name.startswith(OF_HISTOGRAMS):
        return NOTHING
    if name in _KEEPING:
        return vector
    if name in _VALUES:
        return _mapped(vector, _VALUES[name])
    if name in _CLAMPS:
        return _clamped(name, vector, [g.value for g in inner[1:]])
    is_zero = name in _STILL or (name == "sum_over_time" and vector.value == 0)
    return Given("samples", 0.0 if is_zero else None)


def _clamped(name: str, vector: Given, limits: Sequence[float | None]) -> Given:
    known = [limit for limit in limits if limit is not None]
    if vector.value is None or len(known) < len(limits) or not known:
        return Given("samples")
    value = vector.value
    if name != "clamp_max":
        value = max(value, known[0])
    return Given("samples", value if name == "clamp_min" else min(value, known[-1]))


def _combined(node: Node, left: Given, right: Given) -> Given:
    name, both = node.name, left.is_samples and right.is_samples
    if name == "or":
        if both:
            # Which of both it is depends on labels, which are not known here.
            return left if left.value == right.value else Given("samples")
        return left if left.is_samples else right
    if name == "and":
        return left if both else NOTHING
    if name == "unless":
        return NOTHING if right.is_samples else left
    # An operation on two vectors needs both; one on a vector and a number needs the vector.
    if NOTHING in (left, right):
        return NOTHING
    return _compared(node, left, right) if node.is_comparison else _computed(name, left, right)


def _computed(name: str, left: Given, right: Given) -> Given:
    kind = "samples" if left.is_samples or right.is_samples else "number"
    if left.value is None or right.value is None:
        return Given(kind)
    return Given(kind, arithmetic(name, left.value, right.value))


def _compared(node: Node, left: Given, right: Given) -> Given:
    kept = left if left.is_samples else right
    if left.value is None or right.value is None:
        return Given(kept.kind, None if node.is_bool else kept.value)
    holds = compare(node.name, left.value, right.value)
    if node.is_bool:
        return Given(kept.kind, float(holds))
    return kept if holds else NOTHING


@dataclass(frozen=True, slots=True)
class Filler:
    """A constant behind an `or` and its value; ``span`` has the `or`, too."""

    value: float
    span: Span


def fillers(root: Node, *, any_value: bool = False, any_zero: bool = False) -> tuple[Filler, ...]:
    """The zeros of an expression that nothing but its presence depends on, in no certain order.

    With ``any_value`` the constant behind the outermost `or` need not be zero; with ``any_zero``
    the zero there may need series of its own.

    >>> from slokit.promql.expression import expression
    >>> fillers(expression("sum(a) or vector(0)"))
    (Filler(value=0.0, span=(7, 19)),)
    >>> fillers(expression("(sum(a) or vector(0)) + (sum(b) or vector(0))"))
    ()
    >>> fillers(expression("sum(a) or 0 * sum(up)"), any_zero=True)
    (Filler(value=0.0, span=(7, 21)),)
    """
    return tuple(_fillers(root, any_value=any_value, any_zero=any_zero))


def without(text: str, found: Sequence[Filler]) -> str:
    """The text without its fillers.

    >>> without("sum(a) or vector(0)", [Filler(0.0, (7, 19))])
    'sum(a)'
    """
    for filler in sorted(found, key=lambda each: each.span, reverse=True):
        start, end = filler.span
        text = text[:start].rstrip() + text[end:]
    return text


def _fillers(node: Node, *, any_value: bool = False, any_zero: bool = False) -> Iterator[Filler]:
    if node.kind == "binary" and node.name == "or":
        left, right = node.children
        value = given(right).value if _is_constant(right) else None
        value = 0.0 if any_zero and _is_zero(right) else value
        if value == 0 or (any_value and value is not None and not math.isnan(value)):
            yield Filler(value, (node.head[0], right.span[1]))
            yield from _fillers(left, any_value=any_value, any_zero=any_zero)
        elif not given(left).is_samples:
            yield from _fillers(right)
        return
    # a zero that becomes another number on its way is no filler
    for child in _zero_keeping(node) if given(node).value == 0 else ():
        yield from _fillers(child)


def _is_constant(node: Node) -> bool:
    """Whether no series but absent ones can give it a value."""
    if node.kind == "selector":
        return False
    return node.name in ABSENT or all(map(_is_constant, node.children))


def _is_zero(node: Node) -> bool:
    """Whether all that it gives is zero, as a product with zero is."""
    if node.kind == "aggregation" and node.name in _FOLDS:
        return _is_zero(node.children[-1])
    is_product = node.kind == "binary" and node.name == "*"
    return is_product and any(constant(child) == 0 or _is_zero(child) for child in node.children)


def _zero_keeping(node: Node) -> Sequence[Node]:
    """The operand whose samples of zero change nothing in the result but its presence."""
    children = node.children
    if node.kind == "subquery" or (node.kind == "aggregation" and node.name in _ADDING):
        return children[-1:]
    if node.kind == "call":
        kept = (*_VALUES, *_CLAMPS, "label_replace", "label_join", "sort", "sort_desc")
        return children[:1] if node.name in (*kept, "sum_over_time", "max_over_time") else ()
    if node.kind == "sign":
        return children
    if node.kind != "binary":
        return ()
    if node.name in ("and", "unless"):
        return children[:1]
    vectors = [child for child in children if given(child).kind != "number"]
    return vectors if len(vectors) == 1 else ()


def causes(node: Node) -> Iterator[Node]:
    """The innermost parts that make an expression give a sample without any series."""
    if not given(node).is_samples:
        return
    inner = [child for child in node.children if given(child).is_samples]
    if node.name in (*ABSENT, "vector") or not inner:
        yield node
    else:
        for child in inner:
            yield from causes(child)
