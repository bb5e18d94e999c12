"""The queries that find the labels which a store adds to all that it holds.

Prometheus' external labels, a tenant's namespace: each series of the ledger has them, whatever its
SLO is grouped by. ``slokit:budget:ratio`` is recorded with identity labels alone, so what else
stands on it was added.
"""

from collections.abc import Iterable
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import series
from slokit.model.bundle import Project
from slokit.promql.selector import Matcher, Selector, label_list
from slokit.reporting.model import TimeRange
from slokit.reporting.plan.query import InstantQuery, halves_of, union
from slokit.text.durations import format_duration

_EVERY, _EVERY_SECONDS = "6h", 21_600.0
LEDGER, TARGET = "ledger", "target"
_LATELY = "last_over_time(up[1h])"


def plan_added(project: Project, at: float, seconds: float) -> InstantQuery:
    """The label sets that were added to the ledger, now and in the past."""
    return InstantQuery(
        "labels that the store adds",
        _added(project, Fraction(int(seconds))),
        at,
        smaller=lambda: [
            plan_added(project, half.end, half.seconds)
            for half in halves_of(TimeRange(at - seconds, at), _EVERY_SECONDS)
        ],
    )


def plan_raw_labels(project: Project, at: float) -> InstantQuery:
    """Which of the added labels raw series have: a ruler of its own may add others."""
    by = f"by ({label_list(project.replica_labels)}) " if project.replica_labels else ""
    return InstantQuery(
        "labels of raw series",
        f"topk {by}(1, {_LATELY})" if by else f"topk(1, {_LATELY})",
        at,
        "the store adds labels",
    )


def plan_elsewhere(project: Project, at: float) -> InstantQuery:
    """What tells of added labels where the bundle has no ledger yet.

    Those of other bundles' ledgers; and the series of one target that is there several times, whose
    labels are no labels of the target where they differ.

    >>> print(plan_elsewhere(Project(replica_labels=("replica",)), 0.0).promql)
    label_replace(count without (bundle, service, slo) (slokit:budget:ratio),
      "side", "ledger", "", "")
    or label_replace(up and on (job, instance)
      topk(1, count by (job, instance) (max without (replica) (up{job!="",instance!=""})) > 1),
      "side", "target", "", "")
    """
    # now: a target whose labels were edited within the hour had two series in it
    ups = str(Selector("up", (Matcher("job", "!=", ""), Matcher("instance", "!=", ""))))
    if project.replica_labels:
        ups = f"max without ({label_list(project.replica_labels)}) ({ups})"
    repeated = f"topk(1, count by (job, instance) ({ups}) > 1)"
    sides = {
        LEDGER: f"count without (bundle, service, slo) ({names.BUDGET})",
        TARGET: f"up and on (job, instance) {repeated}",
    }
    purpose = "labels that the store adds to other ledgers, or to one target"
    return InstantQuery(purpose, union(sides), at, "the bundle has no ledger")


def plan_values(labels: Iterable[str], at: float) -> InstantQuery:
    """The values that labels have together on what is scraped.

    >>> plan_values(["cluster"], 0.0).promql
    'count by (cluster) (last_over_time(up[1h]))'
    """
    promql = f"count by ({label_list(labels)}) ({_LATELY})"
    return InstantQuery("values of labels that the store adds", promql, at)


def _added(project: Project, seconds: Fraction) -> str:
    """The number of budgets with each set of labels.

    >>> print(_added(Project(bundle="shop"), Fraction(604800)))
    count without (service, slo) (slokit:budget:ratio{bundle="shop"})
    or last_over_time((count without (service, slo) (slokit:budget:ratio{bundle="shop"}))[7d:6h])
    """
    budgets = f"count without (service, slo) ({series(names.BUDGET, project)})"
    # the steps of a subquery are whole multiples of its distance: the present is asked apart
    return f"{budgets}\nor last_over_time(({budgets})[{format_duration(seconds)}:{_EVERY}])"
