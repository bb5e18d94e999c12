"""Output targets, one a file or folder. To add one: write it and name its TARGET here."""

from typing import Any

from slokit.targets import prometheus, prometheus_operator
from slokit.targets.base import Artifact, Target
from slokit.targets.grafana import target as grafana
from slokit.targets.promtool import target as promtool

TARGETS: tuple[Target[Any], ...] = (
    prometheus.TARGET,
    promtool.TARGET,
    grafana.TARGET,
    prometheus_operator.TARGET,
)

__all__ = ["TARGETS", "Artifact", "Target"]
