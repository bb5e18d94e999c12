"""The page of one SLO: its budget going down, its bad events by group, and what it is."""

from dataclasses import replace

from slokit.compiler import names
from slokit.dashboards.budgets import budget_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import of_line, variables
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import Dashboard, Section
from slokit.dashboards.queries import ledger_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

NAME = names.ONE_SLO


def one_slo(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """One dashboard for all SLOs, of which one is chosen: no two units share an axis."""
    ledger, pairs = ledger_of(bundle), burn_pairs(bundle.slos)
    link = of_line(bundle, names.ON_CALL, "On call")
    table = replace(budget_table(bundle, ledger, pairs, NAME), height=8)
    burn_down, sli = (replace(one, width=12) for one in budgets_over_time(bundle, ledger, link))
    events = tuple(replace(one, width=12) for one in events_over_time(bundle, ledger, link))
    sections = (
        Section("slo", "$service/$slo", (table, burn_down, sli)),
        Section("events", "Events by group", events),
        Section("burn rates", "Burn rates", tuple(graph(bundle, ledger, p, link) for p in pairs)),
    )
    made = Dashboard(
        name=NAME,
        kind=NAME,
        title=f"One SLO: {bundle.name}",
        description="One SLO: what is left of its budget, which group used it, and who owns it.",
        variables=tuple(
            replace(v, is_single=True) if v.name in (names.SERVICE, names.SLO) else v
            for v in variables(ledger)
        ),
        sections=sections,
        start="now-7d",
    )
    return (made,)
