"""Graphs of budgets and events. The groups in them are chosen once, for the whole time range."""

from slokit.dashboards.budgets import LEFT
from slokit.dashboards.choices import about_numbers
from slokit.dashboards.panels import COUNT, GREEN, MOST_LINES, Graph, Link, Query, Shown, Step
from slokit.dashboards.queries import AT_END, Ledger
from slokit.model.bundle import Bundle


def budgets_over_time(bundle: Bundle, ledger: Ledger, link: Link) -> tuple[Graph, ...]:
    """Budget left and SLI."""
    worst = f"bottomk({MOST_LINES}, {ledger.recorded_left(AT_END)})"
    which = f"The {MOST_LINES} groups with the least budget at the end of the time range."
    return (
        Graph(
            key="budget-over-time",
            title="Budget left over time",
            description=(
                "What was left of each error budget. It falls with every error and rises as old"
                f" errors leave the window; below 0 the SLO is broken. {which}"
            ),
            width=8,
            height=10,
            shown=LEFT,
            queries=(Query(f"{ledger.left()}\nand {worst}", ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            has_limits=True,
            is_low_worst=True,
            link=link,
        ),
        Graph(
            key="sli-over-time",
            title="SLI over time",
            description=(
                "The share of good events in each moment. SLOs that allow a number of events, such"
                f" as elections, have no such share: see bad events below.{about_numbers(bundle)}"
                f" {which}"
            ),
            width=8,
            height=10,
            shown=Shown("percentunit", 2, (Step(GREEN),)),
            is_low_worst=True,
            queries=(Query(f"{ledger.sli_now()}\nand ignoring (window) {worst}", ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            link=link,
        ),
    )


def events_over_time(bundle: Bundle, ledger: Ledger, link: Link) -> tuple[Graph, ...]:
    """Bad events and all events of the same groups."""
    meaning = (
        "What an event is depends on the SLO: a request, a second of a threshold, an election."
        f"{about_numbers(bundle)}"
    )
    worst = f"bottomk({MOST_LINES}, {ledger.recorded_left(AT_END)})"
    kinds = (
        (
            "bad-events",
            "Bad events per hour",
            ledger.bad_per_hour(),
            f"The {MOST_LINES} groups with the least budget at the end of the time range.",
        ),
        (
            "events",
            "Events per hour",
            ledger.total_per_hour(),
            "The same groups as for bad events.",
        ),
    )
    return tuple(
        Graph(
            key=key,
            title=title,
            description=f"{meaning} {which}",
            width=8,
            height=8,
            queries=(Query(f"{events}\nand ignoring (window) {worst}", ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            link=link,
        )
        for key, title, events, which in kinds
    )


def groups_over_time(ledger: Ledger) -> Graph:
    """How many groups were measured."""
    measured, idle = f"count({ledger.now()})", f"count({ledger.now()} == 0)"
    return Graph(
        key="measured-groups",
        title="Groups measured over time",
        description=(
            "How many groups had data, and in how many of them nothing happened. A step down"
            " is a service, an exporter or a scrape that went away."
        ),
        width=8,
        height=8,
        shown=COUNT,
        queries=(Query(measured, "measured"), Query(f"{idle}\nor 0 * {measured}", "idle")),
        resolution=2 * ledger.project.ledger_window,
        is_stepped=True,
    )
