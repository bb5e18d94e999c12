"""How bad it is now: the numbers at the top of a dashboard, and the alerts that fire."""

from collections.abc import Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.hours import has_hours
from slokit.dashboards.budgets import LEFT
from slokit.dashboards.choices import about_groups, info_columns, info_labels, subject
from slokit.dashboards.panels import (
    COUNT,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    Column,
    Graph,
    Query,
    Shown,
    Stat,
    Step,
    Table,
)
from slokit.dashboards.queries import Ledger
from slokit.model.alerting import PAGE, TICKET
from slokit.model.bundle import Bundle
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.text.durations import format_duration


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
            " their alert waits until history began half of a window ago.",
            ledger.number_of(f"{ledger.left()} <= 0"),
            _from_one(RED),
        ),
        _number(
            "lowest",
            "Lowest budget left",
            "What the worst group has left of its error budget. Below 0: its SLO is broken.",
            f"min({ledger.owned(ledger.left())})",
            LEFT,
        ),
    )


def _coverage(ledger: Ledger) -> tuple[Stat, ...]:
    return (
        _number(
            "silent",
            "Without data",
            "Groups that had data within a day and have none, and SLOs that never had any; not"
            " where silence is expected (`no_data: ignore`). Their"
            " budgets are unknown: the service or its exporter is gone, or a metric was renamed."
            " `slokit check` says which.",
            ledger.number_of(ledger.silent()),
            _from_one(PURPLE),
        ),
        _number(
            "groups",
            "Groups measured",
            "How many budgets are kept: one for each group of each selected SLO.",
            f"count({ledger.owned(ledger.now())})",
            COUNT,
        ),
    )


_HOUR, _DAY = Fraction(3600), Fraction(86_400)
_ELECTION_RATE, _ELECTION_DURATION = "election-rate", "election-duration"


def elections(bundle: Bundle, ledger: Ledger) -> tuple[Stat, ...]:
    """Whether there is a leader, and how many elections there were, by the SLOs about them."""
    held = {slo.category for slo in bundle.slos}
    found = []
    if _ELECTION_DURATION in held:
        leaderless = ledger.of(ledger.bad_now(), Matcher("category", "=", _ELECTION_DURATION))
        found.append(
            _number(
                "leaderless",
                "Without a leader now",
                "Groups that are without a leader, or whose elections take too long. Nothing is"
                " written there until one is elected: look at the quorum first.",
                ledger.number_of(leaderless),
                _from_one(RED),
            )
        )
    if _ELECTION_RATE in held:
        found += _elected(bundle, ledger)
    return tuple(found)


def _elected(bundle: Bundle, ledger: Ledger) -> Iterator[Stat]:
    about = (
        "Leaders elected, of all groups together. More than a few an hour is a leader that cannot"
        " hold: a slow disk, a slow network, or a node without time."
    )
    counts = [
        ("hour", "Elections in the last hour", about, ledger.bad_within(_HOUR)),
        ("day", "Elections in the last day", about, ledger.bad_within(_DAY)),
    ]
    # no longer than any SLO's: which of them are chosen is not known here
    window = min((s.window.longest for s in bundle.slos if s.window.is_rolling), default=_DAY)
    if window > _DAY:
        title, within = f"Elections over {format_duration(window)}", ledger.bad_within
        if has_hours(bundle):
            about, within = f"{about} Full hours are counted.", ledger.bad_within_hours
        counts.append(("window", title, about, within(window)))
    rates = Matcher("category", "=", _ELECTION_RATE)
    for key, title, description, vector in counts:
        counted = f"sum({ledger.owned(ledger.of(vector, rates))})"
        yield _number(f"elections-{key}", title, description, counted, COUNT)


def firing(bundle: Bundle, ledger: Ledger, dashboard: str) -> Table:
    """What fires now, and since when."""
    labels, own = info_labels(bundle), ("alertname", "severity")
    shown = Shown("dateTimeFromNow", None, (Step(GREY),))
    of_slos = ledger.rows(_since(ledger, labels), *own, *labels, less=ledger.on_alerts)
    # slokit's watch over itself carries the labels of what it watches, whatever those are
    of_rules = ledger.firing_since(Matcher(names.SERVICE, "=", ""))
    since = f"{of_slos}\nor {ledger.rows_by(of_rules, *own)}"
    return Table(
        key="firing",
        title="Firing alerts",
        description=(
            "Alerts that fire now, the newest first. A burn alert fires while the budget burns too"
            f" fast over both windows of a pair.{about_groups(ledger)}"
        ),
        width=16,
        height=8,
        empty="nothing is firing",
        columns=(
            Column(title="Severity", label="severity", pixels=100),
            Column(title="Alert", label="alertname", pixels=170, grows=True),
            *subject(bundle, ledger, dashboard),
            Column(title="Since", expr=since, shown=shown, pixels=130),
            *info_columns(bundle),
        ),
        # what wakes somebody is above what waits for the morning
        sort_by=(("Severity", _is_first(TICKET, PAGE, bundle)), ("Since", True)),
    )


def _is_first(one: str, other: str, bundle: Bundle) -> bool:
    """Whether a severity is called so that it stands above another one by the alphabet."""
    alerts = bundle.project.alerts
    return alerts.of(one).name < alerts.of(other).name


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
    """Of alerts on SLOs, with labels of the SLO."""
    since = ledger.firing_since(Matcher(names.SERVICE, "!=", ""))
    if not labels:
        return since
    # slokit's watch over its own rules is about no SLO: a join alone would lose its alerts.
    of_none = f"{since} unless {build.ON} {ledger.info()}"
    return f"{ledger.with_info(f'({since})', labels)}\nor ({of_none})"
