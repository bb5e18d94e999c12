"""Cause alerts: alerts on known failure modes of clustered systems, beside those on budgets.

A budget says that users suffer; a cause alert says why. Nothing here knows YAML or PromQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from slokit.diagnostics.finding import Location

# What each failure mode is, in the words of its alerts; each has a runbook of its name in docs/.
FAILURE_MODES: Mapping[str, str] = {
    "split-brain": "more than one member acts as the primary",
    "leader-thrash": "the leader changes again and again",
    "slow-node": "one member is much slower than the others",
    "replica-lag": "a replica is far behind",
    "hot-shard": "one shard takes far more load than the others",
    "config-drift": "members run with different configurations",
    "quorum-at-risk": "one more lost member stops the cluster",
    "data-corruption": "stored data is damaged",
}


@dataclass(frozen=True, slots=True)
class CauseAlert:
    """One cause alert of a service.

    ``text`` is the condition as written and ``expr`` the PromQL made of it, one sample for each
    group in trouble. ``groups`` are the labels of a group. It must hold for ``hold`` seconds before
    the alert fires, and the alert goes on for ``keep_firing`` seconds after it has stopped.
    ``metadata`` is what the alert may carry or show, ``routing`` labels that it always carries.
    """

    service: str
    name: str
    failure_mode: str
    text: str
    expr: str
    groups: tuple[str, ...]
    severity: str
    hold: Fraction = Fraction(0)
    keep_firing: Fraction = Fraction(0)
    summary: str = ""
    runbook: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    routing: Mapping[str, str] = field(default_factory=dict)
    location: Location = field(default=Location(), compare=False)

    @property
    def id(self) -> str:
        """``service/name``, unique in a bundle."""
        return f"{self.service}/{self.name}"
