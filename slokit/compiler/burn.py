"""Burn rates and budgets: a constant number of rules, each for every SLO of the bundle."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.rules import RecordingRule, Rule
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.model.window import Window
from slokit.promql import build
from slokit.text.durations import format_duration

_LONGEST_FAST = Fraction(3600)
_MINUTE = Fraction(60)


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that something in the bundle uses, in seconds, each once and ordered."""

    fast: tuple[Fraction, ...]
    slow: tuple[Fraction, ...]
    period: tuple[Window, ...]


def windows_in_use(slos: Iterable[Slo]) -> Windows:
    """The windows of the burn alerts that some SLO can set off, and the SLO windows."""
    slos = tuple(slos)
    alerting = {
        span
        for slo in slos
        for alert in slo.policy.burn_alerts
        if alert.fits(slo.window)
        for span in (alert.long, alert.short)
    }
    return Windows(
        fast=tuple(sorted(w for w in alerting if is_fast(w))),
        slow=tuple(sorted(w for w in alerting if not is_fast(w))),
        period=tuple(sorted({slo.window for slo in slos}, key=lambda w: w.seconds)),
    )


def is_fast(window: Fraction) -> bool:
    """Whether the burn rate over this window is computed in the fast group."""
    return window <= _LONGEST_FAST


def fast_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Burn rates over windows of up to an hour."""
    return tuple(RecordingRule(names.burn(w), burn_expression(w, project)) for w in windows.fast)


def slow_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Counts for each ledger window, and burn rates over hours and days."""
    ledger = project.ledger_window
    return (
        _events(names.total_events(ledger), names.total_rate(ledger), project),
        _events(names.bad_events(ledger), names.bad_rate(ledger), project),
        *(RecordingRule(names.burn(w), burn_expression(w, project)) for w in windows.slow),
    )


def period_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Spent and remaining budget over the SLO windows in use."""
    burns = [
        RecordingRule(names.burn(w.seconds), _period_burn(w, project))
        for w in windows.period
        if w.seconds not in windows.slow
    ]
    return (*burns, *(_remaining(window, windows, project) for window in windows.period))


def look_back(project: Project) -> str:
    """How far back a rule looks for a slow series: two of its intervals, and something for jitter.

    Prometheus itself forgets a sample after five minutes, which is when a slow one is replaced.
    """
    return format_duration(2 * project.ledger_window + 2 * _MINUTE)


def info(project: Project, **labels: str) -> str:
    """The info series of the bundle with these labels."""
    return build.series(names.INFO, {names.BUNDLE: project.bundle, **labels})


def only(vector: str, project: Project, **labels: str) -> str:
    """The samples of the SLOs whose info has these labels: a semi-join, safe over any edit."""
    return f"{vector} and {build.ON} {info(project, **labels)}"


def budgets(project: Project) -> str:
    """Allowed bad per total of every SLO, one series each even while an edit overlaps."""
    series = build.series(names.BUDGET, {names.BUNDLE: project.bundle})
    return f"min {build.BY} ({series})"


def per_budget(ratio: str, project: Project) -> str:
    """A ratio of bad to total as a burn rate."""
    return f"{ratio}\n/ {build.ON} group_left () {budgets(project)}"


def _own(name: str, project: Project) -> str:
    return build.series(name, {names.BUNDLE: project.bundle})


def _latest(name: str, project: Project) -> str:
    """The newest ledger window of a side: a level is averaged, a counter's sample is a mean."""
    series, window = _own(name, project), project.ledger_window_name
    levels = only(f"avg_over_time({series}[{window}])", project, measure="level")
    return f"(\n  ({levels})\n  or {series}\n)"


def _fast_side(name: str, window: Fraction, project: Project) -> str:
    """One side over a fast window; the newest ledger window counts at its full weight."""
    latest = _latest(name, project)
    if window <= project.ledger_window:
        return latest
    weight = build.number(project.ledger_window / project.interval)
    earlier = format_duration(_earlier(window, project))
    series, offset = _own(name, project), project.ledger_window_name
    return f"({weight} * {latest} + sum_over_time({series}[{earlier}] offset {offset}))"


def _earlier(window: Fraction, project: Project) -> Fraction:
    """What is read of a window before its newest ledger window; one sample at least."""
    return max(window - project.ledger_window - project.interval, project.interval / 2)


def burn_expression(window: Fraction, project: Project) -> str:
    """The burn rate of every SLO over a window, as the rules record it."""
    return _fast_burn(window, project) if is_fast(window) else _slow_burn(window, project)


def _fast_burn(window: Fraction, project: Project) -> str:
    bad = _fast_side(names.bad_rate(project.ledger_window), window, project)
    total = _fast_side(names.total_rate(project.ledger_window), window, project)
    return per_budget(f"{bad}\n/ ({total} > 0)", project)


def _events(record: str, source: str, project: Project) -> RecordingRule:
    seconds = build.number(project.ledger_window)
    mean = f"avg_over_time({_own(source, project)}[{project.ledger_window_name}])"
    return RecordingRule(record, build.events_only(f"{mean} * {seconds}"))


def counts(name: str, window: Fraction, project: Project) -> str:
    """Events over a window, out of the counts of its ledger windows.

    A minute short of the window, so that the same number of slots is read on every version,
    whether ranges are closed on both ends or left-open.
    """
    return f"sum_over_time({_own(name, project)}[{format_duration(window - _MINUTE)}])"


def _ratio(window: Fraction, project: Project) -> str:
    bad = counts(names.bad_events(project.ledger_window), window, project)
    total = counts(names.total_events(project.ledger_window), window, project)
    return f"{bad}\n/ ({total} > 0)"


def _slow_burn(window: Fraction, project: Project) -> str:
    return per_budget(_ratio(window, project), project)


def _period_burn(window: Window, project: Project) -> str:
    bad = counts(names.bad_events(project.ledger_window), window.seconds, project)
    total = counts(names.total_events(project.ledger_window), window.seconds, project)
    bad = only(bad, project, window=window.name)
    return per_budget(f"({bad})\n/ ({total} > 0)", project)


def _remaining(window: Window, windows: Windows, project: Project) -> RecordingRule:
    spent = _own(names.burn(window.seconds), project)
    if window.seconds in windows.slow:
        spent = f"({only(spent, project, window=window.name)})"
    return RecordingRule(names.BUDGET_REMAINING, f"1 - {spent}", {"window": window.name})
