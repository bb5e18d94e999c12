"""Where raw history begins: SLOs whose series are young are asked about the time since then.

What cannot be found out is asked for in full.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from slokit.compiler import names
from slokit.prometheus.errors import PrometheusError, QueryRejectedError
from slokit.prometheus.types import MetricsSource, Sample
from slokit.reporting.plan.beginnings import (
    beginning,
    plan_before,
    plan_beginnings,
    selectors_of,
)
from slokit.reporting.plan.query import InstantQuery
from slokit.reporting.plan.raw import RawPlan

# The numbers of what one query asks.
_NUMBER = re.compile(rf'"{names.SIDE}", "(\d+)"')


def with_beginnings(
    plans: Sequence[RawPlan], metrics: MetricsSource, concurrency: int
) -> list[RawPlan]:
    """The plans, each with the moment before which none of its series has a sample.

    Raises:
        PrometheusError: the server cannot answer.
    """
    found = selectors_of(plans)
    if found is None:
        return list(plans)
    read, selectors, start, end = found
    with ThreadPoolExecutor(concurrency) as pool:
        seen, unknown = _answers(plan_beginnings(selectors, start, end), metrics, pool)
        oldest = {text: seen.get(number) for number, text in enumerate(selectors)}
        refused = {selectors[number] for number in unknown}
        since = {
            slo: min(beginning(oldest[text], start, end) for text in texts)
            for slo, texts in read.items()
            if texts and refused.isdisjoint(texts)
        }
        wanted = sorted(
            {(text, since[slo]) for slo in since if since[slo] > start for text in read[slo]}
        )
        empty = {number: (text, start, last) for number, (text, last) in enumerate(wanted)}
        later, unknown = _answers(plan_before(empty, end), metrics, pool)
    # what the server did not answer may be there
    is_there = {wanted[number] for number in (*later, *unknown)}
    return [
        replace(plan, since=since[slo])
        if (slo := plan.slo.id) in since
        and since[slo] > start
        and not any((text, since[slo]) in is_there for text in read[slo])
        else plan
        for plan in plans
    ]


def _asked(query: InstantQuery, metrics: MetricsSource) -> Sequence[Sample] | None:
    """The answer; None where the server refuses this query, or takes too long over it."""
    try:
        return metrics.instant(query.promql, query.at)
    except PrometheusError as error:
        if isinstance(error, QueryRejectedError) or error.is_too_much:
            return None
        raise


def _answers(
    queries: Iterable[InstantQuery], metrics: MetricsSource, pool: ThreadPoolExecutor
) -> tuple[dict[int, float], set[int]]:
    """The values by the numbers of what was asked, and the numbers that the server refused."""
    found: dict[int, float] = {}
    unknown: set[int] = set()
    asked = list(queries)
    for query, answer in zip(asked, pool.map(lambda q: _asked(q, metrics), asked), strict=True):
        if answer is None:
            unknown.update(map(int, _NUMBER.findall(query.promql)))
        for sample in answer or ():
            number = sample.labels.get(names.SIDE, "")
            if number.isdecimal():
                found[int(number)] = sample.value
    return found, unknown
