"""Patterns are matched as Prometheus matches them, in time that grows with the text alone."""

import time

import pytest

from slokit.promql.pattern import is_readable, matches


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("5..", "503", True),
        ("5..", "5030", False),
        ("a|bc", "bc", True),
        ("", "", True),
        ("(?i)get", "GET", True),
        ("\\d+", "17", True),
        ("[[:alpha:]]+", "ab", None),
        ("a$", "a\n", False),
        ("a)|(b", "a", None),
        ("(?=a)a", "a", None),
        ("a{1001}{1001}{1001}", "a", None),
        ("(" * 100_000, "a", None),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str, found: bool | None) -> None:
    """One that means something else here, or that Prometheus refuses, is not read."""
    assert matches(pattern, text) is found
    assert is_readable(pattern) is (found is not None)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+$b", ".*.*.*.*.*.*.*.*x"])
def test_no_pattern_explodes(pattern: str) -> None:
    """Those that cost Python's own engine hours are answered at once."""
    begun = time.monotonic()

    assert matches(pattern, "a" * 20_000) is False
    assert time.monotonic() - begun < 5
