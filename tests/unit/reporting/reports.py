"""Reports to vary: one row, with whatever a test changes."""

from dataclasses import replace
from typing import Any

from slokit.model.ledger import CountedIn
from slokit.reporting.model import BURN_WINDOWS, Incident, Measure, Report, Row, TimeRange

AT = 1_767_225_600.0
DAY = 86_400.0
MONTH = TimeRange(AT - 30 * DAY, AT)
WEEK = TimeRange(AT - 7 * DAY, AT)

MEASURED = Measure(
    time_range=MONTH,
    good=999_500.0,
    bad=500.0,
    total=1_000_000.0,
    ratio_bad=0.0005,
    sli=0.9995,
    budget_allowed=1000.0,
    budget_spent_ratio=0.5,
    budget_remaining_ratio=0.5,
    covered_seconds=30 * DAY,
)
INCIDENT = Incident(
    start=AT - DAY,
    end=AT - DAY + 1800,
    bad=300.0,
    peak_burn=42.0,
    budget_share=0.3,
    groups=({"cluster": "eu"},),
    alerts=("page",),
    alerts_after={"page": 300.0},
)
ROW = Row(
    service="orders-db",
    slo="availability",
    group={"cluster": "eu"},
    category="availability",
    sli="events",
    objective="99.9%",
    unit="",
    counted_in=CountedIn.EVENTS,
    window="30d",
    state="ok",
    source="recorded",
    coverage=1.0,
    window_measure=MEASURED,
    period_measure=replace(MEASURED, time_range=WEEK),
    burn=dict.fromkeys(BURN_WINDOWS, 0.25),
    incidents=(INCIDENT,),
)
UNKNOWN = replace(
    ROW,
    group={},
    state="no-data",
    source="",
    coverage=0.0,
    window_measure=Measure(MONTH),
    period_measure=Measure(WEEK),
    burn=dict.fromkeys(BURN_WINDOWS),
    incidents=(),
)


def report(*rows: Row, **changed: Any) -> Report:
    """A report of these rows over a week."""
    return Report(**{"at": AT, "period": WEEK, "bundle": "prod", "rows": rows, **changed})
