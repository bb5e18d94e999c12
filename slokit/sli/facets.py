"""What the raw series of a side look like, member by member: the debug panels that types share.

A type says which of its sides are worth a look and in which form. Nothing here is recorded: a
facet reads raw series over minutes, for the few lines that are worst at the end of the time range.
"""

from collections.abc import Callable, Iterable, Sequence

from slokit.model.ledger import RATE_RANGE, Side, Terms
from slokit.promql import build
from slokit.promql.selector import Selector

MOST_LINES = 10
_AT_END = " @ end()"
_TARGET = ("instance",)


def narrowed(terms: Terms, part: Selector) -> Selector:
    """The selector with what the viewer chose; its own matchers win."""
    return part.inheriting(terms.folding.match)


def labels(terms: Terms, member: Iterable[str] = _TARGET) -> tuple[str, ...]:
    """The labels that tell lines apart: the group's on the raw series, and the member's.

    Labels that live on an info metric alone are not there.
    """
    joined = set(terms.folding.join.labels) if terms.folding.join else set()
    own = [label for label in terms.folding.sources if label not in joined]
    return tuple(dict.fromkeys([*own, *member]))


def legend(names: Iterable[str], before: str = "") -> str:
    """The name of a line.

    >>> legend(["cluster", "instance"], "bad")
    'bad {{cluster}} {{instance}}'
    """
    return " ".join([*([before] if before else []), *(f"{{{{{name}}}}}" for name in names)])


def worst(operation: str, by: Sequence[str], function: str, part: Selector, span: str) -> str:
    """The lines that are highest at the end of the time range, over all of it.

    >>> from slokit.promql.selector import Selector
    >>> print(worst("sum", ["instance"], "rate", Selector("errors_total", ()), "[5m]"))
    sum by (instance) (rate(errors_total[5m]))
    and topk(10, sum by (instance) (rate(errors_total[5m] @ end())))
    """
    return _highest(lambda at: build.fold(operation, by, f"{function}({part}{span}{at})"))


def _highest(vector: Callable[[str], str]) -> str:
    """The few lines that are highest at the end; ``vector`` is written with a time or none."""
    return f"{vector('')}\nand topk({MOST_LINES}, {vector(_AT_END)})"


def slow(terms: Terms, by: Sequence[str], count: Selector, bucket: Selector) -> str:
    """Events per second of each member that are not in the bucket."""

    def beyond(at: str) -> str:
        every, fast = (
            build.fold("sum", by, f"rate({narrowed(terms, part)}{RATE_RANGE}{at})")
            for part in (count, bucket)
        )
        return f"({every} - {fast})"

    return _highest(beyond)


def slow_native(terms: Terms, by: Sequence[str], part: Selector | str, limit: str) -> str:
    """The same of a native histogram."""

    def beyond(at: str) -> str:
        if isinstance(part, Selector):
            rate = f"rate({narrowed(terms, part)}{RATE_RANGE}{at})"
        else:
            rate = build.own(part)
        share = f"(1 - histogram_fraction(-Inf, {limit}, {rate}))"
        return build.fold("sum", by, f"histogram_count({rate}) * {share}")

    if isinstance(part, Selector):
        return _highest(beyond)
    return f"topk({MOST_LINES}, {beyond('')})"


def rates(
    terms: Terms, side: Side, name: str = "", member: Iterable[str] = _TARGET
) -> tuple[tuple[str, str], ...]:
    """Events per second of each member, a query for each part of the side."""
    by = labels(terms, member)
    return tuple(
        (worst("sum", by, "rate", narrowed(terms, part), RATE_RANGE), legend(by, name))
        if isinstance(part, Selector)
        else (f"topk({MOST_LINES}, {build.own(part)})", name)
        for part in side.parts
    )


def levels(
    terms: Terms, side: Side, member: Iterable[str] = _TARGET, *, lowest: bool = False
) -> tuple[tuple[str, str], ...]:
    """The values of each member; the lowest ones where low is what is bad."""
    by = labels(terms, member)
    operation, choice = ("min", "bottomk") if lowest else ("max", "topk")
    found = []
    for part in side.parts:
        if isinstance(part, Selector):
            chosen = narrowed(terms, part)
            every, at_end = (build.fold(operation, by, f"{chosen}{at}") for at in ("", _AT_END))
            expr = f"{every}\nand {choice}({MOST_LINES}, {at_end})"
            found.append((expr, legend(by)))
        else:
            found.append((f"{choice}({MOST_LINES}, {build.own(part)})", ""))
    return tuple(found)


def buckets(terms: Terms, part: Selector | str, *, native: bool) -> str:
    """The events per second of each bucket, of which quantiles are taken; ``part`` has buckets."""
    if isinstance(part, Selector):
        part = f"rate({narrowed(terms, part)}{RATE_RANGE})"
    return f"sum({part})" if native else f"sum by (le) ({part})"
