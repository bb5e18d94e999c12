"""Evidence from raw history: the ledger's own expressions, evaluated on the same slots.

For an SLO whose ledger is younger than its window. Each slot is what the recording rules would
have written: ``avg_over_time((expr)[5m:interval]) * 300``, the range open on one end, so that no
moment counts in two slots.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import raw_ledger
from slokit.model.alerting import BurnAlert
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.prometheus.types import MetricsSource
from slokit.promql import build
from slokit.reporting.evidence import Evidence, Key, key_of, points
from slokit.reporting.model import BURN_WINDOWS, Counts, TimeRange
from slokit.reporting.recorded import HOT_BURN, range_of
from slokit.text.durations import format_duration

_STRETCH = Fraction(3 * 86_400)

Slots = dict[float, tuple[float, float]]


def gather(
    source: MetricsSource,
    slos: Iterable[Slo],
    project: Project,
    spans: Mapping[str, TimeRange],
    period: TimeRange,
) -> Iterator[tuple[Slo, dict[Key, Evidence]]]:
    """Each SLO with what raw history says about its groups; one at a time, for progress."""
    for slo in slos:
        longest = min(spans[slo.window.name].start, period.start)
        groups = _slots(source, slo, project, TimeRange(longest, period.end))
        yield (
            slo,
            {key: _evidence(slots, slo, project, spans, period) for key, slots in groups.items()},
        )


def _slots(source: MetricsSource, slo: Slo, project: Project, span: TimeRange) -> dict[Key, Slots]:
    """The slots of each group: their ends in Unix seconds to (total, bad) events."""
    found: dict[Key, Slots] = {}
    step = float(project.ledger_window)
    ledger = raw_ledger(slo, project)
    total = _slot_query(ledger.total, "total", project)
    query = f"{total} or {_slot_query(ledger.bad, 'bad', project)}"
    parts: dict[Key, dict[str, dict[float, float]]] = {}
    for chunk in _filled(source, build.own(ledger.total), project, span):
        for series in source.range(query, chunk.start, chunk.end, step):
            labels = {**series.labels, names.SERVICE: slo.service, names.SLO: slo.name}
            sides = parts.setdefault(key_of(labels), {})
            sides.setdefault(series.labels.get(names.SIDE, ""), {}).update(points(series))
    for key, sides in parts.items():
        totals, bads = sides.get("total", {}), sides.get("bad", {})
        found[key] = {at: (totals[at], bads[at]) for at in totals if at in bads}
    return found


def _filled(
    source: MetricsSource, total: str, project: Project, span: TimeRange
) -> Iterator[TimeRange]:
    """The stretches in which the total had data: history is often shorter than a window.

    A look at each ledger window costs a twentieth of the whole question.
    """
    chunks = {chunk.end: chunk for chunk in _chunks(span, float(project.ledger_window))}
    if not chunks:
        return
    looked = f"count_over_time({total}[{format_duration(_STRETCH)}:{project.ledger_window_name}])"
    answer = source.range(looked, min(chunks), span.end, float(_STRETCH))
    filled = {at for series in answer for at, _ in series.points}
    yield from (chunk for end, chunk in sorted(chunks.items()) if end in filled)


def _chunks(span: TimeRange, step: float) -> Iterator[TimeRange]:
    """Stretches of whole ledger windows that end at the span's end, newest first."""
    first = span.end - (span.seconds // step - 1) * step
    end = span.end
    while end >= first:
        yield TimeRange(max(end - float(_STRETCH) + step, first), end)
        end -= float(_STRETCH)


def _slot_query(expression: str, side: str, project: Project) -> str:
    window, interval = range_of(project.ledger_window), format_duration(project.interval)
    seconds = build.number(project.ledger_window)
    mean = f"avg_over_time({build.own(expression)}[{window}:{interval}]) * {seconds}"
    return f'label_replace({build.events_only(mean)}, "{names.SIDE}", "{side}", "", "")'


def _evidence(
    slots: Slots, slo: Slo, project: Project, spans: Mapping[str, TimeRange], period: TimeRange
) -> Evidence:
    evidence, budget, step = Evidence("raw"), float(slo.budget), float(project.ledger_window)
    for name, span in spans.items():
        if counts := _sum(slots, span):
            evidence.spans[name] = counts
    for name, seconds in BURN_WINDOWS.items():
        recent = _sum(slots, TimeRange(period.end - seconds, period.end))
        if recent and recent.total > 0:
            evidence.burn[name] = recent.bad / recent.total / budget
    last = slots.get(period.end) or slots.get(period.end - step)
    evidence.now = last[0] / step if last else None
    evidence.firing = _firing(slots, slo, period.end)
    evidence.hot = {
        moment: (bad, bad / total / budget)
        for moment, (total, bad) in slots.items()
        if moment > period.start and total > 0 and bad / total / budget > HOT_BURN
    }
    return evidence


def _firing(slots: Slots, slo: Slo, end: float) -> set[str]:
    """The burn alerts that would fire at the end, by the rules' own conditions."""
    allowed = float(slo.budget)

    def burns(window: Fraction, alert: BurnAlert, fewest: float = 0.0) -> bool:
        recent = _sum(slots, TimeRange(end - float(window), end))
        return (
            recent is not None
            and recent.bad > float(alert.burn) * allowed * recent.total
            and recent.bad >= fewest
        )

    return {
        f"{alert.severity} {format_duration(alert.long)}"
        for alert in slo.policy.burn_alerts
        if alert.fits(slo.window)
        and burns(alert.short, alert)
        and burns(alert.long, alert, alert.waits_for(slo.min_bad_events) - 0.5)
    }


def _sum(slots: Slots, span: TimeRange) -> Counts | None:
    inside = [v for moment, v in slots.items() if span.start < moment <= span.end]
    if not inside:
        return None
    return Counts(sum(t for t, _ in inside), sum(b for _, b in inside), len(inside))
