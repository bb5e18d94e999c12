"""Output targets, one a file. To add one: write its file and name its TARGET here."""

from slokit.targets import grafana, prometheus_operator, prometheus_rules, promtool_tests
from slokit.targets.base import Artifact, Target

TARGETS: tuple[Target, ...] = (
    prometheus_rules.TARGET,
    promtool_tests.TARGET,
    grafana.TARGET,
    prometheus_operator.TARGET,
)

__all__ = ["TARGETS", "Artifact", "Target"]
