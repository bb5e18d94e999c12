"""Rules for vmalert, as plain files or as VMRule objects of VictoriaMetrics' operator.

For every evaluator that does not see at once what its own rules recorded: no rule compares raw
series with a recorded one. What reads recorded series alone is right, only later; how much later
is said in docs/how-to/vmalert.md. It owns no expression: the compiler writes them.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Program, RuleGroup, Ruler
from slokit.diagnostics import codes
from slokit.source.fields import fault
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
    keep_firing_for: bool = Field(
        default=False,
        description="Whether vmalert knows `keep_firing_for`: older ones load no such rule.",
    )

    @model_validator(mode="after")
    def _are_of_objects(self) -> Self:
        for key in ("namespace", "labels"):
            if self.format == "rules" and key in self.model_fields_set:
                message = f"{key!r} is for VMRule objects, and the format is `rules`"
                hint = "set `format: vmrule`, or leave it out"
                raise fault(codes.UNKNOWN_KEY, message, hint, (key,), of_key=True)
        return self


def emit(program: Program, options: Options) -> list[Artifact]:
    """The rule files, or the objects."""
    bundle = program.bundle
    apart = compile_bundle(bundle, Ruler.VMALERT)
    if not options.keep_firing_for:
        causes = {name: _plain(group) for name, group in apart.causes.items()}
        apart = replace(apart, groups=tuple(map(_plain, apart.groups)), causes=causes)
    if options.format == "vmrule":
        return prometheus_operator.emit(apart, options, VM_RULE)
    return rule_files(apart, names.vmalert_file, names.vmalert_file(f"{bundle.name}.bundle"))


def _plain(group: RuleGroup) -> RuleGroup:
    """The group for a vmalert that refuses the whole file for one key that it does not know."""
    rules = (
        replace(rule, keep_firing=Fraction(0)) if isinstance(rule, AlertRule) else rule
        for rule in group.rules
    )
    return replace(group, rules=tuple(rules))


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
    of_bundle=(
        f"{names.VMALERT_DIRECTORY}/*.bundle.rules.yaml",
        f"{names.KUBERNETES_DIRECTORY}/*.bundle*.{VM_RULE.name.lower()}.yaml",
    ),
)
