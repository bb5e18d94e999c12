"""Is the metric scraped often enough for the ledger window?

Finds SLK614. The spacing of samples shows it on every server; the list of targets, which does not
say which of them a selector reads, is not asked.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.series import INFO, InputSeries
from slokit.text.durations import format_duration
from slokit.text.words import counted

_LEAST = 4
_WINDOWS = (300, 360, 600, 720, 900, 1200, 1800, 3600)
"""Ledger windows that divide an hour, in seconds."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each metric of a service with fewer than four samples in a ledger window."""
    wanted = [
        (series, _samples(context, series))
        for series in context.series
        if series.is_selector
        and series.side.role not in {INFO, "member"}
        and context.exists(series)
    ]
    answers = context.batch.ask(query for _, query in wanted)
    found: set[tuple[str, str]] = set()
    for series, query in wanted:
        samples = answers[query].value
        key = (series.slo.service, series.name)
        if samples and samples < _LEAST and key not in found:
            found.add(key)
            yield _slow(context, series, samples)


def _slow(context: CheckContext, series: InputSeries, samples: float) -> Finding:
    window = float(context.project.ledger_window)
    had = f"{series.name} had {counted(round(samples), 'sample')} in the last {_window(context)}"
    message = f"{had}, and the ledger window needs {_LEAST}"
    hint = f"scrape at least every {wording.seconds(window / _LEAST)}"
    # one sample more or less falls into the window by chance
    enough = next((w for w in _WINDOWS if w >= _LEAST * window / (samples - 0.5)), None)
    if enough:
        hint += f", or set `ledger_window: {format_duration(enough)}` in slokit.yaml"
    return Finding(codes.SLOW_SCRAPE, message, series.location, hint)


def _samples(context: CheckContext, series: InputSeries) -> Query:
    before = series.earlier(context.project.ledger_window)
    promql = probes.samples_in(series.over(_window(context)), before)
    # count_over_time() drops the metric's name over the ledger window, as rate() does in the rules
    is_rated = series.side.role in {"counter", "histogram"}
    return Query(promql, series.subject, is_like_rules=is_rated)


def _window(context: CheckContext) -> str:
    return context.project.ledger_window_name


CHECK = Check("scrape-interval", (codes.SLOW_SCRAPE,), run, __doc__)
