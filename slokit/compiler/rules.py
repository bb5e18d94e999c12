"""Rules and their groups, as data: what every output target prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from slokit.model.bundle import Bundle
from slokit.model.slo import Service


class Ruler(Enum):
    """What evaluates the rules.

    Prometheus (and Mimir, which evaluates within the store of its own writes) sees at once what an
    earlier rule of the group recorded. vmalert and a Thanos ruler without a store of its own read
    it from a database that shows samples only after a while.
    """

    PROMETHEUS = "prometheus"
    VMALERT = "vmalert"

    @property
    def reads_own_writes(self) -> bool:
        """Whether a rule sees what an earlier one of its group recorded in the same evaluation."""
        return self is Ruler.PROMETHEUS


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """A recording rule: ``record`` is set to ``expr``, with static labels."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alerting rule; ``hold`` and ``keep_firing`` are seconds."""

    alert: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hold: Fraction = Fraction(0)
    keep_firing: Fraction = Fraction(0)


Rule = RecordingRule | AlertRule


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated one after another, every ``interval`` seconds."""

    name: str
    interval: Fraction
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled bundle: one ledger group a service, and the groups that serve all SLOs.

    ``ledgers`` pairs each service with its group, in the order of the names; ``causes`` are the
    groups of cause alerts by the service, of those that have any.
    """

    bundle: Bundle
    ledgers: tuple[tuple[Service, RuleGroup], ...]
    groups: tuple[RuleGroup, ...]
    causes: Mapping[str, RuleGroup] = field(default_factory=dict)

    def causes_of(self, service: Service) -> tuple[RuleGroup, ...]:
        """The group of a service's cause alerts, if it has any."""
        return (self.causes[service.name],) if service.name in self.causes else ()
