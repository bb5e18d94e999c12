"""Dashboards for Grafana, as JSON to provision or to import."""

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The dashboards of the bundle."""
    from slokit.dashboards import DASHBOARDS
    from slokit.targets.grafana.dashboard_json import dashboard_json

    bundle = program.bundle
    source = source_line(bundle, bundle_source(bundle))
    return [
        Artifact(
            names.dashboard_file(bundle.name, dashboard.name),
            dashboard_json(dashboard, names.dashboard_uid(bundle.name, dashboard.name), source),
        )
        for dashboard in (build(bundle) for build in DASHBOARDS)
    ]


TARGET = Target(
    name="dashboards",
    title="Grafana dashboards",
    is_default=True,
    owns=(names.dashboard_file("*", "*"),),
    options=NoOptions,
    emit=emit,
    of_bundle=(names.dashboard_file("*", "*"),),
)
