"""P50, P95 and P99 of latencies against their limits: now, over a day and over the SLO window.

Quantiles in seconds are not recorded, and raw series are read over a day at most. What is recorded
is which share of the events was within the limit, and that says of each quantile whether it was:
P95 is within the limit exactly while 95 % of the events are.
"""

from slokit.compiler import names
from slokit.dashboards.choices import about_groups, subject
from slokit.dashboards.panels import GREEN, GREY, RED, Column, Shown, Step, Table
from slokit.dashboards.queries import Ledger
from slokit.model.bundle import Bundle
from slokit.promql.selector import Matcher

LATENCY = "latency"
# Grey between: how many of the slowest events may be late is for the objective to say.
IN_TIME = Shown(
    unit="percentunit",
    spans=(
        (-1.0, "P50 late", RED),
        (0.5, "P50 in time, P95 late", GREY),
        (0.95, "P95 in time, P99 late", GREY),
        (0.99, "P99 in time", GREEN),
    ),
)


def quantile_table(bundle: Bundle, ledger: Ledger, dashboard: str) -> tuple[Table, ...]:
    """One row for each group of each SLO about latency that counts events."""
    counted = [s for s in bundle.slos if s.category == LATENCY and not s.sli.counted_in.bad.is_time]
    if not counted:
        return ()
    which = (Matcher("category", "=", LATENCY), Matcher("measure", "!=", "level"))
    named = ledger.with_info(f"({ledger.of(ledger.now(), *which)})", [names.FAILS])
    # "of requests take over 250ms", as alerts say it: here without the share
    late = f'label_replace(\n{named}\n, "{names.FAILS}", "$1", "{names.FAILS}", "of (.+)")'
    events = ledger.rows(late, names.FAILS)
    spans = (
        ("Now", ledger.sli_at_end()),
        ("1d", ledger.sli_in_a_day()),
        ("SLO window", ledger.sli()),
    )
    table = Table(
        key="latency-quantiles",
        title="Latency: P50, P95 and P99 against the limit",
        description=(
            "Which quantiles are within the SLO's limit now, over a day and over the SLO's window."
            " P95 in time means that 95 % of the events were faster than the limit. In seconds,"
            " now and over a day, they stand on the debug dashboard of the service: over a whole"
            f" window nothing else is kept.{about_groups(ledger)}"
        ),
        width=24,
        height=9,
        columns=(
            *subject(bundle, ledger, dashboard),
            Column(title="Late when", label=names.FAILS, pixels=200, grows=True),
            *(
                Column(
                    title=title,
                    expr=ledger.rows(ledger.of(vector, *which)),
                    shown=IN_TIME,
                    pixels=190,
                )
                for title, vector in spans
            ),
            Column(
                title="Events a second",
                expr=events,
                shown=Shown("cps", 1, (Step(GREY),)),
                pixels=120,
            ),
        ),
        sort_by=(("SLO window", False),),
    )
    return (table,)
