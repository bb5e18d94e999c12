"""Calendar windows in PromQL: counts labelled with their period, added up as long as it lasts.

A range of PromQL ends now and is always as long; a calendar window begins at a boundary. So each
count is recorded once more with the day on which its period began, and the counts of the newest
period alone are added up: at the boundary the sum begins anew. Local time comes from the table of
:mod:`slokit.compiler.local_time`. All SLOs of a unit share its rules, whatever their time zones.
"""

import math

from slokit.compiler import names
from slokit.compiler.ledger import info, per_budget, series
from slokit.compiler.local_time import local_time
from slokit.compiler.rules import RecordingRule
from slokit.compiler.windows import Windows, latest
from slokit.model.bundle import Project
from slokit.model.window import MONTH, QUARTER, WEEK, YEAR, CalendarWindow
from slokit.promql import build

_DAY = 86_400


def compile_periods(windows: Windows, project: Project) -> tuple[RecordingRule, ...]:
    """Local times, which period it is, its counts and its burn rate; each reads those before it.

    All in the group that records the counts, so that the period of a count and the period that is
    added up are always those of one evaluation.
    """
    ledger = project.ledger_window
    clocks = (
        RecordingRule(
            names.COUNTS_LOCAL_TIME,
            # Where all that a count holds lies in a period, it is the period's: nothing of the old
            # one is left in the new one.
            local_time(zone, -math.ceil(project.count_reach)),
            {names.BUNDLE: project.bundle, names.TIMEZONE: zone},
        )
        for zone in windows.zones
    )
    sides = (names.total_events(ledger), names.bad_events(ledger))
    return (
        *clocks,
        *(
            RecordingRule(names.WINDOW_ELAPSED, elapsed(w, project), {"window": w.name})
            for w in windows.calendar
        ),
        *(
            RecordingRule(names.labelled(counts, w.name), labelled(counts, w, project))
            for w in windows.calendar
            for counts in sides
        ),
        *(
            RecordingRule(names.window_burn(w.name), calendar_burn_rate(w, project))
            for w in windows.calendar
        ),
    )


def elapsed(window: CalendarWindow, project: Project) -> str:
    """How much of its period has passed for each SLO with this window, and which period it is.

    ``period`` is the day on which it began: 20261101. Each day counts as long as any other, those
    of a clock change as well. ``max`` takes off the time zone, which an edit may leave twice.

    >>> print(elapsed(CalendarWindow(MONTH), Project()))
    max by (bundle, service, slo, period) (
      group by (bundle, service, slo, timezone) (slokit:info{bundle="default",window="month"})
      * on (timezone) group_left (period) (
        count_values by (timezone) ("period",
          year(slokit:counts_local_time:seconds{bundle="default"}) * 10000
          + month(slokit:counts_local_time:seconds{bundle="default"}) * 100
          + 1
        )
        * on (timezone) group_left ()
        ((day_of_month(slokit:counts_local_time:seconds{bundle="default"}) - 1
          + slokit:counts_local_time:seconds{bundle="default"} % 86400 / 86400)
          / days_in_month(slokit:counts_local_time:seconds{bundle="default"}))
      )
    )
    """
    local = series(names.COUNTS_LOCAL_TIME, project)
    began, share = _PERIODS[window.name](local)
    own = f"{names.BUNDLE}, {names.SERVICE}, {names.SLO}"
    zone, period = names.TIMEZONE, names.WINDOW_PERIOD
    slos = f"group by ({own}, {zone}) ({info(project, window=window.name)})"
    return (
        f"max by ({own}, {period}) (\n  {slos}\n  * on ({zone}) group_left ({period}) (\n"
        f'    count_values by ({zone}) ("{period}",\n      {began}\n    )\n'
        f"    * on ({zone}) group_left () ({share})\n  )\n)"
    )


def _date(local: str, month: str, day: str) -> str:
    """A date as one number, which ``count_values`` makes a label of: 20261101."""
    return f"year({local}) * 10000\n      + {month} * 100\n      + {day}"


def _time(local: str) -> str:
    """The part of the day that has passed."""
    return f"{local} % {_DAY} / {_DAY}"


def _week(local: str) -> tuple[str, str]:
    past = f"(day_of_week({local}) + 6) % 7"
    monday = f"({local} - {past} * {_DAY})"
    share = f"({past}\n      + {_time(local)}) / 7"
    return _date(monday, f"month({monday})", f"day_of_month({monday})"), share


def _month(local: str) -> tuple[str, str]:
    share = f"(day_of_month({local}) - 1\n      + {_time(local)})\n      / days_in_month({local})"
    return _date(local, f"month({local})", "1"), share


def _leap(local: str) -> str:
    """1 in a leap year; the table of local time has none of a century without one."""
    return f"(year({local}) % 4 == bool 0)"


def _quarter(local: str) -> tuple[str, str]:
    month, leap = f"month({local})", _leap(local)
    # days of the quarters: 90, or 91 in a leap year, then 91, 92 and 92
    past = (
        f"day_of_year({local}) - 1\n"
        f"      - (90 + {leap}) * ({month} > bool 3)\n"
        f"      - 91 * ({month} > bool 6) - 92 * ({month} > bool 9)"
    )
    days = f"92 - ({month} <= bool 6) - ({month} <= bool 3) * (1 - {leap})"
    share = f"({past}\n      + {_time(local)})\n      / ({days})"
    return _date(local, f"({month} - ({month} - 1) % 3)", "1"), share


def _year(local: str) -> tuple[str, str]:
    past = f"day_of_year({local}) - 1\n      + {_time(local)}"
    return _date(local, "1", "1"), f"({past})\n      / (365 + {_leap(local)})"


# What each unit makes of local time: the day on which its period began, and the share of it that
# has passed.
_PERIODS = {WEEK: _week, MONTH: _month, QUARTER: _quarter, YEAR: _year}


def labelled(counts: str, window: CalendarWindow, project: Project) -> str:
    """The counts of the SLOs with this window, labelled with their period.

    ``bottomk`` for the moment after a restart or an edit of the time zone, when an SLO may be in
    two periods: least has passed of the newer one.

    >>> print(labelled("slokit:bad:events5m", CalendarWindow(MONTH), Project()))
    slokit:bad:events5m{bundle="default"}
    * on (bundle, service, slo) group_left (period) (bottomk by (bundle, service, slo)
    (1, slokit:window_elapsed:ratio{bundle="default",window="month"}) ^ 0)
    """
    newest = f"({_newest(window, project)} ^ 0)"
    return f"{series(counts, project)}\n* {build.ON} group_left ({names.WINDOW_PERIOD}) {newest}"


def _newest(window: CalendarWindow, project: Project) -> str:
    own = series(names.WINDOW_ELAPSED, project, window=window.name)
    return f"bottomk {build.BY} (1, {own})"


def calendar_burn_rate(window: CalendarWindow, project: Project) -> str:
    """The burn rate since the boundary, of the SLOs that have this window.

    >>> print(calendar_burn_rate(CalendarWindow(MONTH), Project()))
    sum without (period) (
      sum_over_time(slokit:bad:events5m:month{bundle="default"}[31d59m])
      and on (bundle, service, slo, period) bottomk by (bundle, service, slo)
      (1, slokit:window_elapsed:ratio{bundle="default",window="month"})
    )
    / (sum without (period) (
      sum_over_time(slokit:total:events5m:month{bundle="default"}[31d59m])
      and on (bundle, service, slo, period) bottomk by (bundle, service, slo)
      (1, slokit:window_elapsed:ratio{bundle="default",window="month"})
    ) > 0)
    / on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (slokit:budget:ratio{bundle="default"})
    """
    bad, total = (
        _in_period(names.labelled(counts(project.ledger_window), window.name), window, project)
        for counts in (names.bad_events, names.total_events)
    )
    return per_budget(f"{bad}\n/ ({total} > 0)", project)


def _in_period(counts: str, window: CalendarWindow, project: Project) -> str:
    """The events of the period that it is now."""
    now = _newest(window, project)
    on = f"on ({names.BUNDLE}, {names.SERVICE}, {names.SLO}, {names.WINDOW_PERIOD})"
    summed = window.summed(series(counts, project))
    return f"sum without ({names.WINDOW_PERIOD}) (\n  {summed}\n  and {on} {now}\n)"


def spent_so_far(window: CalendarWindow, project: Project) -> str:
    """How much of the whole period's budget is spent: what is allowed grows with all its days.

    ``min``: right after a boundary the range holds the end of the old period as well.

    >>> print(spent_so_far(CalendarWindow(MONTH), Project()))
    last_over_time(slokit:burn:month{bundle="default"}[12m])
    * on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (last_over_time(slokit:window_elapsed:ratio{bundle="default",window="month"}[12m]))
    """
    burn = latest(series(names.window_burn(window.name), project), project)
    share = latest(series(names.WINDOW_ELAPSED, project, window=window.name), project)
    return f"{burn}\n* {build.ON} group_left () min {build.BY} ({share})"
