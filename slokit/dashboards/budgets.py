"""Error budgets: the tables of groups and of services, the worst first, and their states."""

from dataclasses import replace
from fractions import Fraction

from slokit.compiler import names
from slokit.dashboards.burn_alerts import BurnPair, steps
from slokit.dashboards.choices import (
    about_groups,
    about_numbers,
    info_columns,
    info_labels,
    subject,
)
from slokit.dashboards.panels import (
    BLUE,
    COUNT,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    Column,
    Shown,
    Step,
    Table,
)
from slokit.dashboards.queries import Ledger
from slokit.model.bundle import Bundle
from slokit.promql.selector import Matcher, label_list
from slokit.text.durations import format_duration

STATES = Shown(
    words=(
        ("ok", GREEN),
        ("idle", GREY),
        ("burning", ORANGE),
        ("exhausted", RED),
        ("new", BLUE),
        ("no data", PURPLE),
    )
)
_OK, _IDLE, _BURNING, _EXHAUSTED, _NEW, _NO_DATA = range(len(STATES.words))


def state(ledger: Ledger) -> str:
    """A number for each group: the first that holds of no data, new, exhausted, burning, idle, ok.

    The same order as in a report. Whose history is younger than half of its window is new, not
    exhausted. No data is also what is gone for long, as long as its budget is recorded.
    """
    now, burning, resting = ledger.now(), ledger.burning(), ledger.resting()
    # Each case keeps the samples that no case before it has: `or` takes those with new labels.
    cases = (
        (ledger.silent(), _NO_DATA),
        (_any_window(ledger.unknown()), _NO_DATA),
        (_any_window(ledger.young()), _NEW),
        (f"{_any_window(ledger.left())} <= 0", _EXHAUSTED),
        (f"({now} or {resting}) and {ledger.same_group()} {burning}", _BURNING),
        (f"{now} == 0 or {resting}", _IDLE),
        (now, _OK),
    )
    return "\nor ".join(f"0 * ({vector}) + {number}" for vector, number in cases)


def _any_window(vector: str) -> str:
    return f"max without (window) ({vector})"


LEFT = Shown("percentunit", 1, (Step(RED), Step(ORANGE, 0.0), Step(GREEN, 0.25)))
LEFT_TITLE = "Budget left"
_PLAIN = (Step(GREY),)
_EVENTS = Shown("short", None, _PLAIN)
_SLI = Shown("percentunit", 3, _PLAIN)


def budget_table(
    bundle: Bundle, ledger: Ledger, pairs: tuple[BurnPair, ...], dashboard: str
) -> Table:
    """The table, as wide as a dashboard."""
    return Table(
        key="budgets",
        title="Error budgets, worst first",
        description=(
            "One row for each group of each SLO. Budget left is the share of the errors allowed"
            " in the SLO's window that has not been used; below 0 the SLO is broken, and without"
            " data it is not known. Burn is how"
            " fast it goes: at 1 the budget lasts exactly one window. Measured is the share of the"
            " last day with data: below 100 % the numbers rest on less than they should."
            f"{about_groups(ledger)}{about_numbers(bundle)}"
            " Click a service or an SLO to see only that one."
        ),
        width=24,
        height=12,
        columns=(
            *subject(bundle, ledger, dashboard),
            *_budget(bundle, ledger),
            *_burns(ledger, pairs),
            *_last_day(ledger),
            *info_columns(bundle),
        ),
        sort_by=((LEFT_TITLE, False),),
    )


def sli_table(bundle: Bundle, ledger: Ledger, dashboard: str) -> Table:
    """Each SLI now, over a day and over its window: what a person on call compares."""
    state_, left, window_sli, objective, window = _budget(bundle, ledger)
    shares = (
        ("SLI now", ledger.sli_at_end()),
        ("SLI 1d", ledger.sli_in_a_day()),
    )
    return Table(
        key="slis",
        title="Each SLI, now and over its window",
        description=(
            "One row for each group of each SLO, the least budget first. SLI now is the share of"
            " good events or time of the last minutes, beside that of a day and that of the SLO's"
            " window; what it lacks to 100 % is the error rate. SLOs that allow a number of events,"
            " such as elections, have counts instead. Measured is the share of the last day with"
            f" data.{about_groups(ledger)}{about_numbers(bundle)} Click a service or an SLO to see"
            " only that one."
        ),
        width=24,
        height=12,
        columns=(
            *subject(bundle, ledger, dashboard),
            state_,
            *(
                Column(title=title, expr=ledger.rows(vector), shown=_SLI, pixels=84)
                for title, vector in shares
            ),
            replace(window_sli, title="SLI, window", pixels=100),
            objective,
            window,
            left,
            Column(
                title="Bad, 1h",
                expr=ledger.rows(ledger.bad_within(Fraction(3600))),
                shown=_EVENTS,
                pixels=82,
            ),
            *(column for column in _last_day(ledger) if column.title != "Events, 1d"),
            *info_columns(bundle),
        ),
        sort_by=((LEFT_TITLE, False),),
    )


def service_table(bundle: Bundle, ledger: Ledger, dashboard: str) -> Table:
    """One row for each service."""
    by = f"by ({names.SERVICE})"
    left = ledger.owned(ledger.left())
    known, spent = f"count {by} ({left})", f"count {by} (({left}) <= 0)"
    (service, *_) = subject(bundle, ledger, dashboard)
    return Table(
        key="services",
        title="Services, worst first",
        description=(
            "The lowest budget of each service, and how many of its budgets are spent, of those"
            " with data."
            " Click a service to see only its SLOs."
        ),
        width=8,
        height=10,
        columns=(
            service,
            Column(
                title=LEFT_TITLE,
                expr=f"min {by} ({left})",
                shown=LEFT,
                is_gauge=True,
                pixels=108,
                grows=True,
            ),
            Column(title="Spent", expr=f"{spent}\nor 0 * {known}", shown=COUNT),
            Column(
                title="Budgets",
                expr=f"count {by} ({ledger.owned(ledger.recorded_left())})",
                shown=COUNT,
            ),
        ),
        sort_by=((LEFT_TITLE, False),),
    )


def so_far(bundle: Bundle, ledger: Ledger, dashboard: str) -> tuple[Table, ...]:
    """Month to date, or whatever the calendar windows are: what passed beside what is spent."""
    if not ledger.has_calendar:
        return ()
    calendar = "|".join(sorted({s.window.name for s in bundle.slos if not s.window.is_rolling}))
    left = ledger.of(ledger.recorded_left(), Matcher("window", "=~", calendar))
    off = label_list(["window", *ledger.groups])
    passed = f"0 * ({left}) + ignoring ({off}) group_left () ({ledger.elapsed()})"
    share = Shown("percentunit", 1, _PLAIN)
    table = Table(
        key="so-far",
        title="Calendar windows so far, worst first",
        description=(
            "How much of each week, month, quarter or year has passed, beside how much of its"
            " budget is left. Where less is left than there is time, errors come too fast."
        ),
        width=24,
        height=8,
        columns=(
            *subject(bundle, ledger, dashboard),
            Column(title="Window", label="window"),
            Column(title="Passed", expr=ledger.rows(passed, "window"), shown=share),
            Column(
                title=LEFT_TITLE,
                expr=ledger.rows(left, "window"),
                shown=LEFT,
                is_gauge=True,
                pixels=120,
            ),
        ),
        sort_by=((LEFT_TITLE, False),),
    )
    return (table,)


def _budget(bundle: Bundle, ledger: Ledger) -> tuple[Column, ...]:
    labels = ("objective", "window", *info_labels(bundle))
    # every row has a state, but only those with data have a budget
    states = ledger.rows(ledger.with_info(f"({state(ledger)})", labels), *labels)
    return (
        Column(title="State", expr=states, shown=STATES, pixels=92),
        Column(
            title=LEFT_TITLE,
            expr=ledger.rows(ledger.left()),
            shown=LEFT,
            is_gauge=True,
            empty="no traffic",
            pixels=108,
        ),
        Column(title="SLI", expr=ledger.rows(ledger.sli()), shown=_SLI, pixels=78),
        Column(title="Objective", label="objective", pixels=80),
        Column(title="Window", label="window", pixels=70),
    )


def _burns(ledger: Ledger, pairs: tuple[BurnPair, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(
            title=f"Burn {format_duration(pair.long)}",
            pixels=84,
            expr=ledger.rows(ledger.burn(pair.long)),
            shown=Shown("short", 1, steps(pair)),
        )
        for pair in pairs
    )


def _last_day(ledger: Ledger) -> tuple[Column, ...]:
    measured = Shown("percentunit", 0, (Step(ORANGE), Step(GREY, 0.99)))
    return (
        Column(title="Bad, 1d", expr=ledger.rows(ledger.bad_in_a_day()), shown=_EVENTS, pixels=82),
        Column(
            title="Events, 1d",
            expr=ledger.rows(ledger.total_in_a_day()),
            shown=_EVENTS,
            pixels=95,
        ),
        Column(
            title="Measured",
            expr=ledger.rows(ledger.measured_in_a_day()),
            shown=measured,
            pixels=82,
        ),
    )
