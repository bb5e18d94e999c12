"""Matchers reach every selector of an expression, and nothing else in it."""

import pytest

from slokit.promql.reading import read
from slokit.promql.selector import Matcher
from slokit.promql.tokens import narrowed

ADDED = Matcher("replica", "=", "a")


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        "up{}",
        '{__name__=~"a|b"}',
        'sum by (job) (rate(x_total{code=~"5..|{"}[5m] offset 1m)) / on (job) group_left (dc) y',
        "sum(rate(x_total[5m])) by (job)",
        "count without (instance) (a or b unless c and d atan2 e)",
        "quantile_over_time(0.9, x[5m:30s]) > bool 1e3",
        "x_total - x_total offset 5m >= 0 < Inf # not here: y",
        'label_replace(up, "a", "$1", "b", "(.+) z") or count_values("v", sum)',
        "job:requests:rate5m @ end() + time() * vector(1)",
    ],
)
def test_each_selector_has_the_matcher_once(expression: str) -> None:
    """The selectors are those of the expression, each with the matcher added."""
    before, after = read(expression).selectors, read(narrowed(expression, [ADDED])).selectors

    assert [selector.name for selector in after] == [selector.name for selector in before]
    assert [set(s.matchers) for s in after] == [{*s.matchers, ADDED} for s in before]


def test_own_series_stay_as_they_are() -> None:
    """What records them may add other labels."""
    own = 'slokit:info{bundle="shop"} and slokit:budget:ratio'

    assert narrowed(own, [ADDED]) == own


def test_without_matchers_nothing_changes() -> None:
    """Not even the space."""
    assert narrowed("sum( up )", []) == "sum( up )"
