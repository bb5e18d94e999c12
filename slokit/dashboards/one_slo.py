"""The page of one SLO: its budget going down, bad events by group, and what it is."""

from dataclasses import replace

from slokit.compiler import names
from slokit.dashboards import about
from slokit.dashboards.budgets import budget_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import of_line, variables
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import (
    Dashboard,
    Graph,
    Query,
    Section,
    Text,
)
from slokit.dashboards.queries import Ledger, ledger_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

NAME = names.ONE_SLO


def one_slo(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """One dashboard for all SLOs, of which one is chosen: no two units share an axis."""
    ledger, pairs = ledger_of(bundle), burn_pairs(bundle.slos)
    link = of_line(bundle, names.ON_CALL, "On call")
    table = replace(budget_table(bundle, ledger, pairs, NAME), height=6)
    burn_down, sli = (replace(one, width=12) for one in budgets_over_time(bundle, ledger, link))
    sections = (
        Section(
            "slo",
            "$service/$slo",
            (table, burn_down, _with_objective(sli, ledger), _about(ledger)),
        ),
        Section("events", "Events by group", events_over_time(bundle, ledger, link)),
        Section("burn rates", "Burn rates", tuple(graph(bundle, ledger, p, link) for p in pairs)),
    )
    made = Dashboard(
        name=NAME,
        kind=NAME,
        title=f"One SLO: {bundle.name}",
        description="One SLO: what is left of its budget, which group used it, and who owns it.",
        variables=(
            *(
                replace(v, is_single=True) if v.name in (names.SERVICE, names.SLO) else v
                for v in variables(ledger)
            ),
            about.variable_of(ledger),
        ),
        sections=sections,
        start="now-7d",
    )
    return (made,)


def _with_objective(sli: Graph, ledger: Ledger) -> Graph:
    """The SLI over time beside the share that is promised."""
    return replace(
        sli,
        title="SLI and objective over time",
        description=f"{sli.description} While a line is below the objective, the budget goes down.",
        queries=(*sli.queries, Query(ledger.objective(), "objective")),
    )


def _about(ledger: Ledger) -> Text:
    """What the SLO is, out of a hidden variable."""
    return Text(
        key="about",
        title="What is measured",
        description="The SLO in words. The link opens its bad and total events in Explore, group by"
        " group and over the same time, to look at them by other labels. Its expressions, the"
        " series that it reads and its members stand on the debug dashboard of the service, in the"
        " list at the top.",
        width=24,
        height=8,
        content=f"{about.recorded_link(ledger)}\n\n${{{about.MEASURED}:raw}}",
    )
