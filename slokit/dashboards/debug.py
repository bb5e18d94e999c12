"""The debug dashboard of a service: the raw series behind each of its SLOs, member by member.

What is shown of an SLO is its SLI's own to say (its facets). The sections are closed: a service of
fifty SLOs asks nothing before one of them is opened.
"""

from collections.abc import Iterator
from dataclasses import replace

from slokit.compiler import names
from slokit.dashboards import about
from slokit.dashboards.choices import slo_page, variables, with_one_service
from slokit.dashboards.nodes import INPUT_OUTPUT, node_graphs
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import BLUE, Dashboard, Link, Logs, Section, Shown, Step, Text
from slokit.dashboards.queries import Ledger, ledger_of
from slokit.dashboards.raw_series import panels_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle
from slokit.model.slo import Service, Slo

NAME = names.DEBUG
_SHARDS = ("shard", "partition", "keyspace", "replica")


def debug(bundle: Bundle, settings: Settings) -> tuple[Dashboard, ...]:
    """One a service."""
    return tuple(_of_service(bundle, service, settings) for service in bundle.services)


def _of_service(bundle: Bundle, service: Service, settings: Settings) -> Dashboard:
    own = replace(bundle, services=(service,))
    ledger = ledger_of(own)
    sections = [_of_slo(slo, bundle, ledger) for slo in service.slos]
    io = node_graphs(bundle, INPUT_OUTPUT)
    sections.append(Section("disks and network", "Disks and network of nodes", io, is_closed=True))
    if settings.loki:
        sections.append(Section("all logs", "Logs", (_logs(service, settings),), is_closed=True))
    return Dashboard(
        name=names.service_dashboard(NAME, service.name),
        uid=names.debug_uid(bundle.name, service.name),
        kind=NAME,
        title=f"Debug {service.name}: {bundle.name}",
        description=f"The raw series behind the SLOs of {service.name}, member by member.",
        variables=with_one_service(variables(ledger), service.name),
        sections=(*sections, *_by_group(own, ledger)),
        links=(*_links(service, settings), *_runbook(service, bundle)),
        start="now-3h",
        service=service.name,
    )


def _by_group(own: Bundle, ledger: Ledger) -> Iterator[Section]:
    """The SLIs of each shard, or of what groups go by last, in a row of its own."""
    chosen = ledger.chosen_groups
    if chosen:
        label = next((one for one in _SHARDS if one in chosen), [*chosen][-1])
        link = slo_page(own, ledger)
        panels = (budgets_over_time(own, ledger, link)[1], *events_over_time(own, ledger, link))
        title = f"{label} ${chosen[label]}"
        yield Section(f"group {label}", title, panels, is_closed=True, repeat=chosen[label])


def _of_slo(slo: Slo, bundle: Bundle, ledger: Ledger) -> Section:
    panels = (*panels_of(slo, bundle, ledger), _about(slo, bundle))
    return Section(slo.name, f"{slo.name}: {about.goal(slo)}", panels, is_closed=True)


def _about(slo: Slo, bundle: Bundle) -> Text:
    """What the SLO is, in words and in PromQL."""
    return Text(
        key=f"{slo.name}/about",
        title="What is measured",
        description="The SLO in words, and the two expressions that it records. The link opens"
        " both in Explore, over the same time, to look at them by other labels.",
        width=24,
        height=9,
        content=about.written_out(slo, bundle),
    )


def _links(service: Service, settings: Settings) -> Iterator[Link]:
    for title, url in (("Logs", settings.logs), ("Traces", settings.traces)):
        if url:
            yield Link(title, url.replace("{service}", service.name))


def _runbook(service: Service, bundle: Bundle) -> Iterator[Link]:
    url = service.runbook or bundle.runbook_of(service.name)
    if url:
        yield Link("Runbook", url)


def _logs(service: Service, settings: Settings) -> Logs:
    return Logs(
        key="logs",
        title="Logs",
        description="What the service wrote, newest first, in the same time range.",
        width=24,
        height=12,
        shown=Shown("short", None, (Step(BLUE),)),
        expr=settings.log_query.replace("{service}", service.name),
        source=settings.loki,
    )
