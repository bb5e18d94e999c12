"""The executive dashboard: what fires, what is left of each budget, and how fast it goes."""

from slokit.compiler import names
from slokit.dashboards.budgets import budget_table, service_table, so_far
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import of_line, variables
from slokit.dashboards.now import firing, firing_over_time, numbers
from slokit.dashboards.over_time import (
    budgets_over_time,
    events_over_time,
    groups_over_time,
    reliability,
)
from slokit.dashboards.panels import Dashboard, Section
from slokit.dashboards.queries import ledger_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

NAME = names.EXECUTIVE


def executive(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """The executive dashboard; as many panels for 500 SLOs as for one."""
    ledger = ledger_of(bundle)
    pairs = burn_pairs(bundle.slos)
    link = of_line(bundle, NAME, "Only this SLO")
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
        Section("reliability", "Availability, latency, and the trend", reliability(bundle, ledger)),
        Section("calendar", "Calendar windows so far", so_far(bundle, ledger, NAME)),
        Section("burn rates", "Burn rates", burns),
        Section("events", "Events", events),
    )
    made = Dashboard(
        name=NAME,
        kind=NAME,
        title=f"Error budgets: {bundle.name}",
        description="What fires, what is left of each error budget, and how fast it goes.",
        variables=variables(ledger),
        sections=sections,
    )
    return (made,)
