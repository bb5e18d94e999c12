"""Selectors without overlap: each series is found once, whatever its labels are."""

import re
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from slokit.promql.disjoint import narrowed, without
from slokit.promql.selector import Matcher, Selector

VALUES = ("", "a", "b", "ab")
PATTERNS = ("a", "b", "a|b", "", "a|", "a.*", ".+", ".*")
MATCHERS = st.one_of(
    st.builds(
        Matcher, st.sampled_from("xy"), st.sampled_from(("=", "!=")), st.sampled_from(VALUES)
    ),
    st.builds(
        Matcher, st.sampled_from("xy"), st.sampled_from(("=~", "!~")), st.sampled_from(PATTERNS)
    ),
)
SERIES = [{"x": x, "y": y} for x in VALUES for y in VALUES]


def finds(selector: Selector, series: Mapping[str, str]) -> bool:
    """Whether a selector finds a series, as Prometheus does."""
    return all(_holds(matcher, series[matcher.label]) for matcher in selector.matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    if matcher.op in ("=", "!="):
        return (matcher.value == value) is (matcher.op == "=")
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == "=~")


@given(st.lists(MATCHERS, max_size=2), st.lists(MATCHERS, max_size=3))
def test_what_is_left_is_all_but_what_matches_once(
    own: list[Matcher], matchers: list[Matcher]
) -> None:
    """Each series that does not meet all of the matchers is found by one selector, no other is."""
    whole = Selector("m", tuple(own))
    left = without([whole], matchers)
    inner = narrowed(whole, matchers)

    for series in SERIES:
        is_inner = all(_holds(matcher, series[matcher.label]) for matcher in matchers)
        wanted = finds(whole, series) and not is_inner
        assert sum(finds(selector, series) for selector in left) == wanted
        assert (inner is not None and finds(inner, series)) == (finds(whole, series) and is_inner)
