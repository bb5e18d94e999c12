"""The windows that a bundle's rules are about, and how burn rates over them are read.

Burn windows are plain seconds, those of the burn alerts; SLO windows are values of the model that
say themselves how counts are added up over them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.model.window import CalendarWindow, Window
from slokit.text.durations import format_duration

# Over an hour a ledger has 120 samples of 30 s; what is longer reads counts, a tenth of them.
_LONGEST_FAST = Fraction(3600)
_MINUTE = Fraction(60)


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that something in the bundle uses, each once and ordered.

    ``fast`` and ``slow`` are burn windows in seconds, ``period`` are SLO windows, one of each name;
    ``zones`` are the time zones of the calendar windows. ``weighed`` are those SLO windows whose
    budget is known in events, for pages that wait for a share of it.
    """

    fast: tuple[Fraction, ...]
    slow: tuple[Fraction, ...]
    period: tuple[Window, ...]
    zones: tuple[str, ...] = ()
    weighed: tuple[Window, ...] = ()

    @property
    def calendar(self) -> tuple[CalendarWindow, ...]:
        """The SLO windows that begin anew at a boundary."""
        return tuple(window for window in self.period if isinstance(window, CalendarWindow))

    def is_recorded(self, window: Window) -> bool:
        """Whether some burn alert records the burn rate over this SLO window already."""
        return names.window_burn(window.name) in map(names.burn, (*self.fast, *self.slow))


def windows_in_use(slos: Iterable[Slo]) -> Windows:
    """The windows of the burn alerts that some SLO window has room for, and the SLO windows."""
    # thousands of SLOs share a few policies and windows, whose hashes are slow
    kinds = {(id(slo.policy), id(slo.window)): slo for slo in slos}.values()
    alerting = {
        seconds
        for policy, window in {(slo.policy, slo.window) for slo in kinds}
        for alert in policy.fitting(window)
        for seconds in (alert.long, alert.short)
    }
    weighed = {slo.window.name for slo in kinds if slo.policy.min_budget_spent}
    period = in_order({slo.window.name: slo.window for slo in kinds}.values())
    return Windows(
        fast=tuple(sorted(w for w in alerting if is_fast(w))),
        slow=tuple(sorted(w for w in alerting if not is_fast(w))),
        period=period,
        zones=tuple(sorted({z for slo in kinds if (z := slo.window.labels.get(names.TIMEZONE))})),
        weighed=tuple(window for window in period if window.name in weighed),
    )


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Each SLO window once, the shortest first; those of one length by name and time zone."""

    def place(window: Window) -> tuple[Fraction, str, str]:
        return window.longest, window.name, window.labels.get(names.TIMEZONE, "")

    return tuple(sorted(set(windows), key=place))


def is_fast(seconds: Fraction) -> bool:
    """Whether the burn rate over this window is computed in the fast group, every interval."""
    return seconds <= _LONGEST_FAST


def look_back(project: Project) -> str:
    """How far back a rule looks for a slow series: two of its intervals, and something for jitter.

    Prometheus itself forgets a sample after five minutes, which is when a slow one is replaced:
    without it an alert would flap at every evaluation that comes a little late.

    >>> look_back(Project())
    '12m'
    """
    return format_duration(2 * project.ledger_window + 2 * _MINUTE)


def latest(slow: str, project: Project) -> str:
    """The newest sample of a series that is recorded in the slow or in the period group.

    >>> latest("slokit:burn:6h", Project())
    'last_over_time(slokit:burn:6h[12m])'
    """
    return f"last_over_time({slow}[{look_back(project)}])"
