"""The bundle: slokit.yaml made exact, and the services that belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from slokit.model.alerting import PRESETS, AlertLabels, AlertPolicy, in_order
from slokit.model.budget_policy import BudgetRule
from slokit.model.causes import CauseAlert
from slokit.model.maintenance import Maintenance
from slokit.model.routing import Alertmanager
from slokit.model.slo import Service, Slo
from slokit.text.durations import format_duration

FILE_NAME = "slokit.yaml"
ENVIRONMENT_SEPARATOR = "-"


@dataclass(frozen=True, slots=True)
class Project:
    """The settings of a bundle; the defaults are those of a directory without slokit.yaml.

    ``targets`` maps the names of output targets to their options, each a value of the target's own
    model. ``own_policies`` are the alert policies that the bundle adds to the presets or puts in
    the place of one. ``maintenances`` are those planned, or those of the ``maintenance_file``.
    ``archive`` is where reports keep slots of the ledger, empty where they do not.
    ``budget_rules`` say what to do at which budget, none where the bundle has no policy.
    ``replica_labels`` are labels by which a store tells apart several Prometheis
    that measured the same. ``requires_prometheus`` is the oldest major version of the servers: from
    3 on, names are of any characters. ``has_file_prefix`` says that the files of services are named
    by the bundle, too. ``alertmanager`` says who is notified, where the bundle does.
    ``environments`` are values for the parameters of templates, and ``environment`` is the one that
    was chosen, which is part of ``bundle`` and ``out`` then. Times are seconds.
    """

    bundle: str = "default"
    specs: tuple[str, ...] = ("slo-specs",)
    exclude: tuple[str, ...] = ()
    out: str = "."
    interval: Fraction = Fraction(30)
    scrape_interval: Fraction = Fraction(30)
    ledger_window: Fraction = Fraction(300)
    targets: Mapping[str, object] | None = None
    alerts: AlertLabels = field(default_factory=AlertLabels)
    requires_prometheus: int = 2
    own_policies: tuple[AlertPolicy, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    budget_rules: tuple[BudgetRule, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    prometheus: Mapping[str, Any] = field(default_factory=dict)
    replica_labels: tuple[str, ...] = ()
    lint_disable: tuple[str, ...] = ()
    maintenance_file: str = ""
    archive: str = ""
    file: str = ""
    has_file_prefix: bool = False
    alertmanager: Alertmanager | None = None
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    environment: str = ""

    def in_environment(self, name: str) -> "Project":
        """Its settings in one of its environments: a bundle and an output directory of their own.

        >>> there = Project(bundle="shop", environments={"prod": {}}).in_environment("prod")
        >>> there.bundle, there.out
        ('shop-prod', './prod')
        """
        return replace(
            self,
            bundle=f"{self.bundle}{ENVIRONMENT_SEPARATOR}{name}",
            out=f"{self.out}/{name}",
            environment=name,
        )

    @property
    def ledger_window_name(self) -> str:
        """The ledger window as it stands in series names: ``5m``."""
        return format_duration(self.ledger_window)

    @property
    def count_reach(self) -> Fraction:
        """How long ago the oldest events of a count may be, in seconds.

        A count is of the ledger window that ended one interval before it, and each of its samples
        is about another one before that.
        """
        return 2 * self.ledger_window + self.interval

    @property
    def policies(self) -> Mapping[str, AlertPolicy]:
        """The alert policies that an SLO may name: the presets and the bundle's own."""
        return {
            policy.name: policy
            if policy.slot == self.ledger_window
            else replace(policy, slot=self.ledger_window)
            for policy in (*PRESETS, *self.own_policies)
        }


@dataclass(frozen=True, slots=True)
class Bundle:
    """All services of one project, ordered by name.

    ``routing`` are the labels that any of its SLOs sends its alerts by, ``alert_names`` what SLOs
    call their burn alerts, both ordered; ``has_own_runbooks`` says whether any has a runbook that
    `links` does not give by the service's name. Each rule of an alert asks for them, and a bundle
    may have thousands of SLOs.
    """

    project: Project
    services: tuple[Service, ...]
    routing: tuple[str, ...] = field(init=False, compare=False)
    alert_names: tuple[str, ...] = field(init=False, compare=False)
    has_own_runbooks: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Computed once, as the rules ask for them by the thousand; a frozen value is set like this.
        routing = {label for slo in self.slos for label in slo.routing}
        called = {slo.alert_name for slo in self.slos if slo.alert_name}
        object.__setattr__(self, "routing", tuple(sorted(routing)))
        object.__setattr__(self, "alert_names", tuple(sorted(called)))
        own = (slo for slo in self.slos if slo.runbook not in ("", self.runbook_of(slo.service)))
        object.__setattr__(self, "has_own_runbooks", any(own))

    @property
    def name(self) -> str:
        """The bundle's name, which keeps its series apart from others' on one Prometheus."""
        return self.project.bundle

    def runbook_of(self, service: str) -> str:
        """Where `links` says that a service's runbook is; empty where it says nothing.

        ``service`` may be a template for its name.
        """
        base = self.project.links.get("runbooks", "").rstrip("/")
        return f"{base}/{service}" if base else ""

    @property
    def slos(self) -> tuple[Slo, ...]:
        """All SLOs, ordered by service and then as written."""
        return tuple(slo for service in self.services for slo in service.slos)

    @property
    def causes(self) -> tuple[CauseAlert, ...]:
        """All cause alerts, ordered by service and then as written."""
        return tuple(cause for service in self.services for cause in service.causes)

    @property
    def policies(self) -> tuple[AlertPolicy, ...]:
        """The alert policies of its SLOs, each once, in the order of their rules."""
        return in_order(slo.policy for slo in self.slos)
