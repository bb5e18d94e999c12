"""PrometheusRule objects for the Prometheus operator: one for each service, one for the bundle."""

from collections.abc import Mapping
from typing import Any

from slokit.compiler import names
from slokit.compiler.rules import Program, RuleGroup
from slokit.targets.base import Artifact, Target, bundle_source, source_line
from slokit.targets.rule_data import groups_data
from slokit.targets.yaml_text import dump


def emit(program: Program, options: Mapping[str, Any]) -> list[Artifact]:
    """The objects; ``options`` may hold ``namespace`` and ``labels``."""
    bundle = program.bundle
    artifacts = [
        Artifact(
            names.operator_file(service.name),
            f"# {source_line(bundle, service.file)}\n"
            + dump(_object(f"{bundle.name}-{service.name}", [group], options)),
            frozenset({service.name}),
        )
        for service, group in program.ledgers
    ]
    text = f"# {source_line(bundle, bundle_source(bundle))}\n" + dump(
        _object(f"{bundle.name}-bundle", program.groups, options)
    )
    return [*artifacts, Artifact(names.operator_file(f"{bundle.name}.bundle"), text)]


def _object(
    name: str, groups: "list[RuleGroup] | tuple[RuleGroup, ...]", options: Mapping[str, Any]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": f"slokit-{name}"}
    if namespace := options.get("namespace"):
        metadata["namespace"] = namespace
    metadata["labels"] = {"app.kubernetes.io/managed-by": "slokit", **options.get("labels", {})}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": groups_data(groups),
    }


TARGET = Target(
    name="prometheus-operator",
    title="PrometheusRule objects for the Prometheus operator",
    is_default=False,
    owns=(f"{names.KUBERNETES_DIRECTORY}/*.prometheusrule.yaml",),
    emit=emit,
)
