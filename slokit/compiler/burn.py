"""Burn rates and budgets: a constant number of rules, each for every SLO of the bundle.

Fast windows read the ledger's own samples, so that an outage shows within a minute. Slow ones and
SLO windows read counts, one for each ledger window: a tenth of the samples, and plain events.
"""

from fractions import Fraction

from slokit.compiler import first_day, names
from slokit.compiler.calendar_windows import compile_periods, spent_so_far
from slokit.compiler.ledger import budgets, only, per_budget, series
from slokit.compiler.rules import RecordingRule, Rule
from slokit.compiler.windows import Windows, is_fast, latest
from slokit.model.bundle import Project
from slokit.model.window import CalendarWindow, Window, summed_over
from slokit.promql import build
from slokit.text.durations import format_duration, open_range

_HOUR, _DAY = Fraction(3600), Fraction(86_400)


def compile_fast(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Since when there is data, and burn rates over windows of up to an hour."""
    since = RecordingRule(names.SINCE, first_day.since(project))
    return since, *(_of_window(w, project) for w in windows.fast)


def compile_slow(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Counts for each ledger window, what SLO windows want of them, and the slow burn rates."""
    ledger = project.ledger_window
    sides = (
        (names.total_events(ledger), names.total_rate(ledger)),
        (names.bad_events(ledger), names.bad_rate(ledger)),
    )
    return (
        # In this order: a group is evaluated rule by rule, and each reads what those before it have
        # recorded of this very evaluation.
        *(RecordingRule(counts, counts_of(rate, project)) for counts, rate in sides),
        RecordingRule(names.ACTIVE, active(project)),
        *(_of_window(w, project) for w in windows.slow),
        *compile_periods(windows, project),
    )


def compile_period(windows: Windows, project: Project) -> tuple[Rule, ...]:
    """Spent and remaining budget over the SLO windows in use, and whose history is long enough."""
    weighed = [
        RecordingRule(names.BUDGET_EVENTS, budget_events(w, project), {"window": w.name})
        for w in windows.weighed
    ]
    burns = [
        RecordingRule(
            names.window_burn(w.name),
            window_burn_rate(w, project, is_weighed=w in windows.weighed),
        )
        for w in windows.period
        # A burn alert over as long a window records the same series already; those of calendar
        # windows stand behind the counts that they read.
        if w.is_rolling and not windows.is_recorded(w)
    ]
    return (
        *weighed,
        *burns,
        *(_remaining(window, windows, project) for window in windows.period),
        *(
            RecordingRule(names.HISTORY, history(w, project), {"window": w.name})
            for w in windows.period
        ),
    )


def _of_window(window: Fraction, project: Project) -> RecordingRule:
    expr = first_day.as_good(burn_rate(window, project), window, project)
    return RecordingRule(names.burn(window), expr)


def burn_rate(window: Fraction, project: Project) -> str:
    """The burn rate of every SLO over so many seconds, by what was measured of them.

    No traffic gives no sample: neither NaN nor a made-up 0 or 1. Hence ``> 0`` below the line.

    >>> print(burn_rate(Fraction(7200), Project()))
    sum_over_time(slokit:bad:events5m{bundle="default"}[1h59m])
    / (sum_over_time(slokit:total:events5m{bundle="default"}[1h59m]) > 0)
    / on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (slokit:budget:ratio{bundle="default"})
    """
    ledger = project.ledger_window
    if is_fast(window):
        bad = fast_side(names.bad_rate(ledger), window, project)
        total = fast_side(names.total_rate(ledger), window, project)
    else:
        bad = summed_over(series(names.bad_events(ledger), project), window)
        total = summed_over(series(names.total_events(ledger), project), window)
    return per_budget(f"{bad}\n/ ({total} > 0)", project)


def fast_side(rate: str, window: Fraction, project: Project) -> str:
    """One side of a fast burn rate, in samples of the ledger: only the quotient of two is used.

    A counter's sample is a mean over the ledger window already; a level's is one instant, and is
    averaged first. So the newest ledger window needs no sum, and its one value stands for as many
    samples as the ledger window has: ten of 30 s in five minutes, hence ``10 *``. Read so, an
    outage has its full weight after a minute instead of three. What went before is added up sample
    by sample, over a range that holds the same samples whether its left end is closed (Prometheus
    2.x) or open (3.x).

    >>> print(fast_side("x", Fraction(1800), Project()))
    (10 * (
      (avg_over_time(x{bundle="default"}[4m59s999ms]) and on (bundle, service, slo)
       slokit:info{bundle="default",measure="level"})
      or x{bundle="default"}
    ) + sum_over_time(x{bundle="default"}[24m59s999ms] offset 5m))
    """
    own, ledger = series(rate, project), project.ledger_window_name
    newest_range = open_range(project.ledger_window)
    levels = only(f"avg_over_time({own}[{newest_range}])", project, measure="level")
    # the levels stand first: of two samples with the same labels `or` keeps the one on its left
    newest = f"(\n  ({levels})\n  or {own}\n)"
    if window <= project.ledger_window:
        return newest
    weight = build.number(project.ledger_window / project.interval)
    # where the ledger window is nearly all of the window, an interval finds one sample
    rest = open_range(max(window - project.ledger_window, project.interval))
    return f"({weight} * {newest} + sum_over_time({own}[{rest}] offset {ledger}))"


def counts_of(rate: str, project: Project) -> str:
    """The events of a ledger window: each sample is a mean over it, or an instant of a level.

    Of counters the mean of the samples counts for all of the window, for a sum would lose events
    with every evaluation that is missed. Of levels the measured seconds count, and no others. An
    event that happens seldom is in each evaluation of a ledger window: it counts by how many of the
    evaluations that were made hold it, or one right after a gap would count more than once. Every
    evaluation records the budget.

    The newest interval is left to the next count: a ledger whose evaluation falls on the moment of
    this one may not have written its sample yet, and the next count would begin behind it.

    >>> print(counts_of("slokit:bad:rate5m", Project()))
    (
      (sum_over_time(slokit:bad:rate5m{bundle="default"}[4m59s999ms] offset 30s) * 30
       and on (bundle, service, slo) slokit:info{bundle="default",measure="level"})
      or (sum_over_time(slokit:bad:rate5m{bundle="default"}[4m59s999ms] offset 30s)
       * on (bundle, service, slo) group_left () (300 / max by (bundle, service, slo)
       (count_over_time(slokit:budget:ratio{bundle="default"}[4m59s999ms] offset 30s)))
       and on (bundle, service, slo) slokit:info{bundle="default",measure="count"})
      or avg_over_time(slokit:bad:rate5m{bundle="default"}[4m59s999ms] offset 30s) * 300
    ) >= 0 < Inf
    """
    written = f"[{open_range(project.ledger_window)}] offset {format_duration(project.interval)}"
    samples, evaluated = (series(n, project) + written for n in (rate, names.BUDGET))
    seconds, interval = build.number(project.ledger_window), build.number(project.interval)
    levels = only(f"sum_over_time({samples}) * {interval}", project, measure="level")
    each = f"({seconds} / max {build.BY} (count_over_time({evaluated})))"
    counted = f"sum_over_time({samples}) * {build.ON} group_left () {each}"
    means = f"avg_over_time({samples}) * {seconds}"
    counts = only(counted, project, measure="count")
    return build.events_only(f"(\n  ({levels})\n  or ({counts})\n  or {means}\n)")


def active(project: Project) -> str:
    """Which groups had any event within the last hour, as 1, and which were idle, as 0.

    Only while they have data: their last sample says how it was when it ended.

    >>> print(active(Project()))
    sum_over_time(slokit:total:events5m{bundle="default"}[59m]) > bool 0
    and slokit:total:events5m{bundle="default"}
    """
    counts = series(names.total_events(project.ledger_window), project)
    return f"{summed_over(counts, _HOUR)} > bool 0\nand {counts}"


def budget_events(window: Window, project: Project) -> str:
    """How many bad events the budget of a whole SLO window is, with the traffic that there was.

    Of a group that is younger, with as much before its first sample as since. Of a calendar window
    the events of as long a time: on its first day it has had few.

    >>> print(budget_events(RollingWindow(Fraction(604_800)), Project()))
    (sum_over_time(slokit:total:events5m{bundle="default"}[6d23h59m])
     and on (bundle, service, slo) slokit:info{bundle="default",window="7d"})
    * on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (slokit:budget:ratio{bundle="default"})
    / clamp_max((time() -
    last_over_time(slokit:since:timestamp{bundle="default"}[12m])) / 604800, 1)
    """
    counts = summed_over(series(names.total_events(project.ledger_window), project), window.longest)
    total = f"({only(counts, project, window=window.name)})"
    allowed = f"{total}\n* {build.ON} group_left () {budgets(project)}"
    return f"{allowed}\n/ {first_day.passed(window.longest, project)}"


def window_burn_rate(window: Window, project: Project, *, is_weighed: bool = False) -> str:
    """The burn rate over an SLO window, of the SLOs that have this window.

    Where its budget is known in events (``is_weighed``), the total is not added up once more.

    >>> print(window_burn_rate(RollingWindow(Fraction(604_800)), Project()))
    (sum_over_time(slokit:bad:events5m{bundle="default"}[6d23h59m])
     and on (bundle, service, slo) slokit:info{bundle="default",window="7d"})
    / (sum_over_time(slokit:total:events5m{bundle="default"}[6d23h59m]) > 0)
    / on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (slokit:budget:ratio{bundle="default"})
    * clamp_max((time() -
    last_over_time(slokit:since:timestamp{bundle="default"}[12m])) / 604800, 1)
    """
    ledger = project.ledger_window
    bad = window.summed(series(names.bad_events(ledger), project))
    own = f"({only(bad, project, window=window.name)})"
    if is_weighed:
        allowed = latest(series(names.BUDGET_EVENTS, project, window=window.name), project)
        return f"{own}\n/ ignoring (window) ({allowed} > 0)"
    total = window.summed(series(names.total_events(ledger), project))
    burn = per_budget(f"{own}\n/ ({total} > 0)", project)
    return first_day.as_good(burn, window.longest, project)


def history(window: Window, project: Project) -> str:
    """Which groups of the SLOs with this window have a history of half of it.

    Of counts, or of a budget, which is there as long as its own window holds any: so what runs once
    a month, or was gone for longer than half a window, keeps its history; what was silent for a
    whole one begins anew. A day of budgets, for the ruler may have been down. Recorded, for the
    range is long: alerts and dashboards read the answer. ``max without (window)`` because an edited
    window has the history of the old one.

    >>> print(history(RollingWindow(Fraction(604_800)), Project()))
    (
      present_over_time(slokit:total:events5m{bundle="default"}[3d12h] offset 3d12h)
      or max without (window)
      (present_over_time(slokit:budget_remaining:ratio{bundle="default"}[1d] offset 3d12h))
    ) and on (bundle, service, slo) slokit:info{bundle="default",window="7d"}
    """
    counts = series(names.total_events(project.ledger_window), project)
    left = series(names.BUDGET_REMAINING, project)
    budget = f"max without (window) ({window.halfway(left, _DAY)})"
    return only(f"(\n  {window.halfway(counts)}\n  or {budget}\n)", project, window=window.name)


def _remaining(window: Window, windows: Windows, project: Project) -> RecordingRule:
    spent = series(names.window_burn(window.name), project)
    if windows.is_recorded(window):
        # the burn rate of a burn alert is every SLO's, whatever its window
        spent = f"({only(spent, project, window=window.name)})"
    elif isinstance(window, CalendarWindow):
        spent = spent_so_far(window, project)
    # The label says of which window: all SLO windows share the name of the series, so that alerts
    # and dashboards need not know which windows there are.
    return RecordingRule(names.BUDGET_REMAINING, f"1 - {spent}", {"window": window.name})
