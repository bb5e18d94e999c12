"""Output targets, one a file or folder. To add one: write it and name its TARGET here."""

from collections.abc import Iterable
from typing import Any

from slokit.diagnostics.errors import UsageError
from slokit.model.bundle import Project
from slokit.targets import argo_rollouts, flagger, prometheus, prometheus_operator, vmalert
from slokit.targets.alertmanager import target as alertmanager
from slokit.targets.base import Artifact, Target
from slokit.targets.grafana import target as grafana
from slokit.targets.promtool import target as promtool
from slokit.text.words import no_such

TARGETS: tuple[Target[Any], ...] = (
    prometheus.TARGET,
    promtool.TARGET,
    grafana.TARGET,
    prometheus_operator.TARGET,
    vmalert.TARGET,
    alertmanager.TARGET,
    argo_rollouts.TARGET,
    flagger.TARGET,
)


def targets_of(project: Project, names: Iterable[str] | None = None) -> tuple[Target[Any], ...]:
    """The targets of these names; those of slokit.yaml or the default ones when none are named.

    Raises:
        UsageError: no such target.
    """
    wanted = list(names or project.targets or [t.name for t in TARGETS if t.is_default])
    known = {target.name: target for target in TARGETS}
    for name in wanted:
        if name not in known:
            raise UsageError(no_such("target", name, known))
    return tuple(known[name] for name in dict.fromkeys(wanted))


def owned_paths(project: Project, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """The patterns below the output directory that belong to targets alone."""
    return tuple(path for target in targets_of(project, names) for path in target.owns)


__all__ = ["TARGETS", "Artifact", "Target", "owned_paths", "targets_of"]
