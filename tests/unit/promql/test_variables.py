"""The five variables: plain replacement, and the place that a fault behind one came from."""

import pytest

from slokit.promql.variables import replaced, used

VALUES = {
    "window": "5m",
    "window_seconds": "300",
    "selector": 'job="a"',
    "group_by": "cluster, region",
    "join": "* on (a) group_left (b) group by (a, b) (i)",
}


@pytest.mark.parametrize(
    ("text", "result", "names"),
    [
        ("rate(x{$selector}[$window])", 'rate(x{job="a"}[5m])', {"selector", "window"}),
        ("x / $window_seconds", "x / 300", {"window_seconds"}),
        ("sum by ($group_by) (x)", "sum by (cluster, region) (x)", {"group_by"}),
        ("x $join", f"x {VALUES['join']}", {"join"}),
        (
            'label_replace(x, "a", "$1", "b", "(.+)")',
            'label_replace(x, "a", "$1", "b", "(.+)")',
            set(),
        ),
        ("x{a='$windows'}", "x{a='$windows'}", set()),
        ("$window$window", "5m5m", {"window"}),
        ("$$window", "$5m", {"window"}),
        ("$", "$", set()),
    ],
)
def test_variables_are_replaced_as_text(text: str, result: str, names: set[str]) -> None:
    """Nothing else is: a `$1` stays, and so does a longer word."""
    assert replaced(text, VALUES).text == result
    assert used(text) == names
    assert replaced(text, VALUES).text == result


def test_a_value_is_not_searched_for_variables() -> None:
    """What a selector holds is data."""
    assert replaced("x{$selector}", {**VALUES, "selector": 'a="$window"'}).text == 'x{a="$window"}'


def test_a_place_in_the_result_leads_back_to_the_text() -> None:
    """Characters of the text are themselves; those of a value are its variable."""
    text = "a{$selector} + b"
    whole = replaced(text, VALUES)
    at = whole.text.index("+")

    assert whole.origin(at, at + 1) == (text.index("+"), text.index("+") + 1)
    inside = whole.text.index("job")
    assert whole.origin(inside, inside + 3) == (text.index("$"), text.index("}"))
    assert whole.origin(0, len(whole.text)) == (0, len(text))
