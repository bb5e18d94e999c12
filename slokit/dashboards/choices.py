"""What a reader chooses and clicks on a dashboard: variables, links, and the columns of tables."""

from collections.abc import Iterable
from dataclasses import replace

from slokit.compiler import names
from slokit.dashboards.panels import Column, Link, Variable
from slokit.dashboards.queries import DATA_SOURCE, FILTERS, GROUP, OWNER, Ledger
from slokit.model.bundle import Bundle, Project
from slokit.promql.selector import is_label_name, quote

_OWN_LINK = "grafana"


def variables(ledger: Ledger) -> tuple[Variable, ...]:
    """Data source, bundle, service, SLO, and the first group labels."""
    info = f'{names.INFO}{{{names.BUNDLE}="${names.BUNDLE}"'
    owners = Variable(OWNER, "Owner", "Who owns SLOs", f"label_values({info}}}, {OWNER})")
    if ledger.has_owners:
        info += f',{OWNER}=~"${OWNER}"'
    groups = (_of_group(ledger, group, name) for group, name in ledger.chosen_groups.items())
    added = "Labels that the store adds, such as the cluster"
    filters = (Variable(FILTERS, "Filters", added, is_filter=True),) if ledger.has_replicas else ()
    return (
        Variable(DATA_SOURCE, "Data source", "The Prometheus that evaluates slokit's rules"),
        Variable(
            names.BUNDLE, "Bundle", "What slokit.yaml calls itself", fixed=ledger.project.bundle
        ),
        *((owners,) if ledger.has_owners else ()),
        Variable(
            names.SERVICE,
            "Service",
            "Services with SLOs",
            f"label_values({info}}}, {names.SERVICE})",
        ),
        Variable(
            names.SLO,
            "SLO",
            "SLOs of these services",
            f'label_values({info},{names.SERVICE}=~"${names.SERVICE}"}}, {names.SLO})',
        ),
        *groups,
        *filters,
    )


def with_one_service(chosen: Iterable[Variable], service: str) -> tuple[Variable, ...]:
    """The same where there is one service alone to choose."""
    return tuple(
        replace(one, query="", fixed=service) if one.name == names.SERVICE else one
        for one in chosen
    )


def _of_group(ledger: Ledger, group: str, name: str) -> Variable:
    about = "A label that budgets are kept by"
    if is_label_name(group):
        return Variable(name, group, about, f"label_values({ledger.seen}, {group})")
    # Grafana asks for the values of a label in quotes in a way that not all servers answer, or not
    # at all: its values are read from samples, under the name of the variable.
    renamed = f'label_join({ledger.seen}, {quote(name)}, "", {quote(group)})'
    pattern = rf'/\{{{name}="(.*)"\}} /'
    return Variable(
        name, group, about, f"query_result(count by ({name}) ({renamed}))", pattern=pattern
    )


def outside_links(project: Project) -> tuple[Link, ...]:
    """The links of slokit.yaml, such as the runbooks."""
    return tuple(
        Link(name.replace("_", " ").capitalize(), url)
        for name, url in sorted(project.links.items())
        if name != _OWN_LINK
    )


def narrowed(bundle: Bundle, dashboard: str, title: str, service: str, slo: str = "") -> Link:
    """A dashboard of the bundle for one service, or one SLO, over the same time."""
    chosen = [f"var-{names.SERVICE}={service}", *([f"var-{names.SLO}={slo}"] if slo else [])]
    kept = f"${{{DATA_SOURCE}:queryparam}}&${{__url_time_range}}"
    path = f"/d/{names.dashboard_uid(bundle.name, dashboard)}"
    return Link(title, f"{path}?{'&'.join(chosen)}&{kept}")


def of_line(bundle: Bundle, dashboard: str, title: str) -> Link:
    """A dashboard of the bundle for the SLO of the line that was clicked."""
    return narrowed(bundle, dashboard, title, "${__field.labels.service}", "${__field.labels.slo}")


def slo_page(
    bundle: Bundle,
    ledger: Ledger,
    service: str = "${__field.labels.service}",
    slo: str = "${__field.labels.slo}",
) -> Link:
    """The page of an SLO, of a line unless said otherwise, on the dashboard of its service.

    It keeps the time and the choice of groups. With a service whose name is too long for a uid,
    links lead to the pages by that name.
    """
    title, begin = "This SLO's page", names.one_slo_prefix(bundle.name)
    uids = {names.one_slo_uid(bundle.name, one.name) for one in bundle.services}
    if uids != {f"{begin}{one.name}" for one in bundle.services}:
        return Link(title, f"/dashboards?tag=slokit&tag={names.ONE_SLO}&query={service}")
    kept = (DATA_SOURCE, *ledger.chosen_groups.values())
    choices = "&".join(f"${{{name}:queryparam}}" for name in kept)
    return Link(title, f"/d/{begin}{service}?var-{names.SLO}={slo}&{choices}&${{__url_time_range}}")


RUNBOOK = "runbook"


def subject(bundle: Bundle, ledger: Ledger, dashboard: str) -> tuple[Column, ...]:
    """Service, SLO and group; a click narrows the dashboard down to the one that was clicked."""
    service, slo = "${__data.fields.Service}", "${__data.fields.SLO}"
    to_service = narrowed(bundle, dashboard, "Only this service", service)
    to_slo = narrowed(bundle, dashboard, "Only this SLO", service, slo)
    page = slo_page(bundle, ledger, service, slo)
    return (
        Column(title="Service", label=names.SERVICE, links=(to_service,), pixels=105),
        Column(title="SLO", label=names.SLO, links=(to_slo, page), pixels=170, grows=True),
        *((Column(title="Group", label=GROUP, pixels=100, grows=True),) if ledger.groups else ()),
    )


def about_groups(ledger: Ledger) -> str:
    """What stands in the column Group, as a sentence for descriptions."""
    if not ledger.groups:
        return ""
    return f" Group: the values of {', '.join(ledger.groups)}, as far as the SLO has them."


def about_numbers(bundle: Bundle) -> str:
    """What the numbers of some SLOs do not say, as sentences for descriptions.

    Which SLOs those are is not said: a list would change with every service.
    """
    found = {slo.sli.counted_in.caveat for slo in bundle.slos} - {""}
    return "".join(f" {caveat[:1].upper()}{caveat[1:]}." for caveat in sorted(found))


def info_labels(bundle: Bundle) -> tuple[str, ...]:
    """Owner and runbook, as far as any SLO has them."""
    held = {
        OWNER: any(slo.owner for slo in bundle.slos),
        RUNBOOK: any(slo.runbook for slo in bundle.slos),
    }
    return tuple(label for label, is_held in held.items() if is_held)


def info_columns(bundle: Bundle) -> tuple[Column, ...]:
    """The columns of these labels; a runbook opens on a click."""
    known = {
        OWNER: Column(title="Owner", label=OWNER, pixels=105),
        RUNBOOK: Column(
            title="Runbook",
            label=RUNBOOK,
            links=(Link("Open the runbook", "${__value.raw}"),),
            pixels=78,
            text="open ↗",
        ),
    }
    return tuple(known[label] for label in info_labels(bundle))
