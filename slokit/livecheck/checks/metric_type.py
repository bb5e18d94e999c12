"""Are counters counters, and gauges gauges?

Finds SLK616, a gauge whose rate is taken, and SLK617, a counter that is read as a gauge: by the
types that exporters declare, by the rule that a series is recorded by, or else by how the samples
move. Whether a counter's name fits its type is not asked.
"""

from collections.abc import Iterator, Mapping

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import InputSeries
from slokit.promql.expression import expression
from slokit.promql.rates import Unit, flows
from slokit.promql.reading import read
from slokit.promql.recorded import is_named_as_epoch
from slokit.text.words import clip

_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
_UNKNOWN = {"unknown", "untyped", ""}
_RECORDED = {
    Unit.SHARE: "a ratio",
    Unit.PER_SECOND: "a rate",
    Unit.AMOUNT: "an increase",
}
_COUNT = "count its events with `rate:` or `events:`"
_MOSTLY = 0.8
"""One of the series may have restarted, or have been idle: most of them show what they are."""
_MOST_FALLS = 5
"""A counter falls when its process restarts: more often than this in an hour is suspicious."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding where the metadata, or else the samples, contradict what a side means."""
    recorded = _recorded_rates(context)
    for series in context.series:
        for name in series.rated:
            if _types(context, name) == {"gauge"}:
                yield _gauge(series, f"'{name}' is a gauge, and slokit takes its rate")
            elif query := recorded.get(name):
                yield _recorded(series, name, query)
        if _is_value(series) and _types(context, series.selectors[0][0].metric()) == {"counter"}:
            message = f"{series.name} is a counter, which only grows, and slokit reads its value"
            yield Finding(codes.COUNTER_AS_LEVEL, message, series.location, _COUNT)
    yield from _by_samples(context, recorded)


def _by_samples(context: CheckContext, recorded: Mapping[str, str]) -> Iterator[Finding]:
    """Metrics of which the server does not know the type."""
    untyped = [
        series
        for series in context.series
        if series.is_selector
        and series.side.role == "counter"
        and context.exists(series)
        and not _types(context, series.rated[0])
        and series.rated[0] not in recorded
    ]
    levels = [
        series
        for series in context.series
        if series.is_selector
        and series.side.role == "gauge"
        and context.exists(series)
        and (name := series.selectors[0][0].metric())
        and not _types(context, name)
    ]
    counts = [query for series in levels for query in (_growing(series), _all(series))]
    answers = context.batch.ask([*map(_falls, untyped), *counts])
    for series in levels:
        growing, count = answers[_growing(series)].value, answers[_all(series)].value
        if growing and count and growing >= _MOSTLY * count:
            message = (
                f"{series.name} only grows and never falls, as a counter does and a gauge does not,"
                " and slokit reads its value"
            )
            yield Finding(codes.COUNTER_AS_LEVEL, message, series.location, _COUNT)
    for series in untyped:
        falls = answers[_falls(series)].value
        if falls and falls > _MOST_FALLS:
            often = f"{series.name} fell {wording.number(falls)} times in the last hour"
            yield _gauge(series, f"{often}, as a gauge does and a counter does not")


def _is_value(series: InputSeries) -> bool:
    """Whether the value itself is read; terms are called counters by some exporters."""
    role, name = series.side.role, series.selectors[0][0].metric() if series.is_selector else ""
    return bool(name) and (role == "gauge" or (role == "epoch" and not is_named_as_epoch(name)))


def _gauge(series: InputSeries, message: str) -> Finding:
    hint = "use `threshold:` for a gauge, or `events:` with `of: gauges`"
    return Finding(codes.NOT_A_COUNTER, message, series.location, hint)


def _recorded(series: InputSeries, name: str, query: str) -> Finding:
    root = expression(query)
    assert root is not None
    units = {flow.unit for flow in flows(root)}
    what = next(words for unit, words in _RECORDED.items() if unit in units)
    message = f"'{name}' is recorded as {what}, and slokit takes its rate: {clip(query, 60)}"
    made_from = [s.metric() for s in read(query).selectors if s.metric()]
    hint = "name the counter that it is made from"
    hint += f": {made_from[0]}" if len(set(made_from)) == 1 else ""
    return Finding(codes.NOT_A_COUNTER, message, series.location, hint)


def _recorded_rates(context: CheckContext) -> Mapping[str, str]:
    """The series without a type that the server's rules fill with rates: name to expression."""
    rated = {name for series in context.series for name in series.rated}
    wanted = {name for name in rated if not _types(context, name)}
    groups = context.server.rule_groups if wanted else ()
    rules = [r for g in groups or () for r in g.rules if r.kind == "recording" and r.name in wanted]
    return {rule.name: rule.query for rule in rules if _is_no_counter(rule.query)}


def _is_no_counter(query: str) -> bool:
    root = expression(query)
    return root is not None and any(flow.unit in _RECORDED for flow in flows(root))


def _types(context: CheckContext, name: str) -> set[str]:
    """The types that exporters declare; a part of a histogram goes by the histogram's name."""
    known = context.server.metadata
    bare = next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)
    return {e.type for n in (name, bare) for e in known.get(n, ())} - _UNKNOWN


def _growing(series: InputSeries) -> Query:
    return Query(probes.only_grows(series.over("1d")), series.subject)


def _all(series: InputSeries) -> Query:
    return Query(f"count({series.promql})", series.subject)


def _falls(series: InputSeries) -> Query:
    return Query(probes.falls_in(series.over("1h")), series.subject)


CHECK = Check("metric-type", (codes.NOT_A_COUNTER, codes.COUNTER_AS_LEVEL), run, __doc__)
