"""Small questions as PromQL: each is cheap, answers with few samples and never fails on its own.

Several travel in one request, so each must be legal inside of ``label_replace(…)``: its result has
distinct label sets without the metric's name. None is ever recorded.
"""

from collections.abc import Sequence
from fractions import Fraction

from slokit.promql import build
from slokit.promql.selector import label_list, quote
from slokit.text.durations import format_duration

MARKER = "slokit_query"
_MANY_CHANGES = 10


def marked(query: str, number: int) -> str:
    """The query's samples with a label of their own, so that several queries share a request.

    >>> marked("group(up)", 0)
    'label_replace((group(up)), "slokit_query", "0", "", "")'
    """
    arguments = ", ".join(map(quote, (MARKER, str(number), "", "")))
    return f"label_replace({build.own(query)}, {arguments})"


def together(queries: Sequence[str]) -> str:
    """Several queries as one; the label MARKER of a sample is the position of its query."""
    return "\nor\n".join(marked(query, number) for number, query in enumerate(queries))


def exists(vector: str) -> str:
    """One sample when there is any.

    >>> exists("up")
    'group((up))'
    """
    return f"group({build.own(vector)})"


def existed(samples: str) -> str:
    """One sample when there was any series within a range.

    >>> existed("up[30d]")
    'group(count_over_time(up[30d]))'
    """
    return f"group(count_over_time({samples}))"


def groups(vector: str, labels: Sequence[str], most: int) -> str:
    """One sample for each combination of the labels' values, at most so many.

    topk() bounds the answer: an SLO that is grouped by user must not fetch a million samples.

    >>> groups("up", ["job"], 1001)
    'topk(1001, group by (job) ((up)))'
    """
    return f"topk({most}, {build.fold('group', labels, build.own(vector))})"


def how_many(vector: str, labels: Sequence[str]) -> str:
    """How many combinations of the labels' values there are.

    >>> how_many("up", ["job"])
    'count(group by (job) ((up)))'
    """
    return f"count({build.fold('group', labels, build.own(vector))})"


def lacking(vector: str, other: str, labels: Sequence[str]) -> str:
    """The combinations of the labels' values that the other vector does not have.

    >>> lacking("a", "b", ["job"])
    'group by (job) ((a)) unless on (job) group by (job) ((b))'
    """
    mine, theirs = (build.fold("group", labels, build.own(v)) for v in (vector, other))
    return f"{mine} unless on ({label_list(labels)}) {theirs}"


def how_many_lack(vector: str, other: str, labels: Sequence[str]) -> str:
    """How many combinations of the labels' values the other vector does not have."""
    return f"count({lacking(vector, other, labels)})"


def some(vector: str, most: int) -> str:
    """A few samples.

    >>> some("up", 3)
    'topk(3, up)'
    """
    return f"topk({most}, {vector})"


def joined(vector: str, info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """A join that takes any one of several partners instead of failing on them.

    The rules join without the topk(): where that fails, joins.py says so, and the others go on.

    >>> joined("x", "info", ["job"], ["dc"])
    '(x) * on (job) group_left (dc) topk by (job) (1, group by (job, dc) (info))'
    """
    matched = label_list(by)
    one = f"topk by ({matched}) (1, {build.info_fold(info, by, labels)})"
    return f"{build.own(vector)} * on ({matched}) group_left ({label_list(labels)}) {one}"


def ambiguous(info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """What of an info metric says two things about one partner.

    >>> ambiguous("x_info", ["instance"], ["region"])
    'count by (instance) (group by (instance, region) (x_info)) > 1'
    """
    return f"count by ({label_list(by)}) ({build.info_fold(info, by, labels)}) > 1"


def gone_while(vector: str, info: str, labels: Sequence[str], back: str, step: str) -> str:
    """At how many moments a partner that is there now was gone while the vector was there.

    >>> print(gone_while("x", "info", ["job"], "1d", "5m"))
    max(count_over_time((group by (job) ((x)) unless on (job) group by (job) ((info)))[1d:5m])
      and on (job) group by (job) ((info)))
    """
    missing = f"({lacking(vector, info, labels)})[{back}:{step}]"
    present = build.fold("group", labels, build.own(info))
    return f"max(count_over_time({missing}) and on ({label_list(labels)}) {present})"


def of_one_target(vector: str, other: str, labels: Sequence[str]) -> str:
    """One sample where both vectors have series of the same target.

    >>> of_one_target("up", "info", ["job", "instance"])
    'group((up) and on (job, instance) (info))'
    """
    return f"group({build.own(vector)} and on ({label_list(labels)}) {build.own(other)})"


def any_series(vector: str) -> str:
    """One series with all of its labels.

    >>> any_series("up")
    'topk(1, (up))'
    """
    return f"topk(1, {build.own(vector)})"


def samples_in(samples: str, before: str) -> str:
    """How many samples a usual series has in a range; of those that were there before it.

    A series that began within the range has fewer samples for that reason alone.

    >>> samples_in("up[5m]", "up offset 5m")
    'quantile(0.5, count_over_time(up[5m]) and (up offset 5m))'
    """
    return f"quantile(0.5, count_over_time({samples}) and ({before}))"


def falls_in(samples: str) -> str:
    """How often a usual series falls within a range.

    >>> falls_in("up[1h]")
    'quantile(0.5, resets(up[1h]))'
    """
    return f"quantile(0.5, resets({samples}))"


def only_grows(samples: str) -> str:
    """How many series rose often in a range without a fall, other than a clock or an age does.

    >>> print(only_grows("x[1d]"))
    count((changes(x[1d]) > 10 unless resets(x[1d]) > 0 unless abs(deriv(x[1d]) - 1) < 0.01))
    """
    rose, fell = f"changes({samples}) > {_MANY_CHANGES}", f"resets({samples}) > 0"
    return f"count(({rose} unless {fell} unless abs(deriv({samples}) - 1) < 0.01))"


def increase_over(samples: str) -> str:
    """How many events counters counted in a range.

    >>> increase_over("x_total[30d]")
    'sum(increase(x_total[30d]))'
    """
    return f"sum(increase({samples}))"


def newest(selector: str) -> str:
    """How old the newest sample of the last hour is, in seconds.

    >>> newest("x")
    'min(time() - max_over_time(timestamp(x)[1h:1m]))'
    """
    return f"min(time() - max_over_time(timestamp({selector})[1h:1m]))"


def seen_last(selector: str) -> str:
    """For how many seconds no series was seen any more, within the last hour.

    A target that ends leaves a marker, and its series are gone at the next scrape; a series that
    only lacks new samples is seen for five minutes more.

    >>> seen_last("x")
    'min(time() - max_over_time((time() + 0 * timestamp(x))[1h:1m]))'
    """
    return f"min(time() - max_over_time((time() + 0 * timestamp({selector}))[1h:1m]))"


def sum_over(series: str, window: str, own: Sequence[str], replicas: Sequence[str] = ()) -> str:
    """What recorded counts add up to in a window; of each set of replicas by the one with most.

    ``own`` are the labels that the counts were recorded with: others were added by a store.

    >>> sum_over("slokit:total:events5m", "30d", ["slo"])
    'sum(sum_over_time(slokit:total:events5m[30d]))'
    >>> print(sum_over("slokit:total:events5m", "30d", ["slo"], ["replica"]))
    sum(max without (replica) (sum without (slo) (sum_over_time(slokit:total:events5m[30d]))))
    """
    counts = f"sum_over_time({series}[{window}])"
    if replicas:
        counts = (
            f"max without ({label_list(replicas)}) (sum without ({label_list(own)}) ({counts}))"
        )
    return f"sum({counts})"


def any_within(samples: str, low: str, high: str) -> str:
    """One sample when any series had samples within the limits; an empty limit is none.

    >>> any_within("up[1d]", "", "0"), any_within("up[1d]", "1", "3")
    ('group(min_over_time(up[1d]) <= 0)',
     'group(max_over_time(up[1d]) >= 1 and min_over_time(up[1d]) <= 3)')
    """
    above = [f"max_over_time({samples}) >= {low}"] if low else []
    below = [f"min_over_time({samples}) <= {high}"] if high else []
    return f"group({' and '.join([*above, *below])})"


def largest(samples: str) -> str:
    """The largest finite sample of all series.

    >>> largest("up[1d]")
    'max(max_over_time(up[1d]) < Inf)'
    """
    return f"max(max_over_time({samples}) < Inf)"


def smallest(samples: str) -> str:
    """The smallest finite sample of all series.

    >>> smallest("up[1d]")
    'min(min_over_time(up[1d]) > -Inf)'
    """
    return f"min(min_over_time({samples}) > -Inf)"


def typical(samples: str) -> str:
    """The mean over the range of the series in the middle.

    >>> typical("up[1d]")
    'quantile(0.5, avg_over_time(up[1d]) < Inf)'
    """
    return f"quantile(0.5, avg_over_time({samples}) < Inf)"


def seen_by_several(vector: str, label: str) -> str:
    """Series that exist several times with only one label apart: how many times each.

    >>> seen_by_several("x", "instance")
    'count without (instance) ((x)) > 1'
    """
    return f"count without ({label}) ({build.own(vector)}) > 1"


def all_equal(vector: str, label: str) -> str:
    """The value of what has the same one under all values of a label.

    >>> all_equal("x", "pod")
    'max without (pod) ((x)) == min without (pod) ((x))'
    """
    most, least = (f"{fold} without ({label}) ({build.own(vector)})" for fold in ("max", "min"))
    return f"{most} == {least}"


def first_values(samples: str, before: str, of_known: str) -> str:
    """The sum of the first values of counters that appeared on a target that was there before.

    ``of_known`` are the series that are read together with something that is known already.

    >>> print(first_values("x[1h]", "x offset 1h", "K"))
    sum(min_over_time(x[1h]) unless x offset 1h and (K))
    """
    return f"sum(min_over_time({samples}) unless {before} and ({of_known}))"


def not_numbers(selector: str) -> str:
    """How many series are NaN: nothing else differs from itself.

    >>> not_numbers("x")
    'count(x != x)'
    """
    return f"count({selector} != {selector})"


def native(vector: str) -> str:
    """One sample when there is any native histogram: histogram_count() drops every other sample.

    >>> native("x")
    'group(histogram_count((x)))'
    """
    return f"group(histogram_count({build.own(vector)}))"


def summed_over(vector: str, seconds: Fraction, step: Fraction) -> str:
    """The samples of an expression over a time, each step once: the range is open on one end.

    >>> summed_over("max(up)", Fraction(3600), Fraction(30))
    'sum_over_time((max(up))[59m59s999ms:30s])'
    """
    window = format_duration(seconds - Fraction(1, 1000))
    return f"sum_over_time({build.own(vector)}[{window}:{format_duration(step)}])"
