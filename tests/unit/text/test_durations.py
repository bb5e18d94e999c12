"""Durations: read exactly, written canonically for PromQL and readably for people."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.text import InvalidTextError
from slokit.text.durations import (
    format_duration,
    parse_duration,
    readable_duration,
    rough_duration,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("200ms", Fraction(1, 5)),
        ("1d2h3m4s5ms", DAY + 2 * HOUR + 3 * MINUTE + 4 + Fraction(5, 1000)),
        ("1w", 7 * DAY),
        ("1y", 365 * DAY),
        ("90m", 90 * MINUTE),
    ],
)
def test_durations_are_those_of_prometheus(text: str, seconds: Fraction) -> None:
    """Units from years to milliseconds, the larger ones first."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "5", "m", "5 m", "1.5h", "-5m", "5m1h", "1h1h", "0s", "5min", "٣m", "5m\n", "9" * 99],
)
def test_other_texts_are_no_durations(text: str) -> None:
    """Nothing is guessed: no decimals, signs, blanks, other digits or orders."""
    with pytest.raises(InvalidTextError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5m"), (7 * DAY, "7d"), (30 * DAY, "30d"), (5400, "1h30m"), (Fraction(1, 2), "500ms")],
)
def test_durations_are_written_without_weeks_and_years(seconds: Fraction, text: str) -> None:
    """7d stays 7d in labels and in names of series."""
    assert format_duration(seconds) == text


@settings(derandomize=True)
@given(st.integers(1, 10**12))
def test_a_written_duration_reads_back(milliseconds: int) -> None:
    """Any whole number of milliseconds."""
    exact = Fraction(milliseconds, 1000)

    assert parse_duration(format_duration(exact)) == exact


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(2592), "43m 12s"),
        (Fraction(180_000), "2d 2h"),
        (Fraction(518, 10), "51.8s"),
        (Fraction(0), "0s"),
        (Fraction(86_399_999, 1000), "1d"),
        (Fraction(1, 100), "0s"),
    ],
)
def test_readable_durations_are_exact_to_a_tenth_of_a_second(seconds: Fraction, text: str) -> None:
    """From days down, rounded as a whole, so that there are never sixty seconds."""
    assert readable_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(190_861.3, "2d 5h"), (2592.0, "43m 12s"), (51.84, "52s"), (0.0, "0s"), (86_405.0, "1d 5s")],
)
def test_readable_durations_may_keep_their_largest_units(seconds: float, text: str) -> None:
    """Two units are enough for an incident, and then seconds are whole."""
    assert readable_duration(seconds, most_units=2) == text


def test_rough_durations_have_one_unit() -> None:
    """Hours below two days, then days."""
    assert rough_duration(30 * DAY) == "30 days"
    assert rough_duration(47 * HOUR) == "47 hours"
