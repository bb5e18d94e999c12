"""A plan as text: PromQL to paste into a browser, and a comment that says what it is for."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby

from slokit.reporting.plan.query import InstantQuery, Query
from slokit.text.durations import format_duration
from slokit.text.escaping import visible


def render_queries(queries: Iterable[Query]) -> str:
    """The queries one after the other; those that differ in their times alone stand together."""
    groups = groupby(queries, key=lambda query: (query.purpose, query.promql, query.condition))
    return "\n".join(_group(list(same)) for _, same in groups)


def render_time(unix: float) -> str:
    """RFC 3339 in UTC, to the millisecond where there are any.

    >>> render_time(1_767_225_600.0), render_time(1_767_225_600.5)
    ('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.500Z')
    """
    digits = "seconds" if unix == int(unix) else "milliseconds"
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec=digits).replace("+00:00", "Z")


def _group(same: Sequence[Query]) -> str:
    query = same[0]
    lines = [query.purpose, _when(same)]
    lines += [f"only if {query.condition}"] if query.condition else []
    comment = "\n".join(f"# {line}" for line in lines)
    promql = "\n".join(visible(line) for line in query.promql.split("\n"))
    return f"{comment}\n{promql}\n"


def _when(same: Sequence[Query]) -> str:
    first, last = same[0], same[-1]
    if isinstance(first, InstantQuery):
        times = f", {len(same)} times" if same[1:] else ""
        return f"at {render_time(first.at)}{times}"
    parts = f", in {len(same)} parts" if same[1:] else ""
    start, end = render_time(first.over.start), render_time(last.over.end)
    return f"every {format_duration(Fraction(first.step))} from {start} to {end}{parts}"
