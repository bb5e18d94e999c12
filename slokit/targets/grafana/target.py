"""Dashboards for Grafana, as JSON to provision or to import."""

from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.source.fields import Name, Written
from slokit.targets.base import Artifact, Target, bundle_source, source_line
from slokit.targets.prometheus_operator import LabelKey, LabelValue

if TYPE_CHECKING:
    from slokit.dashboards import Dashboard


class EventWritten(Written):
    """What is marked in all graphs, such as a deployment."""

    name: str = Field(description="What the marks are called at the top of a dashboard.")
    query: str = Field(description="PromQL that has samples where a mark is wanted.")
    text: str = Field("", description="The words of a mark, with labels as `{{label}}`.")


class Options(Written):
    """What is marked and linked, and how the dashboards are delivered."""

    events: list[EventWritten] | None = Field(
        None,
        description="What is marked in all graphs, in place of new versions (`*_build_info`) and"
        " changed Deployments.",
    )
    logs: str = Field("", description="The URL of a service's logs, with `{service}` in it.")
    traces: str = Field("", description="The URL of a service's traces, with `{service}` in it.")
    loki: str = Field("", description="The uid of a Loki data source: debug dashboards show logs.")
    log_query: str = Field(
        '{service_name="{service}"}', description="LogQL of a service's logs, with `{service}`."
    )
    objects: list[Literal["ConfigMap", "GrafanaDashboard"]] = Field(
        [],
        description="Kubernetes objects: `ConfigMap` for the sidecar of Grafana's Helm chart,"
        " `GrafanaDashboard` for the Grafana operator.",
    )
    namespace: Name | None = Field(None, description="The namespace of the objects.")
    labels: dict[LabelKey, LabelValue] = Field({}, description="Labels of the objects.")
    provisioning: bool = Field(
        default=False, description="Whether a provisioning file is written for Grafana."
    )
    folder: str = Field("Error budgets", description="The folder that it puts the dashboards in.")


def emit(program: Program, options: Options) -> list[Artifact]:
    """The dashboards of the bundle, and the same as objects where those are wanted."""
    from slokit.dashboards import dashboards_of
    from slokit.dashboards.panels import Event
    from slokit.dashboards.settings import DEFAULT_EVENTS, Settings
    from slokit.targets.grafana.delivery import as_object, provisioning

    bundle = program.bundle
    source = source_line(bundle, bundle_source(bundle))
    own = options.events
    settings = Settings(
        events=DEFAULT_EVENTS
        if own is None
        else tuple(Event(e.name, e.query, e.text or e.name) for e in own),
        logs=options.logs,
        traces=options.traces,
        loki=options.loki,
        log_query=options.log_query,
    )
    artifacts = []
    for made in dashboards_of(bundle, settings):
        path = names.dashboard_file(bundle.name, made.name)
        uid = made.uid or names.dashboard_uid(bundle.name, made.name)
        only = frozenset({made.service} if made.service else ())
        artifacts.append(Artifact(path, partial(_text, made, uid, source), only))
    meta = {
        **({"namespace": options.namespace} if options.namespace else {}),
        **({"labels": dict(options.labels)} if options.labels else {}),
    }
    objects = [as_object(a, kind, source, meta) for kind in options.objects for a in artifacts]
    if options.provisioning:
        objects.append(provisioning(bundle.name, source, options.folder))
    return [*artifacts, *objects]


def _text(made: "Dashboard", uid: str, source: str) -> str:
    # those who ask for paths alone do without grafanalib
    from slokit.targets.grafana.dashboard_json import dashboard_json

    return dashboard_json(made, uid, source)


TARGET = Target(
    name="dashboards",
    title="Grafana dashboards",
    is_default=True,
    owns=(
        names.dashboard_file("*", "*"),
        names.provisioning_file("*"),
        names.operator_file("*", kind="ConfigMap"),
        names.operator_file("*", kind="GrafanaDashboard"),
    ),
    options=Options,
    emit=emit,
    of_bundle=(names.dashboard_file("*", "*"),),
)
