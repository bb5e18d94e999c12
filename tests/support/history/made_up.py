"""SLOs and bundles made from values alone: no YAML, no dialect, no SLI type of slokit's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from slokit.model.alerting import DEFAULT
from slokit.model.bundle import Bundle, Project
from slokit.model.ledger import CountedIn, Facet, Folding, GroupLabel, Ledger, Side, Terms
from slokit.model.slo import Service, Slo
from slokit.model.window import RollingWindow

DAY = Fraction(86_400)
PROJECT = Project(bundle="made-up")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """An SLI whose expressions are two plain metrics."""

    type: str = "made_up"
    measure: str = "rate"
    counted_in: CountedIn = CountedIn.EVENTS
    unit: str = ""
    limit_text: str = ""

    @property
    def settings(self) -> Mapping[str, str]:
        """None."""
        return {}

    def failing(self, _: str) -> tuple[str, str]:
        return "of events fail", "may"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad per total; once a day without an objective."""
        return 1 / DAY if objective is None else 1 - Fraction(objective)

    def ledger(self, terms: Terms) -> Ledger:
        """Two metrics."""
        return Ledger(total=f"all_of{terms.window}", bad=f"bad_of{terms.window}")

    def facets(self, _: Terms) -> Iterable[Facet]:
        """Nothing to look at."""
        return ()

    def sides(self) -> Iterable[Side]:
        """Nothing that a check could look up."""
        return []


_SLO = Slo(
    service="shop",
    name="checkout",
    sli=MadeUp(),
    objective=Decimal("0.999"),
    objective_text="99.9%",
    window=RollingWindow(30 * DAY),
    folding=Folding((GroupLabel("cluster", "cluster"),), (), (), None),
    policy=DEFAULT,
    min_bad_events=0,
    no_data="alert",
    owner="team-shop",
)


def slo(**changes: Any) -> Slo:
    """The SLO shop/checkout, 99.9% over 30d by cluster, or a changed one."""
    return replace(_SLO, **changes)


def bundle(*slos: Slo, project: Project = PROJECT) -> Bundle:
    """A bundle of these SLOs, each service a file of its own."""
    services: dict[str, list[Slo]] = {}
    for one in slos:
        services.setdefault(one.service, []).append(one)
    return Bundle(
        project,
        tuple(
            Service(name=name, slos=tuple(own), file=f"{name}.yaml", index=0)
            for name, own in sorted(services.items())
        ),
    )
