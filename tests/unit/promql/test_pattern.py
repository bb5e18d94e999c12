"""Patterns are matched as Prometheus matches them, in time that grows with the text alone."""

import pytest

from slokit.promql.pattern import matches


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


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+$b", ".*.*.*.*.*.*.*.*x"])
def test_no_pattern_explodes(pattern: str) -> None:
    """Those that cost Python's own engine hours are answered at once."""
    assert matches(pattern, "a" * 20_000) is False
