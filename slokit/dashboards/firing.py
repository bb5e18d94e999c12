"""Firing alerts, now and over time."""

from slokit.dashboards.columns import about_groups, info_columns, info_labels, subject
from slokit.dashboards.panels import COUNT, GREY, Column, Graph, Query, Shown, Step, Table
from slokit.dashboards.queries import Ledger
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle
from slokit.promql import build


def firing(bundle: Bundle, ledger: Ledger, dashboard: str) -> Table:
    """What fires now, and since when."""
    labels, own = info_labels(bundle), ("alertname", "severity", "long", "short")
    shown = Shown("dateTimeFromNow", None, (Step(GREY),))
    since = ledger.rows(_since(ledger, labels), *own, *labels)
    return Table(
        key="firing",
        title="Firing alerts",
        description=(
            "Alerts that fire now, the newest first. A burn alert fires while the budget burns too"
            f" fast over both of its windows.{about_groups(ledger)}"
        ),
        width=16,
        height=8,
        empty="nothing is firing",
        columns=(
            Column(title="Alert", label="alertname"),
            Column(title="Severity", label="severity"),
            *subject(bundle, ledger, dashboard),
            Column(title="Long", label="long"),
            Column(title="Short", label="short"),
            Column(title="Since", expr=since, shown=shown),
            *info_columns(bundle),
        ),
        sort_by="Since",
        is_descending=True,
    )


def firing_over_time(bundle: Bundle, ledger: Ledger) -> Graph:
    """How many alerts fired."""
    return Graph(
        key="firing-over-time",
        title="Firing alerts over time",
        description="How many alerts fired, by severity.",
        width=8,
        height=8,
        shown=COUNT,
        queries=tuple(
            Query(
                ledger.number_of(ledger.firing_at(severity)),
                bundle.project.alerts.of(severity).name,
            )
            for severity in (PAGE, TICKET)
        ),
        resolution=2 * bundle.project.interval,
        is_stepped=True,
    )


def _since(ledger: Ledger, labels: tuple[str, ...]) -> str:
    """With labels of the SLO, where the alert is about one."""
    since = ledger.firing_since()
    if not labels:
        return since
    of_none = f"{since} unless {build.ON} {ledger.info()}"
    return f"{ledger.with_info(f'({since})', labels)}\nor ({of_none})"
