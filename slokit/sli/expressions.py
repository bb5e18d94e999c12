"""Sides as PromQL: selected, joined, renamed and folded by the group labels.

What the expressions of all SLI types have in common; each type's file says how it puts them
together. In the examples ``terms`` are those of an SLO that is grouped by cluster, which the raw
series call scope, its recorded total is called R, and ``side(role, *texts)`` makes a side.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache

from slokit.model.ledger import Folding, Side, Terms
from slokit.promql import build, counting
from slokit.promql.counting import CountingWindow
from slokit.promql.reading import read as read_promql
from slokit.promql.selector import Matcher, Selector, label_list
from slokit.sli.sides import join_info

# What names the process whose counters a scrape reads: Prometheus puts both on every series.
TARGET = ("job", "instance")
MEMBER = ("instance",)
"""What names a member, unless the spec says so."""
# Group labels that say where a target is: one address may be in two clusters.
_PLACES = frozenset("cluster region zone datacenter namespace environment env".split())
_NOW = Fraction(0)


def present(terms: Terms, whole: Side | None, *others: Side | None) -> str:
    """The groups of which a counter has a sample now, where the terms ask for it.

    What a counter grew by within the ledger window is known for as long after its last sample.
    ``others`` make rows of their own, as failures do that the whole lacks. PromQL says nothing
    about its samples of now: as the whole of a ledger it leaves none of that to be known.

    >>> from dataclasses import replace
    >>> asking = replace(terms, asks_presence=True)
    >>> present(asking, side("counter", "x_total"))
    'group by (cluster) (label_replace(x_total, "cluster", "$1", "scope", "(?s)(.+)"))'
    >>> asking = replace(ungrouped, asks_presence=True)
    >>> print(present(asking, side("counter", "x_total"), side("counter", "sum(irate(e[5m]))")))
    group(label_replace(x_total, "side", "0", "", "")
    or label_replace(((sum(irate(e[5m]))) unless on () x_total offset 5m), "side", "1", "", ""))
    """
    if whole is None or whole.is_promql or whole.role == "gauge" or not terms.asks_presence:
        return ""
    sides = [whole, *(other for other in others if other)]
    selectors = [part for side in sides if not side.is_promql for part in side.parts]
    values = [value(terms, part) for part in selectors]
    # What PromQL makes up goes on for a ledger window after its samples. It is asked for groups
    # that the whole does not know, and not of those that have just lost theirs.
    earlier = [value(terms, part, earlier=terms.window_seconds) for part in whole.parts]
    known = earlier[0] if len(earlier) == 1 else build.own(" or ".join(earlier))
    on = f"unless on ({label_list(terms.folding.names)})"
    values += [
        f"({value(terms, part)} {on} {known})"
        for side in sides
        if side.is_promql
        for part in side.parts
    ]
    return fold(terms, "group", build.union(values))


def renamed(terms: Terms, vector: str) -> str:
    """The vector with the group labels under their recorded names.

    >>> renamed(terms, "up")
    'label_replace(up, "cluster", "$1", "scope", "(?s)(.+)")'
    """
    return build.rename(vector, terms.folding.renamings)


def fold(terms: Terms, operation: str, vector: str, parameter: str = "") -> str:
    """The vector folded by the group labels.

    >>> fold(terms, "max", "up")
    'max by (cluster) (up)'
    """
    return build.fold(operation, terms.folding.names, vector, parameter)


def joined(terms: Terms, vector: str, *, over: str = "", earlier: Fraction = _NOW) -> str:
    """The vector with the labels of the info metric, where the SLO has one.

    The info metric is read as the vector is: ``over`` a range, or so many seconds ``earlier``.

    >>> print(joined(terms_with_join, "lag_seconds offset 5m", earlier=Fraction(300)))
    lag_seconds offset 5m
    * on (instance) group_left (scope) (group by (instance, scope) (node_info offset 5m)
      and on (instance)
      (count by (instance) (group by (instance, scope) (node_info offset 5m)) == 1))
    """
    join = terms.folding.join
    # Where no group label comes from it, a join would only lose members without info.
    if join is None or not terms.folding.is_joined:
        return vector
    info, at = str(join_info(terms.folding)), offset(terms, earlier)
    info = f"last_over_time({info}[{over}]{at})" if over else f"{info}{at}"
    return build.join(vector, build.rename(info, join.renamings), join.by, join.labels)


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


def counting_window(terms: Terms) -> CountingWindow:
    """The ledger window, and how far back a restart is looked for: two scrapes more.

    >>> counting_window(terms).around
    '[6m]'
    """
    times = terms.window_seconds, terms.scrape_interval, terms.folding.offset
    whole = [seconds.as_integer_ratio() for seconds in times]
    return _counting_window(*whole, from_first=terms.counts_from_first)


# Whole numbers have quick hashes, which fractions have not.
@lru_cache(maxsize=64)
def _counting_window(
    window: tuple[int, int], scrape: tuple[int, int], late: tuple[int, int], *, from_first: bool
) -> CountingWindow:
    length, guard = Fraction(*window), Fraction(*window) + 2 * Fraction(*scrape)
    return CountingWindow.of(length, guard, Fraction(*late), from_first=from_first)


def offset(terms: Terms, earlier: Fraction = _NOW) -> str:
    """The modifier of a selector that is read so many seconds earlier, and as late as it comes.

    >>> offset(terms), offset(terms, Fraction(300))
    ('', ' offset 5m')
    """
    return counting.offset(terms.folding.offset + earlier)


def counted(terms: Terms, side: Side, known: Side | None = None) -> str:
    """Events per second by group, whole events: of a bad side, and of what is subtracted.

    >>> print(counted(exact, side("counter", "x_total")))
    sum((clamp_min(x_total - x_total offset 5m, 0) >= 0 < Inf
      unless (resets(x_total[6m]) > 0 unless min_over_time(x_total[5m]) > 0.5 * x_total offset 6m))
    or increase(x_total[5m]) >= 0 < Inf) / 300

    ``known`` is the total, on whose targets a counter that appears counts from zero.
    """
    return together(terms, [side], known)


def together(terms: Terms, sides: Sequence[Side], known: Side | None = None) -> str:
    """Several sides in one sum; a side that has no series adds nothing.

    >>> print(together(ungrouped, [side("gauge", "ready"), side("gauge", "waiting")]))
    sum(label_replace(sum((ready >= 0 < Inf)), "side", "0", "", "")
      or label_replace(sum((waiting >= 0 < Inf)), "side", "1", "", ""))
    """
    sums = [_events(terms, side, part, known) for side in sides for part in side.parts]
    return summed(terms, sums)


def counted_total(terms: Terms, side: Side, known: Side | None = None) -> str:
    """Events per second by group of a total from which nothing is subtracted: fewer readings.

    >>> print(counted_total(exact, side("counter", "x_total")))
    sum((x_total - x_total offset 5m >= 0 < Inf) / 300
    or (increase(x_total[5m]) / 300 >= 0 < Inf unless x_total > 0.5 * x_total offset 5m))
    """
    if known:
        return counted(terms, side, known)
    return _by_few_readings(terms, side, counting.growth_rate)


def added(terms: Terms, good: Side, bad: Side, known: Side | None = None) -> str:
    """Good and bad events in one sum, from which nothing is subtracted: fewer readings.

    >>> print(added(exact, side("counter", "good_total"), side("counter", "bad_total")))
    sum(label_replace(sum((clamp_min(good_total - good_total offset 5m, 0) < Inf
      unless good_total < 0.5 * good_total offset 5m) / 300
      or increase(good_total[5m]) / 300 >= 0 < Inf), "side", "0", "", "")
    or label_replace(sum((clamp_min(bad_total - bad_total offset 5m, 0) < Inf
      unless bad_total < 0.5 * bad_total offset 5m) / 300
      or increase(bad_total[5m]) / 300 >= 0 < Inf), "side", "1", "", ""))
    """
    is_counted = terms.folding.is_exact and good.role == "counter" and not known
    if not is_counted or good.is_promql or bad.is_promql:
        return together(terms, [good, bad], known)
    window = counting_window(terms)
    per = f" / {window.seconds}"
    rates = [
        placed(terms, counting.kept_growth_rate(str(part), window), newest(terms, part, per))
        for part in (*good.parts, *bad.parts)
    ]
    return summed(terms, [fold(terms, "sum", rate) for rate in rates])


def counted_alone(terms: Terms, side: Side) -> str:
    """Events per second by group of bad events that stand in for a total which has no such group.

    A second copy of all that counts them exactly would be most of what a ledger reads.

    >>> print(counted_alone(exact, side("counter", "x_total")))
    sum((x_total - x_total offset 5m >= 0 < Inf) / 300
    or increase(x_total[5m]) / 300 >= 0 < Inf)
    """
    return _by_few_readings(terms, side, counting.plain_growth_rate)


def _by_few_readings(terms: Terms, side: Side, growth: Callable[[str, CountingWindow], str]) -> str:
    if side.is_promql or side.role != "counter" or not terms.folding.is_exact:
        return counted(terms, side)
    window = counting_window(terms)
    per = f" / {window.seconds}"
    rates = [
        placed(terms, growth(str(part), window), newest(terms, part, per)) for part in side.parts
    ]
    return summed(terms, [fold(terms, "sum", rate) for rate in rates])


def summed(terms: Terms, sums: Sequence[str]) -> str:
    """Sums by group in one; those of a list are labelled apart, so that none hides another.

    >>> print(summed(terms, ["A", "B"]))
    sum by (cluster) (label_replace(A, "side", "0", "", "")
      or label_replace(B, "side", "1", "", ""))
    """
    return sums[0] if len(sums) == 1 else fold(terms, "sum", build.union(sums))


def grown(terms: Terms, counter: Selector, known: Side | None = None) -> str:
    """What each series of a counter grew by in the ledger window, under its own labels.

    Events per second where the SLO counts by rate; :func:`per_second` knows.

    >>> grown(terms, selector("x_total"))
    'rate(x_total[5m]) >= 0 < Inf'
    """
    window = counting_window(terms)
    if not terms.folding.is_exact:
        return counting.rate(str(counter), window)
    if known is None:
        return counting.growth(str(counter), window)
    totals = [str(part) for part in known.parts]
    born = counting.births(str(counter), totals, window, known_target(terms.folding))
    return counting.growth(str(counter), window, born)


def known_target(folding: Folding) -> str:
    """The labels of the target on which a counter may be born, as PromQL lists them.

    Where an SLO is grouped by the place of its targets, those of two places are two. Any other
    group label may be new on a target, as a route is with its first request.

    >>> known_target(terms.folding), known_target(ungrouped.folding)
    ('job, instance, scope', 'job, instance')
    """
    joined = folding.join.labels if folding.join else ()
    places = [
        label.source
        for label in folding.group_by
        if _PLACES & {label.name, label.source} and label.source not in joined
    ]
    return label_list(tuple(dict.fromkeys([*TARGET, *places])))


def slower(
    terms: Terms, count: Selector, bucket: Selector, known: Side | None = None
) -> tuple[str, str]:
    """The events of each histogram per second, and what it has beyond its bucket, as grown.

    Only of histograms that have the bucket: of others neither is known.

    >>> for vector in slower(ungrouped, selector("x_count"), selector("x_bucket")):
    ...     print(vector)
    (rate(x_count[5m]) >= 0 < Inf)
    and ignoring (le) (rate(x_bucket[5m]) >= 0 < Inf)
    clamp_min((rate(x_count[5m]) >= 0 < Inf)
    - max without (le) (rate(x_bucket[5m]) >= 0 < Inf), 0)
    """
    window, exact = counting_window(terms), terms.folding.is_exact
    if not exact:
        events, within = grown(terms, count), grown(terms, bucket)
        total = f"({events})\nand ignoring (le) ({within})"
        bad = f"clamp_min(({events})\n- max without (le) ({within}), 0)"
        return placed(terms, total), placed(terms, bad)
    born = born_bad = ""
    if known:
        totals = list(map(str, known.parts))
        born = counting.births(str(count), totals, window, known_target(terms.folding))
        born_bad = counting.beyond(f"({born})", f"{bucket}{window.now}")
    unjudged = f"unless ({counting.unjudged(str(count), str(bucket), window)})"
    total = counting.kept_growth_rate(str(count), window, born)
    bad = counting.growth_beyond(str(count), str(bucket), window, born_bad)
    now, before = (
        counting.beyond(f"{count}{at}", f"{bucket}{at}") for at in (window.now, window.before)
    )
    return (
        placed(terms, f"({total})\n{unjudged}", newest(terms, count, f" / {window.seconds}")),
        placed(terms, f"({bad})\n{unjudged}", grown_by_newest(terms, f"({now})", f"({before})")),
    )


def histogram_rates(terms: Terms, side: Side) -> list[str]:
    """The native histograms of a side, per second, each series where its group is.

    >>> histogram_rates(ungrouped, side("counter", "request_seconds"))
    ['rate(request_seconds[5m])']
    """
    window = counting_window(terms)
    return [
        renamed(terms, build.own(part))
        if isinstance(part, str)
        else placed(terms, f"rate({part}{window.over})")
        for part in side.parts
    ]


def per_second(terms: Terms, vector: str) -> str:
    """What :func:`grown` gave, folded, as events per second.

    >>> per_second(exact, "sum(A)"), per_second(terms, "sum(A)")
    ('sum(A) / 300', 'sum(A)')
    """
    seconds = build.number(terms.window_seconds)
    return f"{vector} / {seconds}" if terms.folding.is_exact else vector


def placed(terms: Terms, vector: str, newest: str = "") -> str:
    """Raw series where their group is: seen once, joined, and under the recorded names.

    >>> placed(terms, "up")
    'label_replace(up, "cluster", "$1", "scope", "(?s)(.+)")'

    ``newest`` is what a counter grew by as all of its observers know it, :func:`grown_by_newest`.
    An observer that sees an event later than another one goes on to count it for as long.
    """
    once = observed_once(terms, vector)
    if newest:
        once = f"({newest} <= ({once}) or {once})"
    return renamed(terms, joined(terms, f"({once})" if terms.folding.join else once))


def grown_by_newest(terms: Terms, now: str, before: str, unit: str = "") -> str:
    """What a counter with several observers grew by: the newest value of now and of before.

    >>> from dataclasses import replace
    >>> twice = replace(exact, folding=replace(exact.folding, observers=("instance",)))
    >>> print(grown_by_newest(twice, "x_total", "x_total offset 5m", " / 300"))
    (max without (instance) (x_total) - max without (instance) (x_total offset 5m) >= 0) / 300
    >>> grown_by_newest(terms, "x_total", "x_total offset 5m")
    ''
    """
    if not (terms.folding.observers and terms.folding.is_exact):
        return ""
    return f"({observed_once(terms, now)} - {observed_once(terms, before)} >= 0){unit}"


def is_folded(terms: Terms, side: Side) -> bool:
    """Whether a side is PromQL with one sample for each group already.

    >>> is_folded(ungrouped, side("counter", "sum(rate(x_total[5m]))"))
    True
    >>> is_folded(ungrouped, side("counter", "rate(x_total[5m])"))
    False
    """
    if not side.is_promql:
        return False
    kept = read_promql(str(side.parts[0])).kept
    return not kept.is_all_but and kept.names <= set(terms.folding.sources)


def as_written(terms: Terms, side: Side) -> str:
    """What a side of PromQL gives by group, NaN and infinity included.

    >>> as_written(ungrouped, side("counter", "sum(rate(x_total[5m]))"))
    'sum((sum(rate(x_total[5m]))))'
    """
    return fold(terms, "sum", renamed(terms, build.own(str(side.parts[0]))))


def unknown(terms: Terms, sides: Sequence[Side]) -> str:
    """The groups of which a side's own expression gives NaN or infinity; empty for selectors.

    One odd series makes the whole sum odd. Left out as a sample it would read as no events: all
    good for a bad side, all bad for a good one.

    >>> unknown(ungrouped, [side("counter", "sum(rate(x_total[5m]))")])
    'sum((sum(rate(x_total[5m])))) * 0 != 0'
    >>> unknown(ungrouped, [side("counter", "x_total")])
    ''
    """
    # zero times NaN or infinity is NaN, which is unequal to all
    odd = [f"{as_written(terms, one)} * 0 != 0" for one in sides if is_folded(terms, one)]
    return " or ".join(odd)


def newest(terms: Terms, counter: Selector, unit: str = "") -> str:
    """The same of a selector, in the ledger window.

    >>> from dataclasses import replace
    >>> twice = replace(exact, folding=replace(exact.folding, observers=("pod",)))
    >>> newest(twice, selector("x_total"))
    '(max without (pod) (x_total) - max without (pod) (x_total offset 5m) >= 0)'
    """
    window = counting_window(terms)
    now, before = f"{counter}{window.now}", f"{counter}{window.before}"
    return grown_by_newest(terms, now, before, unit)


def observed_once(terms: Terms, vector: str) -> str:
    """One of several equal series that only the observers' labels tell apart.

    >>> observed_once(terms, "up")
    'up'
    """
    observers = terms.folding.observers
    return f"max without ({label_list(observers)}) ({vector})" if observers else vector


def comparable(terms: Terms, total: Side, good: Side, known: Side | None = None) -> tuple[str, str]:
    r"""A total and the good events that are subtracted from it, of members that can be judged.

    >>> whole, part = side("gauge", "wanted"), side("gauge", "ready")
    >>> print("\n".join(comparable(ungrouped, whole, part)))
    sum((wanted >= 0 < Inf unless (ready * 0 != 0)))
    sum((ready >= 0 < Inf unless (wanted * 0 != 0)))

    A member whose total is NaN, or a counter that stands still, would have its good events taken
    from the totals of others; one whose good events are NaN would be all bad. Of gauges a member is
    what has the same labels, of counters what one target says about a group.
    """
    is_gauge, window = total.role == "gauge", counting_window(terms)
    if total.is_promql or good.is_promql:
        return counted(terms, total, known), counted(terms, good, known)
    if is_gauge:
        without_good, without_total = (
            f" unless ({_odd(side.parts, [window.now])})" for side in (good, total)
        )
        whole = _counted_unless(terms, total, without_good, known)
        return whole, _counted_unless(terms, good, without_total, known)
    # A series without an instance does not say whose it is: none of those are taken for one member.
    named = (Matcher("instance", "!=", ""),)
    totals, goods = ([part.inheriting((), named) for part in side.parts] for side in (total, good))
    members = _member(terms)
    on = f"\nunless on ({label_list(members)})"
    if not terms.folding.is_exact:
        odd, still = _odd_rate(window, goods, members), _unknown_rate(window, totals, members)
    else:
        odd = _odd([*totals, *goods], [window.now, window.before])
        still = _standing_still(window, totals, members)
    whole = _counted_unless(terms, total, f"{on} ({odd})", known)
    return whole, _counted_unless(terms, good, f"{on} ({odd}\n  or {still})", known)


def _odd(selectors: Sequence[Selector], times: Sequence[str]) -> str:
    # zero times NaN or infinity is NaN, which is unequal to all
    return " or ".join(f"{one}{at} * 0 != 0" for one in selectors for at in times)


def _member(terms: Terms) -> tuple[str, ...]:
    """The labels of a counter that name its target, and the group that it counts for."""
    folding = terms.folding
    added = folding.join.labels if folding.join else ()
    own = [source for source in folding.sources if source not in added]
    return tuple(dict.fromkeys([*TARGET, *own]))


def _standing_still(
    window: CountingWindow, totals: Sequence[Selector], member: Sequence[str]
) -> str:
    """The members none of whose totals has grown, is new or is gone."""
    grown = [
        f"{total}{window.now} - ({total}{window.before} or 0 * {total}{window.now})"
        f" or {total}{window.before}"
        for total in totals
    ]
    vectors = grown[0] if len(grown) == 1 else build.union(grown)
    return f"{build.fold('max', member, vectors)} == 0"


def _odd_rate(window: CountingWindow, goods: Sequence[Selector], member: Sequence[str]) -> str:
    """The members of which a counter has no number for a rate: one look at each series."""
    return f"{build.fold('sum', member, _rates(window, goods))} * 0 != 0"


def _unknown_rate(window: CountingWindow, totals: Sequence[Selector], member: Sequence[str]) -> str:
    """The members whose totals stand still or are no numbers: one look at each series."""
    # The logarithm of zero is infinite; zero times that or NaN is NaN, which is unequal to all.
    return f"0 * ln({build.fold('max', member, _rates(window, totals))}) != 0"


def _rates(window: CountingWindow, selectors: Sequence[Selector]) -> str:
    rates = [f"rate({selector}{window.over})" for selector in selectors]
    return rates[0] if len(rates) == 1 else build.union(rates)


def _counted_unless(terms: Terms, side: Side, odd: str, known: Side | None) -> str:
    sums = [_events(terms, side, part, known, odd) for part in side.parts]
    return summed(terms, sums)


def _events(
    terms: Terms, side: Side, part: Selector | str, known: Side | None, unless: str = ""
) -> str:
    if isinstance(part, str):
        return fold(terms, "sum", renamed(terms, build.events_only(build.own(part))))
    if side.role == "gauge":
        level = build.events_only(f"{part}{offset(terms)}")
        return fold(terms, "sum", placed(terms, f"({level}{unless})"))
    events = grown(terms, part, known)
    vector = f"({events}){unless}" if unless else events
    return per_second(terms, fold(terms, "sum", placed(terms, vector, newest(terms, part))))


def value(terms: Terms, part: Selector | str, *, earlier: Fraction = _NOW) -> str:
    """The samples of a gauge, or of the user's expression.

    >>> value(ungrouped, "max(lag_seconds)")
    '(max(lag_seconds))'
    >>> value(ungrouped, selector("term"), earlier=Fraction(300))
    'term offset 5m'
    """
    if isinstance(part, str):
        return renamed(terms, build.own(part))
    once = observed_once(terms, f"{part}{offset(terms, earlier)}")
    return renamed(terms, joined(terms, once, earlier=earlier))


def remembered(
    terms: Terms, part: Selector | str, span: str, *, of: str = "last", step: str = "1m"
) -> str:
    """What was seen within a span of time: the last of it, or another one.

    >>> remembered(ungrouped, selector("up"), "1h")
    'last_over_time(up[1h])'
    >>> remembered(ungrouped, "max by (instance) (up)", "1h")
    'last_over_time((max by (instance) (up))[1h:1m])'
    """
    if isinstance(part, str):
        return renamed(terms, f"{of}_over_time({build.own(part)}[{span}:{step}])")
    at = offset(terms)
    once = observed_once(terms, f"{of}_over_time({part}[{span}]{at})")
    return renamed(terms, joined(terms, once, over=span))


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
