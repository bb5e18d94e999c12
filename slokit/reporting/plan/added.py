"""The queries that find the labels which a store adds to all that it holds.

Prometheus' external labels, a tenant's namespace: each series of the ledger has them, whatever its
SLO is grouped by. ``slokit:budget:ratio`` is recorded with identity labels alone, so what else
stands on it was added.
"""

from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import series
from slokit.model.bundle import Project
from slokit.promql.selector import label_list
from slokit.reporting.plan.query import InstantQuery
from slokit.text.durations import format_duration

_EVERY = "6h"


def plan_added(project: Project, at: float, seconds: float) -> InstantQuery:
    """The label sets that were added to the ledger, now and in the past."""
    return InstantQuery("labels that the store adds", _added(project, Fraction(int(seconds))), at)


def plan_raw_labels(project: Project, at: float) -> InstantQuery:
    """Which of the added labels raw series have: a ruler of its own may add others."""
    by = f"by ({label_list(project.replica_labels)}) " if project.replica_labels else ""
    return InstantQuery(
        "labels of raw series",
        f"topk {by}(1, last_over_time(up[1h]))" if by else "topk(1, last_over_time(up[1h]))",
        at,
        "the store adds labels",
    )


def _added(project: Project, seconds: Fraction) -> str:
    """The number of budgets with each set of labels.

    >>> print(_added(Project(bundle="shop"), Fraction(604800)))
    count without (service, slo) (slokit:budget:ratio{bundle="shop"})
    or last_over_time((count without (service, slo) (slokit:budget:ratio{bundle="shop"}))[7d:6h])
    """
    budgets = f"count without (service, slo) ({series(names.BUDGET, project)})"
    # the steps of a subquery are whole multiples of its distance: the present is asked apart
    return f"{budgets}\nor last_over_time(({budgets})[{format_duration(seconds)}:{_EVERY}])"
