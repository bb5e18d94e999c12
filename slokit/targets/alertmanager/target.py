"""Routes, receivers and inhibition for Alertmanager, out of `alertmanager:` in slokit.yaml."""

from typing import Literal, Self

from pydantic import Field, model_validator

from slokit.compiler import names
from slokit.compiler.routing import compile_routing
from slokit.compiler.rules import Program
from slokit.diagnostics import codes
from slokit.diagnostics.errors import UsageError
from slokit.source.fields import fault
from slokit.targets import prometheus_operator
from slokit.targets.alertmanager.configuration import configuration
from slokit.targets.alertmanager.operator_object import KIND, operator_object
from slokit.targets.base import Artifact, Target, bundle_source, source_line
from slokit.targets.rule_yaml import dump


class Options(prometheus_operator.Options):
    """A file or an object; namespace and labels are those of the object."""

    format: Literal["file", "alertmanagerconfig"] = Field(
        "file",
        description="`file` for Alertmanager's own configuration, `alertmanagerconfig` for an"
        " object of the Prometheus operator.",
    )

    @model_validator(mode="after")
    def _are_of_an_object(self) -> Self:
        for key in ("namespace", "labels"):
            if self.format == "file" and key in self.model_fields_set:
                message = f"{key!r} is for AlertmanagerConfig objects, and the format is `file`"
                hint = "set `format: alertmanagerconfig`, or leave it out"
                raise fault(codes.UNKNOWN_KEY, message, hint, (key,), of_key=True)
        return self


def emit(program: Program, options: Options) -> list[Artifact]:
    """The configuration.

    Raises:
        UsageError: slokit.yaml does not say who is notified.
    """
    bundle = program.bundle
    if bundle.project.alertmanager is None:
        raise UsageError("the target alertmanager needs the key `alertmanager:` in slokit.yaml")
    routing = compile_routing(bundle)
    if options.format == "alertmanagerconfig":
        data = operator_object(routing, bundle.name, options.namespace, options.labels)
        path = names.operator_file(bundle.name, kind=KIND)
    else:
        data, path = configuration(routing), names.alertmanager_file(bundle.project)
    return [Artifact(path, f"# {source_line(bundle, bundle_source(bundle))}\n{dump(data)}")]


TARGET = Target(
    name="alertmanager",
    title="Routes, receivers and inhibition for Alertmanager",
    is_default=False,
    owns=(
        names.ALERTMANAGER_FILE,
        names.ALERTMANAGER_FILES,
        f"{names.KUBERNETES_DIRECTORY}/*.{KIND.lower()}.yaml",
    ),
    options=Options,
    emit=emit,
)
