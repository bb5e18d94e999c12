"""Alert policies: which burn rates over which windows page or make a ticket.

The burn rates are those of the SRE workbook, chapter 5 (multiwindow, multi-burn-rate alerts).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from slokit.model.slo import Slo, Window
from slokit.text.durations import format_duration

_HOUR, _DAY = Fraction(3600), Fraction(86_400)
_LARGEST_SHARE = Fraction(1, 2)
PAGE, TICKET = "page", "ticket"


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """One burn alert: both windows burn faster than ``burn``."""

    severity: str
    long: Fraction
    short: Fraction
    burn: Decimal

    def fits(self, window: Window) -> bool:
        """Whether it fires before half of the window's budget is spent."""
        return _fits(self.burn, self.long, window.seconds)

    def reaches(self, slo: Slo) -> bool:
        """Whether the SLO can burn that fast at all; a rate always can."""
        return slo.objective is None or _reaches(self.burn, slo.objective)

    def spends(self, window: Window) -> Fraction:
        """The share of the window's budget that is gone once the long window has burnt so fast."""
        return _spends(self.burn, self.long, window.seconds)

    def empties_in(self, window: Window) -> Fraction:
        """Seconds until a whole budget is gone at this burn rate."""
        return window.seconds / Fraction(self.burn)

    def bad_per_total(self, slo: Slo) -> Fraction:
        """What the ratio of bad to total must exceed: 0.0144 for 14.4 and 99.9 %.

        Events per second for a rate.
        """
        return Fraction(self.burn) * slo.budget

    def waits_for(self, slo: Slo) -> int:
        """How many bad events its long window must hold: only a page waits for some."""
        return slo.min_bad_events if self.severity == PAGE else 0

    def smallest_objective(self) -> Decimal:
        """The ratio above which an objective can set off this alert: 0.9306 for 14.4."""
        return 1 - 1 / self.burn

    def __str__(self) -> str:
        long, short = format_duration(self.long), format_duration(self.short)
        return f"{self.severity} {long}/{short} at {self.burn}"


# A bundle has thousands of SLOs and a handful of windows and objectives.
@lru_cache(maxsize=1024)
def _fits(burn: Decimal, long: Fraction, window: Fraction) -> bool:
    return _spends(burn, long, window) <= _LARGEST_SHARE


def _spends(burn: Decimal, long: Fraction, window: Fraction) -> Fraction:
    return Fraction(burn) * long / window


@lru_cache(maxsize=1024)
def _reaches(burn: Decimal, objective: Decimal) -> bool:
    return Fraction(burn) * (1 - Fraction(objective)) < 1


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """A named list of burn alerts, and the severity of an exhausted budget, if that is told."""

    name: str
    burn_alerts: tuple[BurnAlert, ...]
    exhausted: str = ""


_PAGES = (
    BurnAlert(PAGE, _HOUR, _HOUR / 12, Decimal("14.4")),
    BurnAlert(PAGE, 6 * _HOUR, _HOUR / 2, Decimal(6)),
)
_TICKETS = (
    BurnAlert(TICKET, _DAY, 2 * _HOUR, Decimal(3)),
    BurnAlert(TICKET, 3 * _DAY, 6 * _HOUR, Decimal(1)),
)

POLICIES: tuple[AlertPolicy, ...] = (
    AlertPolicy("default", _PAGES + _TICKETS, exhausted=TICKET),
    AlertPolicy("page-only", _PAGES),
    AlertPolicy("ticket-only", _TICKETS, exhausted=TICKET),
    AlertPolicy("none", ()),
)


_BY_NAME = {policy.name: policy for policy in POLICIES}


def policy_named(name: str) -> AlertPolicy | None:
    """The policy of that name, if there is one."""
    return _BY_NAME.get(name)


def policy_of(slo: Slo) -> AlertPolicy:
    """The SLO's policy; an unknown name, which is a finding elsewhere, alerts on nothing."""
    return policy_named(slo.alert_policy) or AlertPolicy(slo.alert_policy, ())
