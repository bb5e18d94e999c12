"""Evidence from the recorded ledger: a number of requests that does not grow with the SLOs."""

from collections.abc import Mapping
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.burn import burn_rate
from slokit.compiler.ledger import budgets
from slokit.model.bundle import Project
from slokit.prometheus.types import MetricsSource, Sample
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.reporting.evidence import Evidence, Key, key_of, numbers, points
from slokit.reporting.model import BURN_WINDOWS, Counts, TimeRange
from slokit.text.durations import format_duration

HOT_BURN = 3
_ALERT_LABELS = frozenset("alertname alertstate severity alert_policy long short".split())
_PROBES = 3
_NAMED = 100
_SETTLED = 600.0
_RECENT = Fraction(600)
_MILLISECOND = Fraction(1, 1000)


def gather(
    source: MetricsSource, project: Project, spans: Mapping[str, TimeRange], period: TimeRange
) -> dict[Key, Evidence]:
    """What the ledger says about every group, at the end of the spans."""
    found: dict[Key, Evidence] = {}
    at = period.end
    for name, span in spans.items():
        _add_counts(found, source.instant(_span_query(span, project), at), name)
    for sample in numbers(source.instant(_burn_query(project), at)):
        _of(found, sample).burn[sample.labels.get(names.SIDE, "")] = sample.value
    total = build.series(names.total_rate(project.ledger_window), _own(project))
    recently = format_duration(max(_RECENT, 4 * project.interval))
    for sample in numbers(source.instant(f"last_over_time({total}[{recently}])", at)):
        _of(found, sample).now = sample.value
    _add_hot(found, source, project, period)
    _add_alerts(found, source, project, period)
    return found


def is_one_server(source: MetricsSource, project: Project, at: float) -> bool:
    """Whether the same question, asked three times about the past, has one answer."""
    total = build.series(names.total_rate(project.ledger_window), _own(project))
    bad = build.series(names.bad_rate(project.ledger_window), _own(project))
    question = f"sum({total}) or {_named(f'sum({bad})', 'bad')}"
    answers = {
        tuple(str(s.value) for s in source.instant(question, at - _SETTLED)) for _ in range(_PROBES)
    }
    return len(answers) == 1


def _own(project: Project) -> dict[str, str]:
    return {names.BUNDLE: project.bundle}


def _of(found: dict[Key, Evidence], sample: Sample) -> Evidence:
    return found.setdefault(key_of(sample.labels), Evidence("recorded"))


def _named(vector: str, side: str) -> str:
    return f'label_replace({vector}, "{names.SIDE}", "{side}", "", "")'


def _span_query(span: TimeRange, project: Project) -> str:
    """Both sides over a span, and how many ledger windows of it were counted."""
    length = range_of(Fraction(int(span.seconds)))
    total, bad = (
        f"{build.series(name(project.ledger_window), _own(project))}[{length}]"
        for name in (names.total_events, names.bad_events)
    )
    terms = {
        "total": f"sum_over_time({total})",
        "bad": f"sum_over_time({bad})",
        "slots": f"count_over_time({total})",
    }
    return " or ".join(_named(vector, side) for side, vector in terms.items())


def range_of(seconds: Fraction) -> str:
    """A range of which one end is open, so that it holds as many ledger windows as fit into it.

    A report is asked at any moment between two of them; ranges are closed on both ends before
    Prometheus 3.
    """
    return format_duration(seconds - _MILLISECOND)


def _add_counts(found: dict[Key, Evidence], vector: tuple[Sample, ...], name: str) -> None:
    parts: dict[Key, dict[str, float]] = {}
    for sample in numbers(vector):
        sides = parts.setdefault(key_of(sample.labels), {})
        sides[sample.labels.get(names.SIDE, "")] = sample.value
    for key, sides in parts.items():
        if sides.keys() >= {"total", "bad", "slots"}:
            evidence = found.setdefault(key, Evidence("recorded"))
            evidence.spans[name] = Counts(sides["total"], sides["bad"], int(sides["slots"]))


def _burn_query(project: Project) -> str:
    return " or ".join(
        _named(burn_rate(Fraction(seconds), project), name)
        for name, seconds in BURN_WINDOWS.items()
    )


def _add_hot(
    found: dict[Key, Evidence], source: MetricsSource, project: Project, period: TimeRange
) -> None:
    """Ledger windows that burned fast, out of the whole period: only those come back."""
    suspects = _suspects(source, project, period)
    if not suspects:
        return
    window = project.ledger_window
    mine = [Matcher(names.SERVICE, "=~", "|".join(suspects))] if len(suspects) <= _NAMED else []
    bad = _slot(names.bad_events(window), project, *mine)
    total = _slot(names.total_events(window), project, *mine)
    burn = f"{bad} / ({total} > 0) / {build.ON} group_left () {budgets(project)} > {HOT_BURN}"
    query = f"{_named(f'({burn})', 'burn')} or {_named(f'({bad} and ({burn}))', 'bad')}"
    step = float(window)
    hot: dict[Key, dict[float, dict[str, float]]] = {}
    for series in source.range(query, _first_slot(period, step), period.end, step):
        slots = hot.setdefault(key_of(series.labels), {})
        for moment, value in points(series):
            slots.setdefault(moment, {})[series.labels.get(names.SIDE, "")] = value
    for key, slots in hot.items():
        evidence = found.setdefault(key, Evidence("recorded"))
        evidence.hot = {
            moment: (values["bad"], values["burn"])
            for moment, values in slots.items()
            if len(values) == 2
        }


def _suspects(source: MetricsSource, project: Project, period: TimeRange) -> list[str]:
    """Services that may have burned fast, by a bound that no single ledger window exceeds.

    The most bad events of a window over the fewest of all, against the smallest budget: that reads
    every count once, where asking about each window reads it at every step.
    """
    window, length = project.ledger_window, range_of(Fraction(int(period.seconds)))
    bad = build.series(names.bad_events(window), _own(project))
    total = build.series(names.total_events(window), _own(project))
    budget = build.series(names.BUDGET, _own(project))
    ratio = f"max_over_time({bad}[{length}]) / min_over_time({total}[{length}])"
    least = f"min {build.BY} (min_over_time({budget}[{length}:{format_duration(window)}]))"
    bound = f"{ratio} / {build.ON} group_left () {least} > {HOT_BURN}"
    found = source.instant(bound, period.end)
    return sorted({sample.labels.get(names.SERVICE, "") for sample in found})


def _slot(name: str, project: Project, *patterns: Matcher) -> str:
    """The count of the ledger window that ends at or before the moment, each exactly once."""
    length = range_of(project.ledger_window)
    return f"last_over_time({build.series(name, _own(project), *patterns)}[{length}])"


def _first_slot(period: TimeRange, step: float) -> float:
    """The end of the first whole ledger window, counted from the end of the period."""
    return period.end - (period.seconds // step - 1) * step


def _add_alerts(
    found: dict[Key, Evidence], source: MetricsSource, project: Project, period: TimeRange
) -> None:
    """Alerts that fired at some time of each ledger window, and those that fire at the end."""
    labels = {"alertname": names.BURN_ALERT, "alertstate": "firing", **_own(project)}
    firing = build.series("ALERTS", labels)
    step = float(project.ledger_window)
    extra = _ALERT_LABELS | set(project.alert_labels)
    window = f"last_over_time({firing}[{range_of(project.ledger_window)}])"
    for series in source.range(window, _first_slot(period, step), period.end, step):
        key = key_of(series.labels, frozenset(extra))
        evidence = found.setdefault(key, Evidence("recorded"))
        for moment, _ in series.points:
            evidence.alerts.setdefault(moment, set()).add(_alert_name(series.labels))
    for sample in source.instant(firing, period.end):
        key = key_of(sample.labels, frozenset(extra))
        found.setdefault(key, Evidence("recorded")).firing.add(_alert_name(sample.labels))


def _alert_name(labels: Mapping[str, str]) -> str:
    """Such as ``page 1h``."""
    return f"{labels.get('severity', '')} {labels.get('long', '')}".strip()
