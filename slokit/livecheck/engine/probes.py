"""Small questions as PromQL: each is cheap, answers with few samples and never fails on its own."""

from collections.abc import Sequence

from slokit.promql import build
from slokit.promql.quoting import quote

MARKER = "slokit_question"


def marked(query: str, number: int) -> str:
    """The query's samples with a label of their own, so that several queries share a request."""
    arguments = ", ".join(map(quote, (MARKER, str(number), "", "")))
    return f"label_replace({build.own(query)}, {arguments})"


def together(queries: Sequence[str]) -> str:
    """Several queries as one; the label MARKER of a sample is the position of its query."""
    return "\nor\n".join(marked(query, number) for number, query in enumerate(queries))


def exists(vector: str) -> str:
    """One sample when there is any."""
    return f"group({build.own(vector)})"


def existed(selector: str, window: str) -> str:
    """One sample when there was any series within a window."""
    return f"group(count_over_time({selector}[{window}]))"


def groups(vector: str, labels: Sequence[str], most: int) -> str:
    """One sample for each combination of the labels' values, at most so many."""
    return f"topk({most}, {build.fold('group', labels, build.own(vector))})"


def how_many(vector: str, labels: Sequence[str]) -> str:
    """How many combinations of the labels' values there are."""
    return f"count({build.fold('group', labels, build.own(vector))})"


def how_many_lack(vector: str, other: str, labels: Sequence[str]) -> str:
    """How many combinations of the labels' values the other vector does not have."""
    return f"count({lacking(vector, other, labels)})"


def lacking(vector: str, other: str, labels: Sequence[str]) -> str:
    """The combinations of the labels' values that the other vector does not have."""
    mine, theirs = (build.fold("group", labels, build.own(v)) for v in (vector, other))
    return f"{mine} unless on ({', '.join(labels)}) {theirs}"


def some(vector: str, most: int) -> str:
    """A few samples."""
    return f"topk({most}, {vector})"


def joined(vector: str, info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """A join that takes any one of several partners instead of failing on them."""
    matched = ", ".join(by)
    one = f"topk by ({matched}) (1, {build.info_fold(info, by, labels)})"
    return f"{build.own(vector)} * on ({matched}) group_left ({', '.join(labels)}) {one}"


def ambiguous(info: str, by: Sequence[str], labels: Sequence[str]) -> str:
    """What of an info metric says two things about one partner."""
    return f"count by ({', '.join(by)}) ({build.info_fold(info, by, labels)}) > 1"


def any_series(vector: str) -> str:
    """One series with all of its labels."""
    return f"topk(1, {build.own(vector)})"


def samples_in(selector: str, window: str) -> str:
    """How many samples a usual series has in a window; of those that are as old as the window."""
    counted = f"count_over_time({selector}[{window}])"
    return f"quantile(0.5, {counted} and ({selector} offset {window}))"


def falls_in(selector: str, window: str) -> str:
    """How often a usual series falls within a window."""
    return f"quantile(0.5, resets({selector}[{window}]))"


def increase_over(selector: str, window: str) -> str:
    """How many events counters counted in a window."""
    return f"sum(increase({selector}[{window}]))"


def sum_over(series: str, window: str) -> str:
    """What recorded counts add up to in a window."""
    return f"sum(sum_over_time({series}[{window}]))"


def native(vector: str) -> str:
    """One sample when there is any native histogram."""
    return f"group(histogram_count({build.own(vector)}))"
