"""Dashboards for Grafana, as JSON to provision or to import."""

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The dashboards of the bundle."""
    from slokit.dashboards import dashboards_of
    from slokit.targets.grafana.dashboard_json import dashboard_json

    bundle = program.bundle
    source = source_line(bundle, bundle_source(bundle))
    artifacts = []
    for made in dashboards_of(bundle):
        path = names.dashboard_file(bundle.name, made.name)
        uid = uid_of(bundle.name, made.name, made.service)
        only = frozenset({made.service} if made.service else ())
        artifacts.append(Artifact(path, dashboard_json(made, uid, source), only))
    return artifacts


def uid_of(bundle: str, dashboard: str, service: str) -> str:
    """The uid of a dashboard: that of a bundle, or of one of its services."""
    return names.debug_uid(bundle, service) if service else names.dashboard_uid(bundle, dashboard)


TARGET = Target(
    name="dashboards",
    title="Grafana dashboards",
    is_default=True,
    owns=(names.dashboard_file("*", "*"),),
    options=NoOptions,
    emit=emit,
    of_bundle=(names.dashboard_file("*", "*"),),
)
