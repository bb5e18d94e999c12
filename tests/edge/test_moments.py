"""Times, steps and ranges in the form that the API takes."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slokit.prometheus.client import MOST_POINTS, api_text, pieces
from slokit.prometheus.types import Series, joined, step_seconds, unix_seconds


def test_moments_are_unix_seconds() -> None:
    """A datetime means the moment that its time zone makes it."""
    berlin = timezone(timedelta(hours=1))

    assert unix_seconds(datetime(1970, 1, 1, 1, 0, 1, 500, tzinfo=berlin)) == 1.0
    assert unix_seconds(1.23456) == 1.235


@pytest.mark.parametrize("moment", [datetime.fromisoformat("2026-01-01"), math.nan, math.inf])
def test_what_is_no_moment(moment: datetime | float) -> None:
    """A datetime without a time zone is refused, as are NaN and infinity."""
    with pytest.raises(ValueError, match="moment"):
        unix_seconds(moment)


@pytest.mark.parametrize("step", [0, -5, 0.0001, math.nan, math.inf, timedelta(0)])
def test_what_is_no_step(step: timedelta | float) -> None:
    """A step that does not get anywhere is refused."""
    with pytest.raises(ValueError, match="makes no sense"):
        step_seconds(step)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1795479462.07, "1795479462.07"),
        (300.0, "300"),
        (1e9, "1000000000"),
        (-1.5, "-1.5"),
    ],
)
def test_seconds_as_text(value: float, text: str) -> None:
    """Seconds are written without exponent and without needless zeros."""
    assert api_text(value) == text


@given(
    start=st.integers(0, 2_000_000_000),
    points=st.integers(0, 5 * MOST_POINTS),
    step=st.integers(1, 7200),
    rest=st.floats(0, 0.9),
)
def test_pieces_cover_a_range_once(start: int, points: int, step: int, rest: float) -> None:
    """The pieces hold every point of the range exactly once, in order, none too many."""
    end = start + (points + rest) * step
    found: list[int] = []
    for first, last in pieces(start, end, step):
        piece = range(round(first), math.floor(last) + 1, step)
        assert len(piece) <= MOST_POINTS
        found += piece

    assert found == list(range(start, math.floor(end) + 1, step))


def test_a_range_that_ends_before_it_starts() -> None:
    """Such a range is asked as it is, for the server to refuse."""
    assert list(pieces(10, 5, 1)) == [(10, 5)]


def test_parts_become_one_series() -> None:
    """Consecutive parts of a series are joined in order; a series in one part only stays."""
    parts = [
        (Series({"a": "1"}, ((1, 1),)), Series({"a": "2"}, ((1, 5),))),
        (Series({"a": "1"}, ((2, 2),)),),
    ]

    assert joined(parts) == (
        Series({"a": "1"}, ((1, 1), (2, 2))),
        Series({"a": "2"}, ((1, 5),)),
    )
    assert unix_seconds(datetime(1970, 1, 1, tzinfo=UTC)) == 0
