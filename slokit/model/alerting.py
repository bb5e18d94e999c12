"""Alert policies: which burn rates over which windows page or make a ticket; and alerts' labels.

A policy is a value that every SLO carries, so that there is nothing to look up by name. The burn
rates of the presets are those of the SRE workbook, chapter 5 (multiwindow, multi-burn-rate alerts).
Nothing here knows an SLO, a rule or PromQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from slokit.model.window import Window
from slokit.text.durations import format_duration
from slokit.text.numbers import readable_percent

_HOUR, _DAY = Fraction(3600), Fraction(86_400)
_LARGEST_SHARE = Fraction(1, 2)
_SLOT = Fraction(300)
# The presets are written for a month. Below four weeks their windows shrink along.
_MONTH, _FULL_LENGTH = 30 * _DAY, 28 * _DAY
# What the windows shrink to: lengths that people read easily, and few, for each is recorded.
_LADDER = tuple(
    Fraction(60 * minutes)
    for minutes in (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320)
)
# Of an SLO window below a day, where ledger windows are short enough.
_LOWER_RUNGS = tuple(Fraction(60 * minutes) for minutes in (3, 5, 10))
_FEWEST_SLOTS = 3  # of a long window: one or two are as rough as the short window beside it

# The severities, as policies name them; spelled nowhere else.
PAGE, TICKET = "page", "ticket"
SEVERITIES = (PAGE, TICKET)
# The label of an alert on a part of the budget.
SPENT = "spent"


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """One burn alert: it fires while the long and the short window both burn faster than ``burn``.

    ``long`` and ``short`` are seconds; ``burn`` is a burn rate, 1 being a budget that lasts exactly
    one SLO window. It must burn for ``hold`` seconds before the alert fires, and the alert goes on
    for ``keep_firing`` seconds after it has stopped.
    """

    severity: str
    long: Fraction
    short: Fraction
    burn: Decimal
    hold: Fraction = Fraction(0)
    keep_firing: Fraction = Fraction(0)

    def fits(self, window: Window) -> bool:
        """Whether it fires before half of the window's budget is spent."""
        longest = window.longest.as_integer_ratio()
        return _fits(self.burn, self.long.as_integer_ratio(), longest)

    def reaches(self, objective: Decimal | None) -> bool:
        """Whether an SLO with this objective can burn that fast at all; a rate (None) always can.

        A total outage burns at 1 / (1 - objective): 10 times as fast as allowed for 90 %.
        """
        return objective is None or _reaches(self.burn, objective)

    def spends(self, window: Window) -> Fraction:
        """The share of the window's budget that is gone once the long window has burnt so fast."""
        return _spends(self.burn, self.long, window.longest)

    def empties_in(self, window: Window) -> Fraction:
        """Seconds until a whole budget is gone at this burn rate."""
        return window.longest / Fraction(self.burn)

    def bad_per_total(self, budget: Fraction) -> Fraction:
        """What the ratio of bad to total must exceed: 0.0144 for 14.4 and a budget of 0.001.

        Events per second for a rate.
        """
        return Fraction(self.burn) * budget

    def waits_for(self, min_bad_events: int) -> int:
        """How many bad events its long window must hold: only a page waits for some."""
        return min_bad_events if self.severity == PAGE else 0

    def smallest_objective(self) -> Decimal:
        """The ratio above which an objective can set off this alert: 0.9306 for 14.4."""
        return 1 - 1 / self.burn

    def __str__(self) -> str:
        long, short = format_duration(self.long), format_duration(self.short)
        return f"{self.severity} {long}/{short} at {self.burn}"


# A bundle has thousands of SLOs and a handful of windows and objectives. Whole numbers have quick
# hashes, which fractions have not.
@lru_cache(maxsize=1024)
def _fits(burn: Decimal, long: tuple[int, int], window: tuple[int, int]) -> bool:
    return _spends(burn, Fraction(*long), Fraction(*window)) <= _LARGEST_SHARE


def _spends(burn: Decimal, long: Fraction, window: Fraction) -> Fraction:
    return Fraction(burn) * long / window


@dataclass(frozen=True, slots=True)
class ShareAlert:
    """A burn alert as a share of the budget, which its long window spends: a rate by SLO window.

    ``share`` is above 0 and at most 1; the rest is as in :class:`BurnAlert`.
    """

    severity: str
    long: Fraction
    short: Fraction
    share: Fraction
    hold: Fraction = Fraction(0)
    keep_firing: Fraction = Fraction(0)

    def over(self, window: Window) -> BurnAlert:
        """The burn alert that this is for an SLO window: 10 % in 3d are a burn rate of 1 in 30d.

        Never below 1, where the budget would last for the whole window.
        """
        burn = max(self.share * window.longest / self.long, Fraction(1))
        # Six decimals: PromQL is to be read, and no share is known better than that.
        rounded = round(Decimal(burn.numerator) / Decimal(burn.denominator), 6).normalize()
        written = Decimal(format(rounded, "f"))  # 10, not 1E+1
        return BurnAlert(self.severity, self.long, self.short, written, self.hold, self.keep_firing)

    def __str__(self) -> str:
        long, short = format_duration(self.long), format_duration(self.short)
        return f"{self.severity} {long}/{short} at {readable_percent(self.share)} of the budget"


@dataclass(frozen=True, slots=True)
class BudgetAlert:
    """An alert on how much of the budget is spent: ``spent`` is a share, 1 being all of it."""

    severity: str
    spent: Fraction

    @property
    def percent(self) -> str:
        """The share as it stands in the alert's label ``spent``: ``75%``."""
        return readable_percent(self.spent)


@lru_cache(maxsize=1024)
def _reaches(burn: Decimal, objective: Decimal) -> bool:
    return Fraction(burn) * (1 - Fraction(objective)) < 1


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When an SLO alerts, and how urgently; within a bundle ``name`` stands for the whole of it.

    The burn alerts of one severity are one alert, so they wait and last equally long: ValueError
    otherwise. ``spent`` are alerts on how much of the budget is spent. ``no_data`` is the severity
    of missing data; an empty one says that the policy does not alert on it. ``min_bad_events`` is
    for SLOs of events that do not say how many a page waits for. ``min_budget_spent`` is the share
    of the SLO window's budget, in events, that the long window of a page must hold; 0 asks for
    none. ``shrinks`` says that below 28 days the windows of its burn alerts shrink with the SLO
    window, to lengths that are whole numbers of a ``slot``, the ledger window in seconds.
    """

    name: str
    burn_alerts: tuple[BurnAlert | ShareAlert, ...] = field(default=(), hash=False)
    spent: tuple[BudgetAlert, ...] = field(default=(), hash=False)
    no_data: str = TICKET
    min_bad_events: int | None = None
    min_budget_spent: Fraction = field(default=Fraction(0), hash=False)
    shrinks: bool = False
    slot: Fraction = field(default=_SLOT, hash=False)

    def __post_init__(self) -> None:
        for severity in SEVERITIES:
            if len({(a.hold, a.keep_firing) for a in self._written_at(severity)}) > 1:
                message = f"{self.name}: burn alerts of one severity wait and last equally long"
                raise ValueError(message)

    def over(self, window: Window) -> tuple[BurnAlert, ...]:
        """Its burn alerts for an SLO window, whether or not they fit it, in the order of rules."""
        return _over(self, window)

    def fitting(self, window: Window) -> tuple[BurnAlert, ...]:
        """Those that fire before half of the budget of an SLO window is spent."""
        return tuple(alert for alert in self.over(window) if alert.fits(window))

    def times(self, severity: str) -> tuple[Fraction, Fraction]:
        """How long the alert of a severity waits, and how long it goes on."""
        written = self._written_at(severity)
        return (written[0].hold, written[0].keep_firing) if written else (Fraction(0), Fraction(0))

    @property
    def exhausted(self) -> str:
        """The severity of a budget that is spent as a whole; empty where it does not alert."""
        return next((alert.severity for alert in self.spent if alert.spent == 1), "")

    @property
    def thresholds(self) -> tuple[BudgetAlert, ...]:
        """The alerts on a part of the budget, the smallest first."""
        parts = (alert for alert in self.spent if alert.spent < 1)
        return tuple(sorted(parts, key=lambda alert: alert.spent))

    @property
    def severities(self) -> tuple[str, ...]:
        """The severities of its alerts, the urgent one first."""
        found = {self.no_data, *(alert.severity for alert in (*self.burn_alerts, *self.spent))}
        return tuple(severity for severity in SEVERITIES if severity in found)

    @property
    def is_silent(self) -> bool:
        """Whether nothing ever alerts under this policy."""
        return not self.severities

    def wants_spent(self, alert: BurnAlert) -> Fraction:
        """The share of the budget that the long window of a burn alert must hold: only a page's."""
        return self.min_budget_spent if alert.severity == PAGE else Fraction(0)

    def _written_at(self, severity: str) -> tuple[BurnAlert | ShareAlert, ...]:
        return tuple(alert for alert in self.burn_alerts if alert.severity == severity)


@lru_cache(maxsize=1024)
def _over(policy: AlertPolicy, window: Window) -> tuple[BurnAlert, ...]:
    shrinks = policy.shrinks and window.longest < _FULL_LENGTH
    found = [
        alert.over(window)
        if isinstance(alert, ShareAlert)
        else _shrunk(alert, window, policy.slot)
        if shrinks
        else alert
        for alert in policy.burn_alerts
    ]
    # Of two over the same windows the one with the higher burn rate would never be the only one.
    lowest: dict[tuple[str, Fraction, Fraction], BurnAlert] = {}
    for alert in found:
        of = (alert.severity, alert.long, alert.short)
        if of not in lowest or alert.burn < lowest[of].burn:
            lowest[of] = alert
    return tuple(lowest.values())


def _shrunk(alert: BurnAlert, window: Window, slot: Fraction) -> BurnAlert:
    """A burn alert of a month for a shorter SLO window.

    The burn rate stays, so that the same share of bad events sets it off; the long window shrinks
    as the SLO window does, so that it still spends about the same share of the budget.
    """
    wanted = max(alert.long * window.longest / _MONTH, _FEWEST_SLOTS * slot)
    ladder = (*_LOWER_RUNGS, *_LADDER) if window.longest < _DAY else _LADDER
    rungs = (rung for rung in ladder if rung >= wanted and rung % slot == 0)
    long = next(rungs, -(-wanted // slot) * slot)
    short = max(slot, -(-(long / 12) // slot) * slot)
    return replace(alert, long=long, short=short)


_PAGES = (
    # A short window is a twelfth of the long one: what is over is seen to be over within it.
    BurnAlert(PAGE, _HOUR, _HOUR / 12, Decimal("14.4")),
    BurnAlert(PAGE, 6 * _HOUR, _HOUR / 2, Decimal(6)),
)
_TICKETS = (
    BurnAlert(TICKET, _DAY, 2 * _HOUR, Decimal(3)),
    BurnAlert(TICKET, 3 * _DAY, 6 * _HOUR, Decimal(1)),
)

_SPENT = (BudgetAlert(TICKET, Fraction(1)),)

DEFAULT = AlertPolicy("default", _PAGES + _TICKETS, _SPENT, shrinks=True)
PAGE_ONLY = AlertPolicy("page-only", _PAGES, shrinks=True)
TICKET_ONLY = AlertPolicy("ticket-only", _TICKETS, _SPENT, shrinks=True)
NONE = AlertPolicy("none", no_data="")

PRESETS: tuple[AlertPolicy, ...] = (DEFAULT, PAGE_ONLY, TICKET_ONLY, NONE)


@dataclass(frozen=True, slots=True)
class SeverityLabels:
    """What stands on every alert of one severity.

    ``name`` is the value of its label ``severity``, ``static`` are labels that all its alerts have,
    ``lifted`` names the metadata of an SLO that its alerts carry as labels.
    """

    name: str
    static: Mapping[str, str] = field(default_factory=dict)
    lifted: tuple[str, ...] = ("owner",)


@dataclass(frozen=True, slots=True)
class AlertLabels:
    """What the alerts of a bundle carry besides identity, group and policy.

    ``annotations`` names the metadata of an SLO that its alerts show as annotations.
    """

    severities: Mapping[str, SeverityLabels] = field(
        default_factory=lambda: {severity: SeverityLabels(severity) for severity in SEVERITIES}
    )
    annotations: tuple[str, ...] = ()

    def of(self, severity: str) -> SeverityLabels:
        """What stands on the alerts of a severity, by the policies' name of it."""
        return self.severities[severity]

    def know(self, label: str) -> bool:
        """Whether all alerts have this metadata at hand, be it to carry or to show."""
        return label in self.annotations or all(
            label in labels.lifted for labels in self.severities.values()
        )

    @property
    def lifted(self) -> tuple[str, ...]:
        """The metadata that alerts of any severity carry as labels."""
        every = (label for labels in self.severities.values() for label in labels.lifted)
        return tuple(dict.fromkeys(every))

    @property
    def static(self) -> tuple[str, ...]:
        """The labels that all alerts of some severity have."""
        every = (label for labels in self.severities.values() for label in labels.static)
        return tuple(dict.fromkeys(every))


def in_order(policies: Iterable[AlertPolicy]) -> tuple[AlertPolicy, ...]:
    """Each policy once: the presets' names in their own order, then all others by name.

    The order of rules in the output; the same for any order of specs.
    """
    ranks = {policy.name: rank for rank, policy in enumerate(PRESETS)}
    found = {policy.name: policy for policy in policies}
    return tuple(found[name] for name in sorted(found, key=lambda n: (ranks.get(n, len(ranks)), n)))
