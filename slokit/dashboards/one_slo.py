"""The page of one SLO: its budget going down, bad events by group and member, and what it is."""

from dataclasses import replace
from fractions import Fraction

from slokit.compiler import names
from slokit.dashboards import about
from slokit.dashboards.budgets import budget_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import of_line, variables
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import (
    BLUE,
    Dashboard,
    Graph,
    Query,
    Section,
    Shown,
    Step,
    Text,
)
from slokit.dashboards.queries import Ledger, ledger_of
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle

NAME = names.ONE_SLO
_RAW = Fraction(6 * 3600)  # raw series are read over no more, whatever the page shows


def one_slo(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """One dashboard for all SLOs, of which one is chosen: no two units share an axis."""
    ledger, pairs = ledger_of(bundle), burn_pairs(bundle.slos)
    link = of_line(bundle, names.ON_CALL, "On call")
    table = replace(budget_table(bundle, ledger, pairs, NAME), height=6)
    burn_down, sli = (replace(one, width=12) for one in budgets_over_time(bundle, ledger, link))
    own = about.variables_of(bundle, ledger)
    sections = (
        Section(
            "slo",
            "$service/$slo",
            (table, burn_down, _with_objective(sli, ledger), _about(is_known=bool(own))),
        ),
        Section(
            "members",
            "Bad events by member",
            (_members(bundle, ledger),) if own else (),
            is_closed=True,
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
            *own,
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


def _about(*, is_known: bool) -> Text:
    """What the SLO is, out of a hidden variable."""
    link = about.explore_link(f"${{{about.EXPLORED}:percentencode}}")
    elsewhere = (
        "There are too many SLOs for their words and expressions to stand here: see the debug"
        " dashboard of the service, in the list at the top."
    )
    return Text(
        key="about",
        title="What is measured",
        description="The SLO in words, and the series that it reads. The link opens them in"
        " Explore, member by member and over the same time, to look at them by other labels."
        " What is recorded of them stands on the debug dashboard of the service.",
        width=24,
        height=8 if is_known else 3,
        content=f"{link}\n\n${{{about.MEASURED}:raw}}" if is_known else elsewhere,
    )


def _members(bundle: Bundle, ledger: Ledger) -> Graph:
    """Bad events member by member, by a query out of a hidden variable."""
    return Graph(
        key="members",
        title="Bad events by member",
        description=(
            "Bad events per second of each member over the last hours, or the level of each"
            " member where a level is judged. One member that stands apart fails by itself;"
            " all together, look at what they share. The debug dashboard shows more of them."
        ),
        width=24,
        height=10,
        shown=Shown("short", None, (Step(BLUE),)),
        empty="no such series here / nothing happened",
        queries=(Query(ledger.owned_chosen(f"${{{about.MEMBERS}:raw}}"), "__auto"),),
        resolution=2 * bundle.project.interval,
        always_over=_RAW,
    )
