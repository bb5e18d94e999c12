"""The overview of a bundle: what fires, what is left of each budget, how fast it goes."""

from slokit.compiler import alert_labels, names
from slokit.dashboards.budgets import budget_table, service_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import narrowed, outside_links, variables
from slokit.dashboards.now import firing, firing_over_time, numbers
from slokit.dashboards.over_time import budgets_over_time, events_over_time, groups_over_time
from slokit.dashboards.panels import Dashboard, Section
from slokit.dashboards.queries import Ledger, group_labels
from slokit.model.bundle import Bundle

NAME = "overview"


def overview(bundle: Bundle) -> Dashboard:
    """The overview; as many panels for 500 SLOs as for one."""
    ledger = Ledger(
        bundle.project,
        group_labels(bundle),
        names.burn_alerts(bundle),
        alert_labels.on_alerts(bundle),
    )
    pairs = burn_pairs(bundle.slos)
    link = narrowed(
        bundle, NAME, "Only this SLO", "${__field.labels.service}", "${__field.labels.slo}"
    )
    burns = tuple(graph(bundle, ledger, pair, link) for pair in pairs)
    now = (*numbers(ledger), firing(bundle, ledger, NAME), firing_over_time(bundle, ledger))
    budgets = (
        budget_table(bundle, ledger, pairs, NAME),
        service_table(bundle, ledger, NAME),
        *budgets_over_time(bundle, ledger, link),
    )
    events = (*events_over_time(bundle, ledger, link), groups_over_time(ledger))
    sections = (
        Section("now", "Now", now),
        Section("budgets", "Error budgets", budgets),
        Section("burn rates", "Burn rates", burns),
        Section("events", "Events", events),
    )
    return Dashboard(
        name=NAME,
        title=f"Error budgets: {bundle.name}",
        description="What fires, what is left of each error budget, and how fast it goes.",
        variables=variables(ledger),
        sections=tuple(section for section in sections if section.panels),
        links=outside_links(bundle.project),
    )
