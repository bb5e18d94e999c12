"""The numbers at the top of a dashboard: how bad it is."""

from slokit.dashboards.budget_table import LEFT
from slokit.dashboards.panels import COUNT, GREEN, ORANGE, PURPLE, RED, Shown, Stat, Step
from slokit.dashboards.queries import Ledger
from slokit.model.alerting import PAGE, TICKET


def _number(key: str, title: str, description: str, expr: str, shown: Shown) -> Stat:
    return Stat(
        key=key, title=title, description=description, width=4, height=4, shown=shown, expr=expr
    )


def numbers(ledger: Ledger) -> tuple[Stat, ...]:
    """Six of them, one line of the grid."""
    return (*_alerts(ledger), *_budgets(ledger), *_coverage(ledger))


def _from_one(colour: str) -> Shown:
    return Shown("short", 0, (Step(GREEN), Step(colour, 1)))


def _alerts(ledger: Ledger) -> tuple[Stat, ...]:
    return (
        _number(
            "pages",
            "Pages firing",
            "Alerts that wake somebody, firing now. slokit's watch over its own rules is counted.",
            ledger.number_of(ledger.firing_at(PAGE)),
            _from_one(RED),
        ),
        _number(
            "tickets",
            "Tickets firing",
            "Alerts for working hours, firing now.",
            ledger.number_of(ledger.firing_at(TICKET)),
            _from_one(ORANGE),
        ),
    )


def _budgets(ledger: Ledger) -> tuple[Stat, ...]:
    return (
        _number(
            "exhausted",
            "Budgets spent",
            "Groups that used all the errors their SLO allows. Young ones count here, although"
            " their alert waits for half of a window of data.",
            ledger.number_of(f"{ledger.left()} <= 0"),
            _from_one(RED),
        ),
        _number(
            "lowest",
            "Lowest budget left",
            "What the worst group has left of its error budget. Below 0: its SLO is broken.",
            f"min({ledger.left()})",
            LEFT,
        ),
    )


def _coverage(ledger: Ledger) -> tuple[Stat, ...]:
    return (
        _number(
            "silent",
            "Without data",
            "Groups that had data within a day and have none, and SLOs that never had any. Their"
            " budgets are unknown: the service or its exporter is gone, or a metric was renamed."
            " `slokit check` says which.",
            ledger.number_of(ledger.silent()),
            _from_one(PURPLE),
        ),
        _number(
            "groups",
            "Groups measured",
            "How many budgets are kept: one for each group of each selected SLO.",
            f"count({ledger.now()})",
            COUNT,
        ),
    )
