"""SLO windows as values: what a rolling one covers, and when two are the same."""

from fractions import Fraction

from slokit.model.window import RollingWindow
from tests.support.history.made_up import DAY


def test_a_rolling_window_ends_now() -> None:
    """It covers the last so many seconds, at every moment."""
    window = RollingWindow(7 * DAY)

    assert (window.name, window.longest, window.is_rolling) == ("7d", 7 * DAY, True)
    assert window.span(1_700_000_000.5) == (1_699_395_200.5, 1_700_000_000.5)


def test_windows_of_one_length_are_one() -> None:
    """However they were written: 24h is 1d."""
    assert len({RollingWindow(DAY), RollingWindow(Fraction(24 * 3600))}) == 1
    assert RollingWindow(DAY).labels == {"window": "1d"}


def test_a_range_of_counts_is_a_minute_short() -> None:
    """So that 288 counts of five minutes are a day on every version of Prometheus."""
    assert RollingWindow(DAY).summed("c") == "sum_over_time(c[23h59m])"
    assert RollingWindow(DAY).elapsed(0) == 1
