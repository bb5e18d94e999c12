"""What a reader chooses at the top of a dashboard, and where its links lead."""

from slokit.compiler import names
from slokit.dashboards.panels import Link, Variable
from slokit.dashboards.queries import DATA_SOURCE, Ledger
from slokit.model.bundle import Bundle, Project

_OWN_LINK = "grafana"


def variables(ledger: Ledger) -> tuple[Variable, ...]:
    """Data source, bundle, service, SLO, and the group labels that most SLOs have."""
    info = f'{names.INFO}{{{names.BUNDLE}="${names.BUNDLE}"'
    groups = (
        Variable(group, group, "A label that budgets are kept by", f"{_values(ledger, group)}")
        for group in ledger.chosen_groups
    )
    return (
        Variable(DATA_SOURCE, "Data source", "The Prometheus that evaluates slokit's rules"),
        Variable(
            names.BUNDLE, "Bundle", "What slokit.yaml calls itself", fixed=ledger.project.bundle
        ),
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
    )


def _values(ledger: Ledger, group: str) -> str:
    return f"label_values({ledger.seen}, {group})"


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
