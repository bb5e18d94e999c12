"""Alert policies: which burn rates over which windows page or make a ticket; and alerts' labels.

A policy is a value that every SLO carries, so that there is nothing to look up by name. The burn
rates of the presets are those of the SRE workbook, chapter 5 (multiwindow, multi-burn-rate alerts).
Nothing here knows an SLO, a rule or PromQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from slokit.model.window import Window
from slokit.text.durations import format_duration

_HOUR, _DAY = Fraction(3600), Fraction(86_400)
_LARGEST_SHARE = Fraction(1, 2)

# The severities, as policies name them; spelled nowhere else.
PAGE, TICKET = "page", "ticket"
SEVERITIES = (PAGE, TICKET)


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


@lru_cache(maxsize=1024)
def _reaches(burn: Decimal, objective: Decimal) -> bool:
    return Fraction(burn) * (1 - Fraction(objective)) < 1


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When an SLO alerts, and how urgently; within a bundle ``name`` stands for the whole of it.

    The burn alerts of one severity are one alert, so they wait and last equally long: ValueError
    otherwise. ``exhausted`` is the severity of a budget that is spent and ``no_data`` that of
    missing data; an empty one says that the policy does not alert on it.
    """

    name: str
    burn_alerts: tuple[BurnAlert, ...] = field(default=(), hash=False)
    exhausted: str = ""
    no_data: str = TICKET

    def __post_init__(self) -> None:
        for severity in SEVERITIES:
            if len({(a.hold, a.keep_firing) for a in self.burn_alerts_at(severity)}) > 1:
                message = f"{self.name}: burn alerts of one severity wait and last equally long"
                raise ValueError(message)

    def burn_alerts_at(self, severity: str) -> tuple[BurnAlert, ...]:
        """The burn alerts of a severity, in their order."""
        return tuple(alert for alert in self.burn_alerts if alert.severity == severity)

    @property
    def severities(self) -> tuple[str, ...]:
        """The severities of its alerts, the urgent one first."""
        found = {self.exhausted, self.no_data, *(alert.severity for alert in self.burn_alerts)}
        return tuple(severity for severity in SEVERITIES if severity in found)

    @property
    def is_silent(self) -> bool:
        """Whether nothing ever alerts under this policy."""
        return not self.severities


_PAGES = (
    # A short window is a twelfth of the long one: what is over is seen to be over within it.
    BurnAlert(PAGE, _HOUR, _HOUR / 12, Decimal("14.4")),
    BurnAlert(PAGE, 6 * _HOUR, _HOUR / 2, Decimal(6)),
)
_TICKETS = (
    BurnAlert(TICKET, _DAY, 2 * _HOUR, Decimal(3)),
    BurnAlert(TICKET, 3 * _DAY, 6 * _HOUR, Decimal(1)),
)

DEFAULT = AlertPolicy("default", _PAGES + _TICKETS, exhausted=TICKET)
PAGE_ONLY = AlertPolicy("page-only", _PAGES)
TICKET_ONLY = AlertPolicy("ticket-only", _TICKETS, exhausted=TICKET)
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
