"""What a bundle wants of its dashboards beside what its specs say: events, logs and traces."""

from dataclasses import dataclass

from slokit.dashboards.panels import Event

# A version that was not there five minutes ago, of a job that was; and a generation that changed.
_BUILDS = 'last_over_time({{__name__=~".+_build_info"}}[5m]{at})'
_VERSIONS = (
    "count by (job, version) ({now})\n"
    "unless count by (job, version) ({before})\n"
    "and on (job) count by (job) ({before})"
).format(now=_BUILDS.format(at=""), before=_BUILDS.format(at=" offset 5m"))
_GENERATIONS = (
    "sum by (namespace, deployment) (changes(kube_deployment_status_observed_generation[5m])) > 0"
)

DEFAULT_EVENTS = (
    Event("New versions", _VERSIONS, "{{job}} {{version}}"),
    Event("Deployments", _GENERATIONS, "{{namespace}}/{{deployment}}", "purple"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """``logs`` and ``traces`` are URLs with ``{service}`` in them; ``loki`` is a data source's uid.

    ``log_query`` is LogQL with ``{service}``.
    """

    events: tuple[Event, ...] = DEFAULT_EVENTS
    logs: str = ""
    traces: str = ""
    loki: str = ""
    log_query: str = '{service_name="{service}"}'
