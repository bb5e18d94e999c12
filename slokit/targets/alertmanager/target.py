"""Routes, receivers and inhibition for Alertmanager, out of `alertmanager:` in slokit.yaml."""

from slokit.compiler import names
from slokit.compiler.routing import compile_routing
from slokit.compiler.rules import Program
from slokit.diagnostics.errors import UsageError
from slokit.targets.alertmanager.configuration import configuration
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line
from slokit.targets.rule_yaml import dump


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The configuration.

    Raises:
        UsageError: slokit.yaml does not say who is notified.
    """
    bundle = program.bundle
    if bundle.project.alertmanager is None:
        raise UsageError("the target alertmanager needs the key `alertmanager:` in slokit.yaml")
    source = source_line(bundle, bundle_source(bundle))
    text = dump(configuration(compile_routing(bundle)))
    return [Artifact(names.ALERTMANAGER_FILE, f"# {source}\n{text}")]


TARGET = Target(
    name="alertmanager",
    title="Routes, receivers and inhibition for Alertmanager",
    is_default=False,
    owns=(names.ALERTMANAGER_FILE,),
    options=NoOptions,
    emit=emit,
)
