"""Specs against a live server: what it has, and what it will make of the rules.

The questions are in checks/, one a file; what they share is in engine/. Only instant and range
queries and the endpoints about the server itself are read; nothing is ever written to a server.
"""

from collections.abc import Sequence

from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks import CHECKS
from slokit.livecheck.engine.batches import QueryBatch
from slokit.livecheck.engine.context import CheckContext
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.prometheus.types import MetricsSource

_REQUESTS = 60
_REQUESTS_PER_SLO = 3


def check(
    slos: Sequence[Slo], project: Project, source: MetricsSource, at: float
) -> tuple[Finding, ...]:
    """What a live server contradicts; every query is evaluated at ``at``, Unix seconds.

    Raises a PrometheusError when the server cannot be talked to, or not any more.
    """
    most = _REQUESTS + _REQUESTS_PER_SLO * len(slos)
    batch = QueryBatch(source, at, most)
    batch.narrow_to_one_replica(project.replica_labels)
    context = CheckContext(slos, project, batch)
    return tuple(finding for one in CHECKS for finding in one.run(context))


__all__ = ["CHECKS", "check"]
