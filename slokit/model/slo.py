"""What a user means: services and their SLOs, with defaults applied and text made exact.

Nothing here knows YAML, a dialect or an SLI type. Locations say where things were written, so that
a finding can point there; they are no part of what the things mean, nor of their equality.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Protocol, runtime_checkable

from slokit.diagnostics.finding import Location
from slokit.model.alerting import AlertPolicy, BurnAlert
from slokit.model.causes import CauseAlert
from slokit.model.ledger import Folding, Sli
from slokit.model.window import Window


@dataclass(frozen=True, slots=True)
class Slo:
    """One SLO of one service, ready to be compiled.

    ``formerly`` are names that it had in its service before, whose history is its own.
    ``alert_name`` is what its burn alerts are called, where that is its own; ``routing`` are labels
    of all its alerts. ``no_data_for`` are the seconds for which a group without data goes on as
    bad; 0 where it does not. ``settings`` says where its settings are written, those that it
    inherits as well, and its name and that of its service (``name``, ``service``). ``members`` are
    the SLOs that it is made of, where its ledger is made of theirs.
    """

    service: str
    name: str
    sli: Sli
    objective: Decimal | None
    objective_text: str
    window: Window
    folding: Folding
    policy: AlertPolicy
    min_bad_events: int
    no_data: str
    no_data_for: Fraction = Fraction(0)
    category: str = ""
    formerly: tuple[str, ...] = ()
    description: str = ""
    owner: str = ""
    runbook: str = ""
    alert_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    routing: Mapping[str, str] = field(default_factory=dict)
    location: Location = field(default=Location(), compare=False)
    sli_location: Location = field(default=Location(), compare=False)
    settings: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)
    members: tuple["Slo", ...] = ()

    @property
    def id(self) -> str:
        """``service/slo``, unique in a bundle."""
        return f"{self.service}/{self.name}"

    @property
    def depth(self) -> int:
        """How many ledgers are read one after another for its own: 0 where it has no members."""
        return 1 + max(member.depth for member in self.members) if self.members else 0

    @property
    def below(self) -> tuple["Slo", ...]:
        """All SLOs that its ledger is made of: its members and theirs, each once."""
        found = {each.id: each for member in self.members for each in (member, *member.below)}
        return tuple(found.values())

    @property
    def own_labels(self) -> Mapping[str, str]:
        """The labels by which a maintenance matches it as a whole; empty ones are missing."""
        return {
            "service": self.service,
            "slo": self.name,
            "category": self.category,
            "owner": self.owner,
        }

    @property
    def budget(self) -> Fraction:
        """Allowed bad per total, exact: 1/1000 for 99.9 %."""
        return self.sli.budget(self.objective)

    @property
    def burn_alerts(self) -> tuple[BurnAlert, ...]:
        """The burn alerts of its policy that it can set off, and in time."""
        return _burn_alerts(self.policy, self.objective, self.window)

    @property
    def alerts_on_no_data(self) -> bool:
        """Whether its missing data alerts: neither the spec nor the policy wants silence.

        Where silence is good there is data as long as any member is expected.
        """
        return self.no_data != "ignore" and bool(self.policy.no_data)

    def location_of(self, setting: str) -> Location:
        """Where a setting is written, on whichever level; the SLO's name when on none."""
        return self.settings.get(setting) or self.settings.get("name", self.location)


@runtime_checkable
class MadeOfSlos(Protocol):
    """An SLI whose ledger is made of those of other SLOs, its members."""

    @property
    def of(self) -> tuple[str, ...]:
        """Their ids."""

    @property
    def of_keys(self) -> tuple[str, ...]:
        """The key below the SLI's body that each is written at."""

    def over(self, members: Sequence[Slo]) -> Sli:
        """The same SLI, where it is known what its members are."""


# A bundle has thousands of SLOs and a handful of policies, objectives and windows.
@lru_cache(maxsize=1024)
def _burn_alerts(
    policy: AlertPolicy, objective: Decimal | None, window: Window
) -> tuple[BurnAlert, ...]:
    return tuple(alert for alert in policy.fitting(window) if alert.reaches(objective))


@dataclass(frozen=True, slots=True)
class Service:
    """A service: one YAML document, the ``index``-th of ``file`` (a path below the root).

    ``location`` is that of its name.
    """

    name: str
    slos: tuple[Slo, ...]
    file: str
    index: int
    description: str = ""
    owner: str = ""
    runbook: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    location: Location = field(default=Location(), compare=False)
    causes: tuple[CauseAlert, ...] = ()
