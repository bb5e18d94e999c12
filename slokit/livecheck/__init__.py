"""Specs against a live server: what it has, and what it will make of the rules.

The questions are in checks/, one a file; what they share is in engine/. Only instant and range
queries and the endpoints about the server itself are read; nothing is ever written to a server.
"""

from dataclasses import dataclass

from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks import CHECKS
from slokit.livecheck.checks.newer_server import UTF8_SERVER, reads_utf8
from slokit.livecheck.engine.batches import QueryBatch
from slokit.livecheck.engine.context import CheckContext, Scope
from slokit.livecheck.engine.measures import Measured
from slokit.prometheus.types import MetricsSource

_REQUESTS = 60
_REQUESTS_PER_SLO = 3


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a live server contradicts, and what each SLI is worth there, by group.

    ``measured`` follows the order of the SLOs; what cannot be measured is left out.
    """

    findings: tuple[Finding, ...]
    measured: tuple[Measured, ...]


def check(
    scope: Scope, source: MetricsSource, at: float, *, is_read_for_server: bool = False
) -> CheckResult:
    """Ask a live server about SLOs; every query is about ``at``, Unix seconds, or before.

    ``is_read_for_server`` says that slokit.yaml is for an older server than this one, for which the
    SLOs were read.

    Raises a PrometheusError when the server cannot be talked to, or not any more.
    """
    most = _REQUESTS + _REQUESTS_PER_SLO * len(scope.slos)
    batch = QueryBatch(source, at, most)
    batch.narrow_to_one_replica(scope.bundle.project.replica_labels)
    context = CheckContext(scope, batch, is_read_for_server=is_read_for_server)
    findings = tuple(finding for one in CHECKS for finding in one.run(context))
    measured = tuple(m for slo in context.slos for m in context.measured.get(slo.id, ()))
    return CheckResult(findings, measured)


__all__ = ["CHECKS", "UTF8_SERVER", "CheckResult", "Measured", "Scope", "check", "reads_utf8"]
