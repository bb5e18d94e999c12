"""The moment of a report, as it may be written."""

import time

import pytest

from slokit.cli.report import moment_of
from slokit.diagnostics.errors import UsageError

NOW = 1_767_225_600.4
NOON = 1_746_360_000.0


@pytest.mark.parametrize(
    "text",
    [
        "2025-05-04T12:00:00Z",
        "2025-05-04T14:00:00+02:00",
        "2025-05-04T12:00:00",
        "2025-05-04 12:00",
        "1746360000",
        "1746360000.0",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_a_moment_is_the_same_everywhere(
    monkeypatch: pytest.MonkeyPatch, text: str, zone: str
) -> None:
    """A time without an offset is UTC, whatever the machine's own zone and its summer time."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert moment_of(text, NOW) == NOON
    finally:
        monkeypatch.undo()
        time.tzset()


def test_without_one_it_is_now() -> None:
    """To the second."""
    assert moment_of(None, NOW) == 1_767_225_600


def test_a_clock_that_goes_slow_is_no_fault() -> None:
    """A moment of another machine's clock may be a little ahead of ours."""
    assert moment_of("1767225630", NOW) == 1_767_225_630


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2099-01-01", "lies in the future"),
        ("9" * 400, "lies in the future"),
        ("99999999999999", "lies in the future"),
        ("-5", "lies before any metrics"),
        ("0001-01-01", "lies before any metrics"),
        ("yesterday", "is no time; write 2026-05-04T12:00:00Z"),
        ("", "is no time"),
        (".", "is no time"),
        ("nan", "is no time"),
        ("inf", "is no time"),
        ("²", "is no time"),
        ("2025-13-01", "is no time"),
    ],
)
def test_what_is_no_moment(text: str, words: str) -> None:
    """Wrong usage, in one line."""
    with pytest.raises(UsageError, match=words):
        moment_of(text, NOW)
