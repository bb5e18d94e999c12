"""Selectors and their matchers: merged label by label, printed so that they read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.promql.reading import read, read_matchers
from slokit.promql.selector import (
    Matcher,
    Selector,
    is_grouping_label,
    is_label_name,
    is_metric_name,
    merge,
    quote,
)

JOB, NS, SHOP = Matcher("job", "=", "a"), Matcher("ns", "=~", "x|y"), Matcher("job", "=", "shop")


def test_own_matchers_win_over_inherited_ones() -> None:
    """Only labels that the selector says nothing about are added."""
    own = Selector("up", (SHOP,))

    assert str(own.inheriting([JOB, NS])) == 'up{job="shop",ns=~"x|y"}'


def test_two_matchers_on_a_label_stay_together() -> None:
    """A range of values written with two matchers is one thing, inherited or not."""
    both = (Matcher("ns", "=~", "shop-.*"), Matcher("ns", "!~", ".*-dev"))

    assert str(Selector("up").inheriting(both)) == 'up{ns=~"shop-.*",ns!~".*-dev"}'
    assert str(Selector("up", both).inheriting([NS])) == 'up{ns=~"shop-.*",ns!~".*-dev"}'


def test_match_is_added_whatever_the_selector_says() -> None:
    """An objective's `match` narrows; the same matcher twice stands once."""
    selector = Selector("up", (JOB,))

    assert str(selector.inheriting([], [SHOP])) == 'up{job="a",job="shop"}'
    assert str(selector.inheriting([NS], [NS])) == 'up{job="a",ns=~"x|y"}'


def test_merging_replaces_label_by_label() -> None:
    """What is written replaces what is inherited, the rest is kept in its order."""
    assert merge([JOB, NS], [SHOP]) == (NS, SHOP)
    assert merge([JOB, NS], []) == (JOB, NS)
    assert merge([], [JOB]) == (JOB,)


@pytest.mark.parametrize(
    ("text", "printed", "metric"),
    [
        ("up", "up", "up"),
        ("up{}", "up", "up"),
        ("{job='a'}", '{job="a"}', ""),
        ('{__name__="x:y"}', '{__name__="x:y"}', "x:y"),
        ('{__name__=~"x|y"}', '{__name__=~"x|y"}', ""),
        ('up { job = "a" , }', 'up{job="a"}', "up"),
        ("up{path=`a\\b`}", 'up{path="a\\\\b"}', "up"),
    ],
)
def test_bare_selectors_are_read(text: str, printed: str, metric: str) -> None:
    """Whatever the spelling, they are one canonical text."""
    selector = read(text).bare

    assert selector is not None
    assert (str(selector), selector.metric()) == (printed, metric)


@pytest.mark.parametrize(
    "text", ["up offset 5m", "up @ 0", "up + 1", "(up)", "rate(up[5m])", "-up"]
)
def test_anything_else_is_no_bare_selector(text: str) -> None:
    """An offset, brackets or an operator make it an expression."""
    assert read(text).bare is None


@pytest.mark.parametrize(
    ("text", "sibling"),
    [("h{a='b'}", 'h_bucket{a="b"}'), ("{__name__='h'}", '{__name__="h_bucket"}')],
)
def test_a_histogram_has_siblings(text: str, sibling: str) -> None:
    """The suffix goes to the name, wherever that stands."""
    selector = read(text).bare

    assert selector is not None
    assert str(selector.renamed("_bucket")) == sibling


@settings(derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_quoted_so_that_it_reads_back(text: str) -> None:
    """The literal is one matcher with exactly that value."""
    (matcher,) = read_matchers(f"a={quote(text)}")

    assert (matcher.label, matcher.op, matcher.value) == ("a", "=", text)


@pytest.mark.parametrize(
    ("text", "is_label", "is_metric", "groups"),
    [
        ("job", True, True, True),
        ("_a1", True, True, True),
        ("a:b", False, True, False),
        ("1a", False, False, False),
        ("a-b", False, False, False),
        ("größe", False, False, False),
        ("", False, False, False),
        ("a\n", False, False, False),
        ("sum", True, True, True),
        ("nan", True, True, False),
        ("Inf", True, True, False),
        ("without", True, True, False),
    ],
)
def test_names_are_those_of_every_prometheus(
    text: str, *, is_label: bool, is_metric: bool, groups: bool
) -> None:
    """Letters, digits and underscores; colons in metrics; three words cannot be grouped by."""
    assert (is_label_name(text), is_metric_name(text)) == (is_label, is_metric)
    assert is_grouping_label(text) == groups
