"""Numbers of a report as people read them."""

from dataclasses import replace

import pytest

from slokit.model.ledger import CountedIn
from slokit.reporting.formats import figures
from tests.unit.reporting.reports import ROW


@pytest.mark.parametrize(
    ("counted_in", "bad", "total"),
    [
        (CountedIn.EVENTS, "5,400", "86,400 events"),
        (CountedIn.SECONDS, "1h 30m", "1d"),
        (CountedIn.MEMBER_SECONDS, "90 member-minutes", "1,440 member-minutes"),
        (CountedIn.EVENTS_IN_TIME, "5,400 events", "1d"),
    ],
)
def test_amounts_are_shown_in_what_the_sli_counts(
    counted_in: CountedIn, bad: str, total: str
) -> None:
    """Times as times, those of members as minutes of members, events with their word."""
    row = replace(ROW, counted_in=counted_in)

    assert (figures.bad_amount(row, 5400), figures.total_amount(row, 86_400)) == (bad, total)


def test_elections_are_called_so() -> None:
    """By the category of the SLO; one of them is one, and none is a fraction."""
    row = replace(ROW, counted_in=CountedIn.EVENTS_IN_TIME, category="election-rate")

    assert figures.bad_amount(row, 3.2) == "3 elections"
    assert figures.bad_amount(row, 1.0) == "1 election"
