"""MetricTemplate objects for Flagger: for each SLO the budget that is left, and a canary's burn.

Flagger compares what a query gives with the `thresholdRange` of a Canary, which is the user's own;
a query without an answer stops a canary where it is.
"""

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.targets import canaries, prometheus_operator
from slokit.targets.base import Artifact, Target
from slokit.targets.canaries import CanaryOptions
from slokit.targets.prometheus_operator import Kind
from slokit.targets.rule_yaml import dump

TEMPLATE = Kind("flagger.app/v1beta1", "MetricTemplate")


def emit(program: Program, options: CanaryOptions) -> list[Artifact]:
    """The objects of each service in one file."""
    project, made = program.bundle.project, []
    for service in program.bundle.services:
        objects = "---\n".join(
            text for slo in service.slos for text in _objects(slo, project, options)
        )
        made.append(prometheus_operator.file_of(service, program.bundle, TEMPLATE, objects))
    return made


def _objects(slo: Slo, project: Project, options: CanaryOptions) -> list[str]:
    queries = {"budget": canaries.budget_left(slo, project)}
    if options.canary_label and canaries.is_comparable(slo, options.canary_label):
        # the workload of the canary has the target's name, and Flagger's copy serves the others
        values = "{{ target }}", "{{ target }}-primary"
        queries["canary"] = canaries.canary_burn(slo, project, options.canary_label, *values)
    whole = names.operator_object(project.bundle, slo.service)
    return [
        dump(
            prometheus_operator.object_of(
                TEMPLATE,
                f"{whole}.{slo.name}.{what}",
                {"provider": {"type": "prometheus", "address": options.address}, "query": query},
                options,
            )
        )
        for what, query in queries.items()
    ]


TARGET = Target(
    name="flagger",
    title="MetricTemplate objects for Flagger",
    is_default=False,
    owns=(f"{names.KUBERNETES_DIRECTORY}/*.{TEMPLATE.name.lower()}.yaml",),
    options=CanaryOptions,
    emit=emit,
)
