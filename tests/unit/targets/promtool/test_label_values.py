"""Matching turned round: values that a label may have, and series that a selector just misses."""

import pytest

from slokit.promql.selector import Matcher, Selector
from slokit.targets.promtool.raw_series import decoys, selects, series_of, value


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("5..", ["500", "501", "502"]),
        ("4..|500", ["400", "500"]),
        ("eu-.*", ["eu-a", "eu-b", "eu-1"]),
        (".*-(dev|preview)", ["-dev", "a-preview"]),
        (r"/api/v\d+/\{id\}", ["/api/v0/{id}"]),
        ("(?i:post|put)", ["post", "put"]),
        ("[^a-c_]x{2}", ["dxx", "exx"]),
        ("0[.]30*", ["0.3", "0.30"]),
    ],
)
def test_a_pattern_gives_values_that_it_matches(pattern: str, values: list[str]) -> None:
    """Plain ones, each another one."""
    matchers = (Matcher("x", "=~", pattern),)

    found = [value("x", matchers, number) for number in range(12)]

    assert [each for each in values if each not in found] == []


def test_a_label_without_a_pattern_has_a_value_of_its_own() -> None:
    """As many as are wanted, none that a matcher forbids; none where nothing fits."""
    but_the_first = (Matcher("job", "!=", "job-1"),)

    assert value("job", ()) == "job-1"
    assert value("job", but_the_first) == "job-2"
    assert value("job", (), 599) == "job-600"
    assert value("job", (Matcher("job", "=", "a"), Matcher("job", "!=", "a"))) is None


def test_a_decoy_differs_from_a_series_in_one_label_that_the_selector_asks_for() -> None:
    """So that only this matcher keeps it out."""
    selector = Selector("x_total", (Matcher("code", "=~", "5.."), Matcher("job", "!=", "a")))
    series = series_of(selector, {"cluster": "c"})
    assert series is not None

    found = decoys(selector, series)

    assert [str(each) for each in (series, *found)] == [
        'x_total{cluster="c",code="500",job="job-1"}',
        'x_total{cluster="c",code="code-1",job="job-1"}',
        'x_total{cluster="c",code="500",job="a"}',
    ]
    assert selects(selector, series)
    assert not any(selects(selector, each) for each in found)
