"""The table of a report, on screens of any width."""

from dataclasses import replace

import pytest

from slokit.model.ledger import CountedIn, LedgerUnit
from slokit.reporting.formats.table import render
from tests.unit.reporting.reports import AT, INCIDENT, MEASURED, ROW, UNKNOWN, report

LONG = replace(
    ROW,
    service="postgresql",
    slo="replication-lag-critical",
    group={"cluster": "orders", "region": "eu-central-1"},
    state="burning",
)
ODD = replace(ROW, group={"cluster": "a\x1b[31m\nb"})


def _head(text: str) -> list[str]:
    """The lines of the table, the names of its columns first."""
    lines = text.splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith("STATE")) :]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 160, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    """Every line fits, and no name is taken apart where the screen has room for it."""
    text = render(report(ROW, LONG, UNKNOWN, warnings=("a note " * 40,)), width)

    assert max(map(len, text.splitlines())) <= width
    assert "postgresql/replication-lag-critical" in text.replace("\n", " ")
    assert "99.95 %" in text


def test_wide_screens_have_a_column_for_each_amount() -> None:
    """Bad, total and coverage have one from 140 columns on, the objective from 100."""
    made = report(ROW)
    heads = {width: _head(render(made, width))[0].split() for width in (100, 140)}

    assert "OBJECTIVE" in heads[100]
    assert {"BAD", "TOTAL", "COVERED"} <= set(heads[140])
    assert "covered" not in render(made, 140)


@pytest.mark.parametrize("width", [60, 72, 80, 99, 100, 120, 139])
def test_what_has_no_column_stands_below(width: int) -> None:
    """Narrow screens fold: objective, amounts and coverage are all there, whole, in some line."""
    lines = [line.strip() for line in render(report(ROW, UNKNOWN), width).splitlines()]
    text = "\n".join(lines)

    assert "500 bad of 1,000,000" in text
    assert "covered 100 %" in text
    assert "covered 0 %" in text
    assert "99.9%" in text


def test_elections_happen_in_a_time() -> None:
    """What counts occurrences is not so much bad of a time, on a narrow screen either."""
    elections = LedgerUnit("election", "elections")
    row = replace(ROW, counted_in=CountedIn.EVENTS_IN_TIME, events=elections)

    assert "500 elections in " in render(report(row), 80)


def test_the_periods_own_sli_stands_beside_the_windows() -> None:
    """In a column, or below on a narrow screen; of a period that is the window only once."""
    week = replace(MEASURED, time_range=ROW.period_measure.time_range, sli=0.9912)
    wide, narrow = (render(report(replace(ROW, period_measure=week)), w) for w in (160, 90))

    assert "IN PERIOD" in wide
    assert "99.12 %" in wide
    assert "in the period 99.12 % (50.0 % spent)" in narrow
    assert "IN PERIOD" not in render(report(replace(ROW, period_measure=MEASURED)), 160)


def test_what_needs_somebody_is_loud_and_first() -> None:
    """Burning stands before ok, in capitals."""
    lines = _head(render(report(ROW, LONG), 160))[1:]

    assert lines[0].startswith("BURNING")
    assert lines[1].startswith("ok")


def test_less_than_all_is_never_a_hundred_percent() -> None:
    """Two bad events of sixty million, a scrape missed in a month: each shows."""
    nearly = replace(
        MEASURED, bad=2.0, total=6e7, sli=1 - 2 / 6e7, budget_remaining_ratio=1 - 2 / 6e4
    )
    text = render(report(replace(ROW, window_measure=nearly, coverage=0.999)), 160)

    assert "100" not in _head(text)[1]
    assert "99.99 %" in text


def test_the_costliest_incidents_are_listed() -> None:
    """When, how long, where, how much; at most five, the largest share first."""
    shares = (0.01, 0.5, 0.02, 0.03, 0.04, 0.05)
    several = tuple(
        replace(INCIDENT, start=AT - n * 7200, end=AT - n * 7200 + 1800, budget_share=s)
        for n, s in enumerate(shares)
    )
    text = render(report(replace(ROW, incidents=several)), 160)
    listed = text.partition("What cost most:\n")[2].splitlines()

    assert len(listed) == 6
    where = "2025-12-31 22:00 UTC, 30m: orders-db/availability cluster=eu"
    what = "300 bad events"
    assert listed[0] == f"{where}, {what}, 50.0 % of its budget, page after 5m"
    assert listed[5] == "And 1 that cost less."


def test_a_chain_has_a_line_for_each_link() -> None:
    """In the order in which they began, below when and where it was and what fired."""
    later = replace(INCIDENT, start=INCIDENT.start + 600, bad=60.0, budget_share=0.1)
    lag = replace(ROW, slo="lag", counted_in=CountedIn.SECONDS, incidents=(later,))
    text = render(report(lag, ROW), 160)

    peak = ", peak burn 42"
    assert text.partition("What cost most:\n")[2].splitlines() == [
        "2025-12-31 00:00 UTC, 30m: orders-db cluster=eu, page after 5m",
        f"  00:00 for 30m: availability cluster=eu, 300 bad events, 30.0 % of its budget{peak}",
        "  00:10 for 20m: lag cluster=eu, 1m bad, 10.0 % of its budget, peak burn 42",
    ]


def test_rows_stand_below_their_owners_with_what_they_mean() -> None:
    """The owner of the worst row first; a description below its SLO."""
    calm = replace(ROW, owner="team-b", description="Orders answered")
    lines = _head(render(report(calm, replace(LONG, owner="team-a")), 160))[1:]

    assert lines[0].split() == ["team-a:"]
    assert lines[1].startswith("BURNING")
    assert [line.strip() for line in lines if line.strip()][2] == "team-b:"
    assert any(line.strip() == "Orders answered" for line in lines)


def test_text_of_users_cannot_steer_the_terminal() -> None:
    """Escape sequences and line feeds in labels are spelled out."""
    text = render(report(ODD), 160)

    assert "\x1b" not in text
    assert "a<U+001B>[31m<U+000A>b" in text
