"""Rules for vmalert, as plain files or as VMRule objects of VictoriaMetrics' operator.

For every evaluator that does not see at once what its own rules recorded: no rule compares raw
series with a recorded one. What reads recorded series alone is right, only later; how much later
is said in docs/how-to/vmalert.md. It owns no expression: the compiler writes them.
"""

from typing import Literal

from pydantic import Field

from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import Program, Ruler
from slokit.targets import prometheus_operator
from slokit.targets.base import Artifact, Target
from slokit.targets.prometheus_operator import Kind
from slokit.targets.rule_yaml import rule_files

VM_RULE = Kind("operator.victoriametrics.com/v1beta1", "VMRule")


class Options(prometheus_operator.Options):
    """Files or objects; namespace and labels are those of the objects."""

    format: Literal["rules", "vmrule"] = Field(
        "rules", description="`rules` for plain rule files, `vmrule` for VMRule objects."
    )


def emit(program: Program, options: Options) -> list[Artifact]:
    """The rule files, or the objects."""
    bundle = program.bundle
    apart = compile_bundle(bundle, Ruler.VMALERT)
    if options.format == "vmrule":
        return prometheus_operator.emit(apart, options, VM_RULE)
    return rule_files(apart, names.vmalert_file, names.vmalert_file(f"{bundle.name}.bundle"))


TARGET = Target(
    name="vmalert",
    title="Rules for vmalert and other evaluators that do not read their own writes",
    is_default=False,
    owns=(
        f"{names.VMALERT_DIRECTORY}/*.rules.yaml",
        f"{names.KUBERNETES_DIRECTORY}/*.{VM_RULE.name.lower()}.yaml",
    ),
    options=Options,
    emit=emit,
)
