"""AnalysisTemplate objects for Argo Rollouts: one for each service, which its rollouts name.

An analysis fails where a budget is spent, or where a canary burns it too fast; where nothing is
known it is inconclusive, and the rollout waits for a person.
"""

from typing import Any

from pydantic import Field

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.model.budget_policy import DEFAULT, freeze_below
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.targets import canaries, prometheus_operator
from slokit.targets.base import Artifact, Target
from slokit.targets.canaries import CanaryOptions
from slokit.targets.prometheus_operator import Kind
from slokit.targets.rule_yaml import dump

TEMPLATE = Kind("argoproj.io/v1alpha1", "AnalysisTemplate")
# A canary is asked about every five minutes, as often as its events are counted.
_INTERVAL, _COUNT = "5m", 3
# So often an answer may be missing: what is counted for the first time comes after ten minutes.
_UNKNOWN = 3


class Options(CanaryOptions):
    """The server that the controller asks, how it tells a canary from the others, and a limit."""

    max_worse: float = Field(
        1.0, gt=0, description="By how much the canary's burn rate may be above the others'."
    )


def emit(program: Program, options: Options) -> list[Artifact]:
    """The objects."""
    project, made = program.bundle.project, []
    for service in program.bundle.services:
        metrics = [metric for slo in service.slos for metric in _metrics(slo, project, options)]
        spec: dict[str, Any] = {"metrics": metrics}
        if any("{{args." in metric["provider"]["prometheus"]["query"] for metric in metrics):
            spec = {"args": [{"name": "canary"}, {"name": "stable"}], **spec}
        data = prometheus_operator.object_of(
            TEMPLATE, names.operator_object(project.bundle, service.name), spec, options
        )
        made.append(prometheus_operator.file_of(service, program.bundle, TEMPLATE, dump(data)))
    return made


def _metrics(slo: Slo, project: Project, options: Options) -> list[dict[str, Any]]:
    least = float(freeze_below(project.budget_rules or DEFAULT))
    # a budget that is just spent is spent
    passes, fails = ("> 0", "<= 0") if not least else (f">= {least:g}", f"< {least:g}")
    query = canaries.budget_left(slo, project)
    found = [_metric(f"{slo.name}-budget", query, passes, fails, options)]
    if options.canary_label and canaries.is_comparable(slo, options.canary_label):
        values = "{{args.canary}}", "{{args.stable}}"
        query = canaries.canary_burn(slo, project, options.canary_label, *values)
        passes, fails = f"<= {options.max_worse:g}", f"> {options.max_worse:g}"
        repeated = {"interval": _INTERVAL, "count": _COUNT}
        found.append({**_metric(f"{slo.name}-canary", query, passes, fails, options), **repeated})
    return found


def _metric(name: str, query: str, passes: str, fails: str, options: Options) -> dict[str, Any]:
    """A metric of an analysis; without a sample neither condition holds."""
    return {
        "name": name,
        "successCondition": f"len(result) > 0 && result[0] {passes}",
        "failureCondition": f"len(result) > 0 && result[0] {fails}",
        "inconclusiveLimit": _UNKNOWN if name.endswith("-canary") else 0,
        "provider": {"prometheus": {"address": options.address, "query": query}},
    }


TARGET = Target(
    name="argo-rollouts",
    title="AnalysisTemplate objects for Argo Rollouts",
    is_default=False,
    owns=(f"{names.KUBERNETES_DIRECTORY}/*.{TEMPLATE.name.lower()}.yaml",),
    options=Options,
    emit=emit,
)
