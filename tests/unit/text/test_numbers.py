"""Numbers, percentages, rates and limits: read exactly, written canonically or readably."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.text import InvalidTextError
from slokit.text.numbers import (
    express,
    format_number,
    format_percent,
    in_unit,
    measured_count,
    measured_percent,
    parse_limit,
    parse_percent,
    parse_rate,
    readable,
    readable_percent,
    unit_of_metric,
)

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("99.9%", "0.999"), ("99.95 %", "0.9995"), ("0.1%", "0.001"), ("99.999999%", "0.99999999")],
)
def test_percentages_are_exact(text: str, ratio: str) -> None:
    """No float comes near an objective: 99.9 % leaves exactly a thousandth."""
    assert parse_percent(text) == Decimal(ratio)
    assert 1 - Fraction(parse_percent("99.9%")) == Fraction(1, 1000)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [("0.9990", "99.9%"), ("0.95", "95%"), ("0.5", "50%"), ("0.99995", "99.995%")],
)
def test_percentages_are_written_short(ratio: str, text: str) -> None:
    """Without zeros at the end, and never with an exponent."""
    assert format_percent(Decimal(ratio)) == text


@pytest.mark.parametrize(
    ("text", "per_second", "written"),
    [
        ("2/30d", Fraction(2, 30 * DAY), "2/30d"),
        ("1/h", Fraction(1, HOUR), "1/1h"),
        ("20 / d", Fraction(20, DAY), "20/1d"),
        ("0.5/h", Fraction(1, 2 * HOUR), "0.5/1h"),
        ("1/1w", Fraction(1, 7 * DAY), "1/7d"),
    ],
)
def test_rates_are_events_in_a_time(text: str, per_second: Fraction, written: str) -> None:
    """A unit alone is one of it; the text is canonical."""
    rate = parse_rate(text)

    assert (rate.per_second, str(rate)) == (per_second, written)


@pytest.mark.parametrize(
    "text", ["", "2", "2/", "/h", "-1/h", "x/h", "1/x", "1//h", "1/0h", "NaN/h"]
)
def test_other_texts_are_no_rates(text: str) -> None:
    """Both sides of the slash must make sense."""
    with pytest.raises(InvalidTextError):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("200ms", "seconds", Fraction(1, 5)),
        ("51.2ms", "ms", Fraction(512, 10)),
        ("1.5s", "us", 1_500_000),
        ("90s", "minutes", Fraction(3, 2)),
        ("1h30m", "seconds", 5400),
        ("16GiB", "bytes", 16 * 2**30),
        ("500MB", "bytes", 500_000_000),
        ("1kB", "bytes", 1000),
        ("70%", "ratio", Fraction(7, 10)),
        ("70%", "percent", 70),
        ("5000", "messages", 5000),
        ("-3.5", "", Fraction(-7, 2)),
        ("1e3", "bytes", 1000),
        ("10us", "seconds", Fraction(1, 100_000)),
    ],
)
def test_limits_come_in_the_unit_of_the_metric(text: str, unit: str, value: Fraction) -> None:
    """A literal with a unit is converted; a bare number is the metric's own unit."""
    assert in_unit(parse_limit(text), unit) == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [("200ms", ""), ("200ms", "messages"), ("200ms", "bytes"), ("1GiB", "seconds"), ("5%", "ms")],
)
def test_a_unit_of_another_kind_is_refused(text: str, unit: str) -> None:
    """Time is no size, and nothing is converted for a metric of unknown unit."""
    with pytest.raises(InvalidTextError):
        in_unit(parse_limit(text), unit)


@pytest.mark.parametrize(
    "text", ["", "ms", "5 parsecs", "1e30", "inf", "NaN", "0x10", "1_000", "5..5", "5 ms ms"]
)
def test_other_texts_are_no_limits(text: str) -> None:
    """A number comes first, and its unit is a known one."""
    with pytest.raises(InvalidTextError):
        parse_limit(text)


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("pg_replication_lag_seconds", "seconds"),
        ("request_duration_milliseconds", "ms"),
        ("lag_ms", "ms"),
        ("gc_microseconds", "us"),
        ("gc_usec", "us"),
        ("wal_bytes", "bytes"),
        ("wal_bytes_total", "bytes"),
        ("h_seconds_bucket", "seconds"),
        ("used_ratio", "ratio"),
        ("used_percent", ""),
        ("queue_length", ""),
        ("items", ""),
    ],
)
def test_the_unit_is_the_suffix_of_the_metric(metric: str, unit: str) -> None:
    """Only known suffixes say one; percent is never guessed."""
    assert unit_of_metric(metric) == unit


@pytest.mark.parametrize(
    ("value", "unit", "like", "text"),
    [
        (0.25, "seconds", "300ms", "250ms"),
        (2.0, "seconds", "1s", "2s"),
        (2**30, "bytes", "500MiB", "1024MiB"),
        (0.5, "ratio", "70%", "50%"),
        (250, "", "300", "250"),
    ],
)
def test_a_number_is_shown_in_the_unit_of_the_spec(
    value: float, unit: str, like: str, text: str
) -> None:
    """Neighbours of a limit are quoted in the unit in which the limit was written."""
    assert express(value, unit, like) == text


@settings(derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_same_float(value: float) -> None:
    """What stands in a rule compares like the exact value."""
    assert float(format_number(Fraction(value))) == value


def test_readable_numbers_have_four_digits() -> None:
    """Small ones without an exponent, large ones whole."""
    assert readable(Fraction(2_592_000)) == "2,592,000"
    assert readable(Fraction(10_001, 3)) == "3,334"
    assert readable(Fraction(1, 3)) == "0.3333"
    assert readable(Fraction(1, 30_000_000)) == "0.000000033333"
    assert readable_percent(Fraction(144, 10_000)) == "1.44%"


def test_measured_numbers_promise_no_more_than_was_measured() -> None:
    """Nearly everything is not everything, and large counts are short."""
    assert measured_percent(0.99999) == "99.9 %"
    assert measured_percent(1.0) == "100.0 %"
    assert measured_percent(-9.39, 0) == "-939 %"
    assert measured_count(12_345_678_901) == "12.3G"
    assert measured_count(12_345_678) == "12.3M"
    assert measured_count(1234.4) == "1,234"
    assert measured_count(0.123456) == "0.123"
