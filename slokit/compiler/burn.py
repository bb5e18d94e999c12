"""Burn rates and budgets: a constant number of rules, each for every SLO of the bundle."""

from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.rules import RecordingRule, Rule
from slokit.compiler.windows import Windows, is_fast
from slokit.model.bundle import Project
from slokit.model.window import Window, summed_over
from slokit.promql import build
from slokit.text.durations import format_duration


def fast_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Burn rates over windows of up to an hour."""
    return tuple(RecordingRule(names.burn(w), burn_expression(w, project)) for w in windows.fast)


def slow_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Counts for each ledger window, and burn rates over hours and days."""
    ledger = project.ledger_window
    counts = names.total_events(ledger), names.bad_events(ledger)
    return (
        _events(counts[0], names.total_rate(ledger), project),
        _events(counts[1], names.bad_rate(ledger), project),
        *(
            RecordingRule(names.labelled(name, window.name), expr)
            for window in windows.period
            for name in counts
            if (expr := _labelled(name, window, project))
        ),
        *(RecordingRule(names.burn(w), burn_expression(w, project)) for w in windows.slow),
    )


def period_rules(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Spent and remaining budget over the SLO windows in use."""
    burns = [
        RecordingRule(names.window_burn(w.name), _period_burn(w, project))
        for w in windows.period
        if not windows.is_slow(w)
    ]
    return (*burns, *(_remaining(window, windows, project) for window in windows.period))


def info(project: Project, **labels: str) -> str:
    """The info series of the bundle with these labels.

    >>> info(Project(), window="30d")
    'slokit:info{bundle="default",window="30d"}'
    """
    return build.series(names.INFO, {names.BUNDLE: project.bundle, **labels})


def only(vector: str, project: Project, **labels: str) -> str:
    """The samples of the SLOs whose info has these labels: a semi-join, safe over any edit.

    >>> print(only("slokit:burn:1d", Project(), window="7d"))
    slokit:burn:1d and on (bundle, service, slo) slokit:info{bundle="default",window="7d"}
    """
    # After an edit and a restart the old and the new info series are both there for five minutes:
    # `and` takes any number of partners, where a join would fail.
    return f"{vector} and {build.ON} {info(project, **labels)}"


def budgets(project: Project) -> str:
    """Allowed bad per total of every SLO.

    >>> budgets(Project())
    'min by (bundle, service, slo) (slokit:budget:ratio{bundle="default"})'
    """
    # one series each, whatever labels a store adds to it; of two the stricter one
    series = build.series(names.BUDGET, {names.BUNDLE: project.bundle})
    return f"min {build.BY} ({series})"


def per_budget(ratio: str, project: Project) -> str:
    """A ratio of bad to total as a burn rate.

    >>> print(per_budget("bad / total", Project()))
    bad / total
    / on (bundle, service, slo) group_left ()
    min by (bundle, service, slo) (slokit:budget:ratio{bundle="default"})
    """
    # many groups of one SLO share its budget: `group_left ()` takes no label along
    return f"{ratio}\n/ {build.ON} group_left () {budgets(project)}"


def _own(name: str, project: Project) -> str:
    return build.series(name, {names.BUNDLE: project.bundle})


def _latest(name: str, project: Project) -> str:
    """The newest ledger window of a side: a level is averaged, a counter's sample is a mean."""
    # the levels stand first: of two samples with the same labels `or` keeps the one on its left
    series, window = _own(name, project), project.ledger_window_name
    levels = only(f"avg_over_time({series}[{window}])", project, measure="level")
    return f"(\n  ({levels})\n  or {series}\n)"


def _fast_side(name: str, window: Fraction, project: Project) -> str:
    """One side over a fast window; the newest ledger window counts at its full weight."""
    # A ledger sample is a mean over five minutes, so a plain sum of them sees an outage late, after
    # three minutes instead of one: the newest one stands for the whole of its ledger window.
    latest = _latest(name, project)
    if window <= project.ledger_window:
        return latest
    weight = build.number(project.ledger_window / project.interval)
    earlier = format_duration(_earlier(window, project))
    series, offset = _own(name, project), project.ledger_window_name
    return f"({weight} * {latest} + sum_over_time({series}[{earlier}] offset {offset}))"


def _earlier(window: Fraction, project: Project) -> Fraction:
    """What is read of a window before its newest ledger window; one sample at least."""
    # an interval short, since ranges are closed on both ends: 54m30s hold 110 samples
    return max(window - project.ledger_window - project.interval, project.interval / 2)


def burn_expression(window: Fraction, project: Project) -> str:
    """The burn rate of every SLO over a window, as the rules record it."""
    return _fast_burn(window, project) if is_fast(window) else _slow_burn(window, project)


def _fast_burn(window: Fraction, project: Project) -> str:
    bad = _fast_side(names.bad_rate(project.ledger_window), window, project)
    total = _fast_side(names.total_rate(project.ledger_window), window, project)
    # `> 0`: without traffic there is no burn rate, neither 0 nor NaN
    return per_budget(f"{bad}\n/ ({total} > 0)", project)


def _events(record: str, source: str, project: Project) -> RecordingRule:
    # a mean and not a sum of the samples: a missed evaluation takes no events away
    seconds = build.number(project.ledger_window)
    mean = f"avg_over_time({_own(source, project)}[{project.ledger_window_name}])"
    return RecordingRule(record, build.events_only(f"{mean} * {seconds}"))


def _slow_burn(window: Fraction, project: Project) -> str:
    bad, total = (
        summed_over(_own(name(project.ledger_window), project), window)
        for name in (names.bad_events, names.total_events)
    )
    return per_budget(f"{bad}\n/ ({total} > 0)", project)


def _period_burn(window: Window, project: Project) -> str:
    bad, total = (
        window.summed(_own(_counted(name(project.ledger_window), window, project), project))
        for name in (names.bad_events, names.total_events)
    )
    bad = only(bad, project, **window.labels)
    return per_budget(f"({bad})\n/ ({total} > 0)", project)


def _labelled(name: str, window: Window, project: Project) -> str:
    """What a window wants recorded of its SLOs' counts; empty when the counts will do."""
    return window.labelled(only(_own(name, project), project, **window.labels))


def _counted(name: str, window: Window, project: Project) -> str:
    """The series of counts that a window adds up."""
    return names.labelled(name, window.name) if _labelled(name, window, project) else name


def _remaining(window: Window, windows: Windows, project: Project) -> RecordingRule:
    spent = _own(names.window_burn(window.name), project)
    if windows.is_slow(window):
        # the burn rate of a burn alert is every SLO's, whatever its window
        spent = f"({only(spent, project, **window.labels)})"
    return RecordingRule(names.BUDGET_REMAINING, f"1 - {spent}", {"window": window.name})
