"""MetricTemplate objects for Flagger: for each SLO the budget that is left, and a canary's burn.

Flagger compares what a query gives with the `thresholdRange` of a Canary, which is the user's own;
a query without an answer stops a canary where it is.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from slokit.compiler import gating, names
from slokit.compiler.rules import Program
from slokit.diagnostics import codes
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql.selector import is_label_name
from slokit.source.fields import fault
from slokit.targets import prometheus_operator
from slokit.targets.base import Artifact, Target
from slokit.targets.prometheus_operator import Kind
from slokit.targets.rule_yaml import dump
from slokit.text.words import clip

TEMPLATE = Kind("flagger.app/v1beta1", "MetricTemplate")


def _label(name: str) -> str:
    if not is_label_name(name):
        raise fault(codes.BAD_LABEL, f"{clip(name)!r} is no label", "such as version")
    return name


class Options(prometheus_operator.Options):
    """The server that the controller asks, and how it tells a canary from the others."""

    address: str = Field(
        "http://prometheus.monitoring:9090",
        description="The URL of Prometheus as the controller reaches it.",
    )
    canary_label: Annotated[str, AfterValidator(_label)] | None = Field(
        None,
        description="The group label that tells versions apart, such as `version`: SLOs that count"
        " events by it compare the canary with the others.",
    )


def emit(program: Program, options: Options) -> list[Artifact]:
    """The objects of each service in one file."""
    project, made = program.bundle.project, []
    for service in program.bundle.services:
        objects = "---\n".join(
            text for slo in service.slos for text in _objects(slo, project, options)
        )
        made.append(prometheus_operator.file_of(service, program.bundle, TEMPLATE, objects))
    return made


def _objects(slo: Slo, project: Project, options: Options) -> list[str]:
    queries = {"budget": gating.budget_left(slo, project)}
    if options.canary_label and gating.is_comparable(slo, options.canary_label):
        # the workload of the canary has the target's name, and Flagger's copy serves the others
        values = "{{ target }}", "{{ target }}-primary"
        queries["canary"] = gating.canary_burn(slo, project, options.canary_label, *values)
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
    options=Options,
    emit=emit,
)
