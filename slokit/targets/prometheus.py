"""Rule files for Prometheus: one for each service, one for the bundle.

They may run where a rule reads what its group has just recorded: in Prometheus, and in Mimir's own
ruler. For others there is :mod:`slokit.targets.vmalert`.
"""

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line
from slokit.targets.rule_yaml import dump, groups_data


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The rule files."""
    bundle = program.bundle
    artifacts = [
        Artifact(
            names.service_rules_file(service.name),
            f"# {source_line(bundle, service.file)}\n{dump(groups_data([group]))}",
            frozenset({service.name}),
        )
        for service, group in program.ledgers
    ]
    text = f"# {source_line(bundle, bundle_source(bundle))}\n{dump(groups_data(program.groups))}"
    return [*artifacts, Artifact(names.bundle_rules_file(bundle.name), text)]


TARGET = Target(
    name="prometheus",
    title="Prometheus rule files",
    is_default=True,
    owns=(f"{names.RULES_DIRECTORY}/*.rules.yaml",),
    options=NoOptions,
    emit=emit,
)
