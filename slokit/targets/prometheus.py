"""Rule files for Prometheus: one for each service, one for the bundle.

They may run where a rule reads what its group has just recorded: in Prometheus, and in Mimir's own
ruler. For others there is :mod:`slokit.targets.vmalert`.
"""

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.targets.base import Artifact, NoOptions, Target
from slokit.targets.rule_yaml import rule_files


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The rule files."""
    bundle_path = names.bundle_rules_file(program.bundle.name)
    return rule_files(program, names.service_rules_file, bundle_path)


TARGET = Target(
    name="prometheus",
    title="Prometheus rule files",
    is_default=True,
    owns=(f"{names.RULES_DIRECTORY}/*.rules.yaml",),
    options=NoOptions,
    emit=emit,
    of_bundle=(names.bundle_rules_file("*"),),
)
