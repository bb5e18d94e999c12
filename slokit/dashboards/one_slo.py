"""The page of one SLO: its budget going down, bad events by group and by member, and what it is.

A service has one dashboard for the pages of its SLOs: what differs from SLO to SLO stands in the
file of their service, as its rules do.
"""

from dataclasses import replace

from slokit.compiler import names
from slokit.dashboards import about
from slokit.dashboards.budgets import budget_table
from slokit.dashboards.burn_alerts import burn_pairs, graph
from slokit.dashboards.choices import of_line, variables, with_one_service
from slokit.dashboards.over_time import budgets_over_time, events_over_time
from slokit.dashboards.panels import Dashboard, Graph, Query, Section, Text, Variable
from slokit.dashboards.queries import Ledger, ledger_of
from slokit.dashboards.raw_series import by_member
from slokit.dashboards.settings import Settings
from slokit.model.bundle import Bundle
from slokit.model.slo import Service

NAME = names.ONE_SLO


def one_slo(bundle: Bundle, _: Settings) -> tuple[Dashboard, ...]:
    """One a service, of whose SLOs one is chosen: no two units share an axis."""
    return tuple(_of_service(replace(bundle, services=(one,)), one) for one in bundle.services)


def _of_service(bundle: Bundle, service: Service) -> Dashboard:
    ledger, pairs = ledger_of(bundle), burn_pairs(bundle.slos)
    link = of_line(bundle, names.ON_CALL, "On call")
    table = replace(budget_table(bundle, ledger, pairs, names.ON_CALL), height=6)
    burn_down, sli = (replace(one, width=12) for one in budgets_over_time(bundle, ledger, link))
    texts = about.variables_of(bundle, ledger)
    sections = (
        Section(
            "slo",
            "$service/$slo",
            (table, burn_down, _with_objective(sli, ledger), _about(bundle, ledger, texts)),
        ),
        Section("members", "Members", by_member(bundle, ledger), is_closed=True),
        Section("events", "Events by group", events_over_time(bundle, ledger, link)),
        Section("burn rates", "Burn rates", tuple(graph(bundle, ledger, p, link) for p in pairs)),
    )
    chosen = (
        replace(one, is_single=True) if one.name == names.SLO else one
        for one in with_one_service(variables(ledger), service.name)
    )
    return Dashboard(
        name=names.service_dashboard(NAME, service.name),
        uid=names.one_slo_uid(bundle.name, service.name),
        kind=NAME,
        title=f"One SLO of {service.name}: {bundle.name}",
        description="One SLO: what is left of its budget, which group and member used it, what it"
        " measures, and who owns it.",
        variables=(*chosen, *texts),
        sections=sections,
        start="now-7d",
        service=service.name,
    )


def _with_objective(sli: Graph, ledger: Ledger) -> Graph:
    """The SLI over time beside the share that is promised."""
    return replace(
        sli,
        title="SLI and objective over time",
        empty="no traffic / not loaded, or an SLO that allows a number of events",
        description=f"{sli.description} While a line is below the objective, the budget goes down.",
        queries=(*sli.queries, Query(ledger.objective(), "objective")),
    )


def _about(bundle: Bundle, ledger: Ledger, texts: tuple[Variable, ...]) -> Text:
    """What the SLO is, out of hidden variables."""
    (service,) = bundle.services
    uid = names.debug_uid(bundle.name, service.name)
    choices = "".join(f"&${{{name}:queryparam}}" for name in ledger.chosen_groups.values())
    debug = f"[Debug dashboard](/d/{uid}?from=${{__from}}&to=${{__to}}{choices})"
    explore = about.explore_link(f"${{{about.EXPLORED}:percentencode}}")
    elsewhere = "This service has too many SLOs for their expressions to stand here: see there."
    return Text(
        key="about",
        title="What is measured",
        description="The SLO in words, and the two expressions that it records. One link opens both"
        " in Explore, over the same time, to look at them by other labels; the other one leads to"
        " the raw series behind it, member by member.",
        width=24,
        height=10 if texts else 3,
        content=f"{explore} · {debug}\n\n${{{about.MEASURED}:raw}}"
        if texts
        else f"{debug}. {elsewhere}",
    )
