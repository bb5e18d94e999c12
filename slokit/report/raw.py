"""Evidence from raw history: the ledger's own expressions, evaluated on the same slots.

For an SLO whose ledger is younger than its window. Each slot is what the recording rules would
have written: ``avg_over_time((expr)[5m:interval]) * 300``.
"""

from collections.abc import Iterable, Iterator, Mapping

from slokit.compiler.ledger import raw_ledger
from slokit.prometheus.answers import MetricsSource
from slokit.promql import build
from slokit.report.evidence import Evidence, Key, key_of
from slokit.report.model import BURN_WINDOWS, Counts, Span
from slokit.report.recorded import HOT_BURN
from slokit.spec.bundle import Project
from slokit.spec.model import Slo
from slokit.spec.units import format_duration

_CHUNK = 3 * 86_400.0

Slots = dict[float, tuple[float, float]]


def gather(
    source: MetricsSource,
    slos: Iterable[Slo],
    project: Project,
    spans: Mapping[str, Span],
    period: Span,
) -> Iterator[tuple[Slo, dict[Key, Evidence]]]:
    """Each SLO with what raw history says about its groups; one at a time, for progress."""
    for slo in slos:
        longest = min(spans[slo.window.name].start, period.start)
        groups = _slots(source, slo, project, Span(longest, period.end))
        yield (
            slo,
            {key: _evidence(slots, slo, project, spans, period) for key, slots in groups.items()},
        )


def _slots(source: MetricsSource, slo: Slo, project: Project, span: Span) -> dict[Key, Slots]:
    """The slots of each group: their ends in Unix seconds to (total, bad) events."""
    found: dict[Key, Slots] = {}
    step = float(project.ledger_window)
    ledger = raw_ledger(slo, project)
    total = _slot_query(ledger.total, "total", project)
    query = f"{total} or {_slot_query(ledger.bad, 'bad', project)}"
    parts: dict[Key, dict[str, dict[float, float]]] = {}
    for chunk in _chunks(span, step):
        for series in source.range(query, chunk.start, chunk.end, step):
            labels = {**series.labels, "service": slo.service, "slo": slo.name}
            sides = parts.setdefault(key_of(labels), {})
            sides.setdefault(series.labels["what"], {}).update(series.points)
    for key, sides in parts.items():
        bad = sides.get("bad", {})
        found[key] = {
            moment: (total, bad.get(moment, 0.0))
            for moment, total in sides.get("total", {}).items()
        }
    return found


def _chunks(span: Span, step: float) -> Iterator[Span]:
    """Stretches of a few days, on the slots that end at the span's end."""
    start = span.start + step
    while start <= span.end:
        end = min(start + _CHUNK - step, span.end)
        yield Span(start, end)
        start = end + step


def _slot_query(expression: str, what: str, project: Project) -> str:
    window, interval = project.ledger_window_name, format_duration(project.interval)
    seconds = build.number(project.ledger_window)
    mean = f"avg_over_time({build.own(expression)}[{window}:{interval}]) * {seconds}"
    return f'label_replace({build.events_only(mean)}, "what", "{what}", "", "")'


def _evidence(
    slots: Slots, slo: Slo, project: Project, spans: Mapping[str, Span], period: Span
) -> Evidence:
    evidence, budget, step = Evidence("raw"), float(slo.budget), float(project.ledger_window)
    for name, span in spans.items():
        if counts := _sum(slots, span):
            evidence.spans[name] = counts
    for name, seconds in BURN_WINDOWS.items():
        recent = _sum(slots, Span(period.end - seconds, period.end))
        if recent and recent.total > 0:
            evidence.burn[name] = recent.bad / recent.total / budget
    last = slots.get(period.end) or slots.get(period.end - step)
    evidence.now = last[0] / step if last else None
    evidence.hot = {
        moment: (bad, bad / total / budget)
        for moment, (total, bad) in slots.items()
        if moment > period.start and total > 0 and bad / total / budget > HOT_BURN
    }
    return evidence


def _sum(slots: Slots, span: Span) -> Counts | None:
    inside = [v for moment, v in slots.items() if span.start < moment <= span.end]
    if not inside:
        return None
    return Counts(sum(t for t, _ in inside), sum(b for _, b in inside), len(inside))
