"""Patterns on a metric's name: the names that they stand for, where that is known."""

import pytest

from slokit.promql.name_pattern import each_name, plain_names, with_plain_name
from slokit.promql.reading import read
from slokit.promql.selector import Selector


def selector(text: str) -> Selector:
    bare = read(text).bare
    assert bare is not None
    return bare


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ('__name__=~"a_total|b_total"', "a_total b_total"),
        ('__name__=~"a_total"', "a_total"),
        ('__name__=~"^a$|^b$"', "a b"),
        ('__name__=~"(a|b)_total"', "a_total b_total"),
        ('__name__=~"(?:a|b(c|d)?)_total"', "a_total b_total bc_total bd_total"),
        ('__name__=~"spans(_total)?"', "spans spans_total"),
        ('__name__=~"jobs?_[ab]"', "job_a job_b jobs_a jobs_b"),
        ('__name__=~"a|a|b"', "a b"),
        ('__name__=~"a|",x="y"', "a"),
        ('__name__=~"job:a:sum|b"', "job:a:sum b"),
        ('__name__=~"a|b",__name__!="a"', "b"),
        ('__name__=~"a_x|a_y|b_x",__name__!~"b.*|.*_y"', "a_x"),
        ('__name__="a",__name__=~"a|b"', "a"),
        ('__name__="a",__name__="b"', ""),
        ('__name__=~"a.*"', ""),
        ('__name__=~"a.b"', ""),
        ('__name__=~"a+"', ""),
        ('__name__=~"[a-z]_total"', ""),
        ('__name__=~"[^a]_total"', ""),
        ('__name__=~"a{2}"', ""),
        ('__name__=~"(?i)a"', ""),
        (r'__name__=~"a\\d"', ""),
        ('__name__=~"a^b"', ""),
        ('__name__!="a",x="y"', ""),
        ('__name__!~"a|b",x="y"', ""),
        ('x="y"', ""),
    ],
)
def test_only_a_pattern_of_plain_names_stands_for_them(pattern: str, names: str) -> None:
    """Groups, bars, question marks and classes are spelled out; nothing else is guessed."""
    assert plain_names(selector(f"{{{pattern}}}")) == tuple(names.split())


def test_a_pattern_of_very_many_names_is_not_spelled_out() -> None:
    """A list of a hundred metrics is nothing that a rule should read."""
    assert plain_names(selector(f'{{__name__=~"{"|".join(f"m{n}" for n in range(100))}"}}')) == ()
    assert plain_names(selector('{__name__=~"(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)"}')) == ()


def test_other_matchers_stay_with_each_name() -> None:
    """Each metric is selected as the pattern was."""
    found = each_name(selector('{job="x",__name__=~"a|b",code!~"2.."}'))

    assert list(map(str, found)) == ['a{job="x",code!~"2.."}', 'b{job="x",code!~"2.."}']


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ('{__name__="a_total",job="x"}', 'a_total{job="x"}'),
        ('{job="x",__name__="job:a:sum"}', 'job:a:sum{job="x"}'),
        ('a_total{job="x"}', 'a_total{job="x"}'),
        ('{__name__="sum"}', '{__name__="sum"}'),
        ('{__name__="a",__name__!="a"}', '{__name__="a",__name__!="a"}'),
        ('{job="x"}', '{job="x"}'),
    ],
)
def test_a_name_by_equality_is_the_name(written: str, plain: str) -> None:
    """Unless it is a word of PromQL, which is read as such before braces."""
    assert str(with_plain_name(selector(written))) == plain
