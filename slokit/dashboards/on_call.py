"""The on-call dashboard: what an alert opens, with its service, SLO and group chosen.

First what burns and what fires, then what each SLI says, then the machines below it.
"""

from slokit.compiler import names
from slokit.dashboards.budgets import sli_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.categories import categories
from slokit.dashboards.choices import slo_page, variables
from slokit.dashboards.nodes import node_graphs
from slokit.dashboards.now import elections, firing, numbers
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import Dashboard, Section
from slokit.dashboards.quantiles import quantile_table
from slokit.dashboards.queries import ledger_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

NAME = names.ON_CALL


def on_call(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """The on-call dashboard; as many panels for 500 SLOs as for one."""
    ledger, pairs = ledger_of(bundle), burn_pairs(bundle.slos)
    link = slo_page(bundle, ledger)
    fires = firing(bundle, ledger, NAME)
    sli = budgets_over_time(bundle, ledger, link)[1]
    sections = (
        Section("now", "Now", (*numbers(ledger), fires, sli)),
        Section(
            "burn rates",
            "Burn rates against the alerts' thresholds",
            tuple(graph(bundle, ledger, pair, link) for pair in pairs),
        ),
        Section("slis", "Each SLI", (sli_table(bundle, ledger, NAME),)),
        Section("latency", "Latency against its limits", quantile_table(bundle, ledger, NAME)),
        Section("elections", "Leaders and elections", elections(bundle, ledger)),
        *categories(bundle, ledger, link),
        Section("events", "Events", events_over_time(bundle, ledger, link)),
        Section("nodes", "Nodes and containers", node_graphs(bundle), is_closed=True),
    )
    made = Dashboard(
        name=NAME,
        kind=NAME,
        title=f"On call: {bundle.name}",
        description="What fires and burns now, for one service and cluster or for all.",
        variables=variables(ledger),
        sections=sections,
        start="now-6h",
    )
    return (made,)
