"""Numbers of a report as people read them."""

from dataclasses import replace

import pytest

from slokit.model.ledger import CountedIn
from slokit.reporting.formats import figures
from tests.unit.reporting.reports import ROW


@pytest.mark.parametrize(
    ("counted_in", "bad", "total"),
    [
        (CountedIn.EVENTS, "5,400", "86,400"),
        (CountedIn.SECONDS, "1h 30m", "1d"),
        (CountedIn.MEMBER_SECONDS, "1h 30m", "1d"),
        (CountedIn.EVENTS_IN_TIME, "5,400", "1d"),
    ],
)
def test_amounts_are_shown_in_what_the_sli_counts(
    counted_in: CountedIn, bad: str, total: str
) -> None:
    """Times as times, of members too, events as numbers."""
    row = replace(ROW, counted_in=counted_in)

    assert (figures.bad_amount(row, 5400), figures.total_amount(row, 86_400)) == (bad, total)
