"""Sides as PromQL: selected, joined, renamed and folded by the group labels.

What the expressions of all SLI types have in common; each type's file says how it puts them
together. In the examples ``terms`` are those of an SLO that is grouped by cluster, which the raw
series call scope, its recorded total is called R, and ``side(role, *texts)`` makes a side.
"""

from collections.abc import Sequence

from slokit.model.ledger import Side, Terms
from slokit.promql import build
from slokit.promql.selector import Matcher, Selector
from slokit.sli.sides import join_info


def renamed(terms: Terms, vector: str) -> str:
    """The vector with the group labels under their recorded names.

    >>> renamed(terms, "up")
    'label_replace(up, "cluster", "$1", "scope", "(.+)")'
    """
    return build.rename(vector, terms.folding.renamings)


def fold(terms: Terms, operation: str, vector: str, parameter: str = "") -> str:
    """The vector folded by the group labels.

    >>> fold(terms, "max", "up")
    'max by (cluster) (up)'
    """
    return build.fold(operation, terms.folding.names, vector, parameter)


def joined(terms: Terms, vector: str, *, over: str = "", offset: str = "") -> str:
    """The vector with the labels of the info metric, where the SLO has one.

    The info metric is read as the vector is: ``over`` a range, or at an ``offset``.

    >>> print(joined(terms_with_join, "lag_seconds offset 5m", offset=" offset 5m"))
    lag_seconds offset 5m
    * on (instance) group_left (scope) group by (instance, scope) (node_info offset 5m)
    """
    join = terms.folding.join
    if join is None:
        return vector
    info = str(join_info(terms.folding))
    info = f"last_over_time({info}[{over}])" if over else f"{info}{offset}"
    return build.join(vector, info, join.by, join.labels)


def zero(terms: Terms) -> str:
    """Zero for every group that has a total, behind an `or`.

    >>> zero(terms)
    'ignoring (bundle, service, slo) 0 * R'
    """
    # 0 * R and not vector(0): it has R's groups. R carries the labels of its rule, which the
    # vector before the `or` gets only when it is recorded: hence `ignoring`.
    return f"{build.IGNORING} 0 * {terms.recorded_total}"


def or_zero(terms: Terms, vector: str) -> str:
    """The vector, and zero for every group that has only a total.

    An error that never happened has no series, and no bad events are still known to be none.

    >>> print(or_zero(terms, "B"))
    B
    or ignoring (bundle, service, slo) 0 * R
    """
    return f"{vector}\nor {zero(terms)}"


def counted(terms: Terms, side: Side) -> str:
    """Events per second by group: the fold of one side of counters or levels.

    >>> counted(ungrouped, side("counter", "errors_total"))
    'sum(rate(errors_total[5m]))'
    >>> print(counted(ungrouped, side("counter", "a_total", "b_total")))
    sum(label_replace(sum(rate(a_total[5m])), "side", "0", "", "")
      or label_replace(sum(rate(b_total[5m])), "side", "1", "", ""))
    """
    # each of a list is summed before it is labelled: the labels of few series are replaced
    vectors = [_flow(terms, side, part) for part in side.parts]
    if len(vectors) == 1:
        return fold(terms, "sum", vectors[0])
    return fold(terms, "sum", build.union([fold(terms, "sum", vector) for vector in vectors]))


def counted_together(terms: Terms, sides: Sequence[Side]) -> str:
    """Several sides in one sum; a side that has no series adds nothing.

    >>> sides = [side("gauge", "ready"), side("gauge", "waiting")]
    >>> print(counted_together(ungrouped, sides))
    sum(label_replace(sum((ready >= 0 < Inf)), "side", "0", "", "")
      or label_replace(sum((waiting >= 0 < Inf)), "side", "1", "", ""))
    """
    vectors = [_flow(terms, side, part) for side in sides for part in side.parts]
    return fold(terms, "sum", build.union([fold(terms, "sum", vector) for vector in vectors]))


def _flow(terms: Terms, side: Side, part: Selector | str) -> str:
    if isinstance(part, str):
        return renamed(terms, build.events_only(build.own(part)))
    if side.role == "gauge":
        return renamed(terms, joined(terms, f"({build.events_only(str(part))})"))
    return renamed(terms, joined(terms, build.rate(str(part), terms.window)))


def value(terms: Terms, part: Selector | str, *, offset: str = "") -> str:
    """The samples of a gauge, or of the user's expression.

    >>> value(ungrouped, "max(lag_seconds)")
    '(max(lag_seconds))'
    >>> value(ungrouped, selector("term"), offset=" offset 5m")
    'term offset 5m'
    """
    if isinstance(part, str):
        return renamed(terms, build.own(part))
    return renamed(terms, joined(terms, f"{part}{offset}", offset=offset))


def remembered(terms: Terms, part: Selector | str, span: str) -> str:
    """What was seen within a span of time.

    >>> remembered(ungrouped, selector("up"), "1h")
    'last_over_time(up[1h])'
    >>> remembered(ungrouped, "max by (instance) (up)", "1h")
    'last_over_time((max by (instance) (up))[1h:1m])'
    """
    if isinstance(part, str):
        return renamed(terms, f"last_over_time({build.own(part)}[{span}:1m])")
    return renamed(terms, joined(terms, f"last_over_time({part}[{span}])", over=span))


def member_matchers(terms: Terms, members: Sequence[str]) -> tuple[Matcher, ...]:
    """What an expected member must match: of ``match`` the part on its own labels, and a group.

    >>> [str(matcher) for matcher in member_matchers(terms, ["instance"])]
    ['scope!=""']
    """
    # a member without any group label belongs to no group, where it would be missed for ever
    folding = terms.folding
    joined_labels = folding.join.labels if folding.join else ()
    groups = [label for label in folding.sources if label not in joined_labels]
    known = {*groups, *members}
    kept = tuple(m for m in folding.match if m.label in known)
    return (*kept, *(Matcher(label, "!=", "") for label in dict.fromkeys(groups)))
