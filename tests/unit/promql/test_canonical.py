"""Two texts of PromQL that mean the same, as Prometheus 2.42 and 3.14 print what they parsed."""

import pytest

from slokit.promql.canonical import is_same, outermost_labels


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ('sum(rate(x{b="1",a=~"2"}[90m] offset 5m)) by (a)',
         'sum by (a) (rate(x{a=~"2",b="1"}[1h30m] offset 5m))'),
        ("a\nor ignoring (bundle, slo) 0 * b", "a or ignoring (slo, bundle) 0 * b"),
        ("x > 1000000", "x > 1e+06"),
        ("x <= Inf >= 0", "x <= +Inf >= 0"),
        ("clamp_min((x), 0)", "clamp_min(x, 0)"),
        ("x{a='1'}", 'x{a="1"}'),
        ('{__name__="x"}', "x"),
        ("a and b", "a and ignoring () b"),
        ("sum(x)", "sum by () (x)"),
        ("a * on (i) group_left (r) b", "a * on(i) group_left(r) b"),
        ("last_over_time((x)[1h:60s])", "last_over_time((x)[1h:1m])"),
    ],
)  # fmt: skip
def test_what_is_only_written_otherwise_is_the_same(written: str, printed: str) -> None:
    """Blanks, orders, durations, numbers, quotes and parentheses."""
    assert is_same(written, printed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a - b", "b - a"),
        ("a and b", "a and on () b"),
        ('x{a="1"}', 'x{a!="1"}'),
        ('x{a="b c"}', 'x{a="bc"}'),
        ("rate(x[5m])", "rate(x[6m])"),
        ("x offset 5m", "x"),
        ("x > 1", "x > bool 1"),
        ("sum by (a) (x)", "sum without (a) (x)"),
        ("a + b * c", "(a + b) * c"),
        ("x @ 5", "x @ 6"),
        ("-x", "x"),
    ],
)
def test_what_means_something_else_is_not_the_same(one: str, other: str) -> None:
    """However alike it looks."""
    assert is_same(one, other) is False


def test_what_cannot_be_read_is_unknown() -> None:
    """Not a difference: no alarm without a reason."""
    assert is_same("sum(", "x") is None
    assert outermost_labels("sum(") is None


def test_the_groups_of_an_expression() -> None:
    """None where it keeps every label but some."""
    assert outermost_labels("count(x) or y") == frozenset()
    assert outermost_labels("0 * group by (b, a) (x)") == frozenset({"a", "b"})
    assert outermost_labels("max without (a) (x)") is None
    assert outermost_labels("x") is None
