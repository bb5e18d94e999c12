"""What controllers of deployments ask, and their options: the budget left, a canary beside others.

Each answer is one number or none: what is not known has no sample, and neither passes nor fails.
"""

from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, Field

from slokit.compiler import names
from slokit.compiler.ledger import identity
from slokit.compiler.windows import latest
from slokit.diagnostics import codes
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import is_label_name
from slokit.source.fields import fault
from slokit.targets import prometheus_operator
from slokit.text.durations import open_range
from slokit.text.words import clip

# Without anything bad out of this many times 1 / budget, a canary surely burns at most 1x faster:
# the upper bound that `slokit gate --match` takes, with 95 % confidence (Newcombe 1998, method 11).
_ENOUGH = Fraction(364, 100)
_OVER = Fraction(3600)


def _label(name: str) -> str:
    if not is_label_name(name):
        raise fault(codes.BAD_LABEL, f"{clip(name)!r} is no label", "such as version")
    return name


class CanaryOptions(prometheus_operator.Options):
    """The server that the controller asks, and how it tells a canary from the others."""

    address: str = Field(
        "http://prometheus.monitoring:9090",
        description="The URL of Prometheus as the controller reaches it.",
    )
    canary_label: Annotated[str, AfterValidator(_label)] | None = Field(
        None,
        description="The group label that tells versions apart, such as `version`: SLOs that count"
        " events by it compare the canary with the others.",
    )


def budget_left(slo: Slo, project: Project) -> str:
    """The share of the budget that is left in the worst group that has a history.

    Slow rules record it, and what they said last counts.
    """
    left, history = (
        latest(build.series(name, identity(slo, project)), project)
        for name in (names.BUDGET_REMAINING, names.HISTORY)
    )
    return f"min({left} and {history})"


def is_comparable(slo: Slo, label: str) -> bool:
    """Whether an SLO counts events by this label: of time, an hour is too little to compare."""
    return label in slo.folding.names and not slo.sli.counted_in.total.is_time


def canary_burn(slo: Slo, project: Project, label: str, canary: str, others: str) -> str:
    """By how much a canary burnt faster in the last hour; no answer while it has few events.

    ``canary`` and ``others`` are values of the label, as they stand between quotes: what the
    controller puts there is not known here.
    """

    def summed(side: str, value: str) -> str:
        chosen = build.series(side, {**identity(slo, project), label: value})
        return f"sum(sum_over_time({chosen}[{open_range(_OVER)}]))"

    def total_of(value: str) -> str:
        return summed(names.total_events(project.ledger_window), value)

    def ratio(value: str) -> str:
        return f"{summed(names.bad_events(project.ledger_window), value)} / ({total_of(value)} > 0)"

    budget = build.series(names.BUDGET, identity(slo, project))
    enough = build.number(Fraction(int(_ENOUGH / slo.budget) + 1))
    return (
        f"(({ratio(canary)})\n- ({ratio(others)}))\n/ min({budget})\n"
        f"and ({total_of(canary)} >= {enough})"
    )
