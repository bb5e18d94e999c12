"""What a user means: services and their SLOs, with defaults applied and text made exact.

Nothing here knows YAML, a dialect or an SLI type. Locations say where things were written, so that
a finding can point there; they are no part of what the things mean, nor of their equality.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from slokit.diagnostics.finding import Code
from slokit.diagnostics.location import Location
from slokit.model.alerting import AlertPolicy, BurnAlert
from slokit.model.window import Window
from slokit.promql.selector import Matcher


@dataclass(frozen=True, slots=True)
class GroupLabel:
    """A label of every series of an SLO, taken from a label of the raw series."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Join:
    """Labels that live on an info metric: ``info`` matched by labels, adding others."""

    info: str
    by: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folding:
    """What is common to all sides of an SLO: how they are selected, joined and grouped."""

    group_by: tuple[GroupLabel, ...]
    selector: tuple[Matcher, ...]
    match: tuple[Matcher, ...]
    join: Join | None

    @property
    def names(self) -> tuple[str, ...]:
        """The group labels as recorded."""
        return tuple(label.name for label in self.group_by)

    @property
    def sources(self) -> tuple[str, ...]:
        """The group labels as they stand on the raw series."""
        return tuple(label.source for label in self.group_by)

    @property
    def renamings(self) -> tuple[tuple[str, str], ...]:
        """Pairs of (label, source), ordered so that no label is overwritten before it is read."""
        pending = [(g.name, g.source) for g in self.group_by if g.name != g.source]
        ordered: list[tuple[str, str]] = []
        while pending:
            sources = [source for _, source in pending]
            free = next((p for p in pending if p[0] not in sources or p[0] == p[1]), pending[0])
            pending.remove(free)
            ordered.append(free)
        return tuple(ordered)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an SLI needs to say its ledger: the folding, the times and its own recorded total.

    ``recorded_total`` is the total that the rule before recorded in the same evaluation.
    """

    folding: Folding
    window: str
    window_seconds: Fraction
    interval: str
    recorded_total: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The two expressions that every SLI comes down to."""

    total: str
    bad: str


class Sli(Protocol):
    """An SLI, whatever its type. Nobody outside a type's own file asks which one it is."""

    @property
    def type(self) -> str:
        """The type's key in the spec."""

    @property
    def measure(self) -> str:
        """``rate`` where a ledger sample is a mean over the ledger window, ``level`` otherwise."""

    @property
    def unit(self) -> str:
        """The unit of the limit, or an empty string."""

    @property
    def limit_text(self) -> str:
        """The limit or allowance as a person reads it, or an empty string."""

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad per total; events per second where the total is time."""

    def ledger(self, terms: Terms) -> Ledger:
        """The total and bad expressions."""

    def sides(self) -> "Iterable[Side]":
        """Everything that the SLI reads, as written, for checks."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an SLI: a selector, several selectors, or PromQL.

    ``role`` tells what it means: counter, gauge, histogram, epoch or member.
    """

    key: str
    role: str
    texts: tuple[str, ...]
    parts: tuple[Any, ...]
    is_promql: bool


@dataclass(frozen=True, slots=True)
class Slo:
    """One SLO of one service, ready to be compiled.

    ``settings`` says where its settings are written, those that it inherits as well, and its name
    and that of its service (``name``, ``service``).
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
    category: str = ""
    description: str = ""
    owner: str = ""
    runbook: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    location: Location = field(default=Location(), compare=False)
    sli_location: Location = field(default=Location(), compare=False)
    settings: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    @property
    def id(self) -> str:
        """``service/slo``, unique in a bundle."""
        return f"{self.service}/{self.name}"

    @property
    def budget(self) -> Fraction:
        """Allowed bad per total, exact: 1/1000 for 99.9 %."""
        return self.sli.budget(self.objective)

    @property
    def burn_alerts(self) -> tuple[BurnAlert, ...]:
        """The burn alerts of its policy that it can set off, and in time."""
        return tuple(
            alert
            for alert in self.policy.burn_alerts
            if alert.reaches(self.objective) and alert.fits(self.window)
        )

    @property
    def alerts_on_no_data(self) -> bool:
        """Whether its missing data alerts: neither the spec nor the policy wants silence."""
        return self.no_data == "alert" and bool(self.policy.no_data)

    def location_of(self, setting: str) -> Location:
        """Where a setting is written, on whichever level; the SLO's name when on none."""
        return self.settings.get(setting) or self.settings.get("name", self.location)


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


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault that an SLI type found in its own body: a finding without its place.

    ``keys`` leads from the SLI's body to the faulty value; ``span`` is a range of characters in it,
    and ``is_cut`` says that the text seems to end too early. ``is_unsure`` says that the cause may
    be something that the body lacks.
    """

    code: Code
    keys: tuple[str | int, ...]
    message: str
    hint: str = ""
    span: tuple[int, int] | None = None
    is_cut: bool = False
    is_unsure: bool = False
