import pytest
from hypothesis import given
from hypothesis import strategies as st

from slokit.source.parameters import fill, filled, misuses, used

TEXTS = st.text(st.sampled_from("${}ab1_ "), max_size=20)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("${a}", "1"),
        ("x${a}y${b}z", "x1y2z"),
        ("${a}${a}", "11"),
        ("$${a}", "${a}"),
        ("$$$${a}", "$$${a}"),
        ("$window $1 ${1} $", "$window $1 ${1} $"),
        ('code=~"5..$"', 'code=~"5..$"'),
        ("${ a }", "${ a }"),
        ("${a", "${a"),
        ("{a}$", "{a}$"),
    ],
)
def test_a_declared_name_in_braces_is_replaced_and_nothing_else(text: str, becomes: str) -> None:
    """Variables of PromQL, groups of regular expressions and other dollars stay."""
    assert fill(text, {"a": "1", "b": "2"}) == becomes


def test_a_value_is_not_looked_through_again() -> None:
    """What a value holds is text: it brings in no other parameter, and cannot loop."""
    assert fill("${a}", {"a": "${a}${b}", "b": "2"}) == "${a}${b}"


@given(TEXTS, st.text(max_size=5))
def test_each_character_of_the_result_has_an_origin(text: str, value: str) -> None:
    """A character stands in the original, or its origin is the whole parameter or escape."""
    made = filled(text, {"a": value, "b": ""})

    assert made.text == fill(text, {"a": value, "b": ""})
    for at, char in enumerate(made.text):
        start, end = made.origin((at, at + 1))
        origin = text[start:end]
        assert origin in (char, "${a}", "$${")


@given(TEXTS)
def test_every_opening_is_a_parameter_an_escape_or_a_fault(text: str) -> None:
    """Nothing that begins like a parameter is passed over without a word."""
    known = {"a": "", "b": ""}
    faults = [text[slice(*each.span)] for each in misuses(text, known)]
    names = [f"${{{name}}}" for name in used(text)]
    rest = text
    for each in (*faults, *names):
        rest = rest.replace(each, "", 1)

    assert set(used(text)) <= known.keys() | {each.name for each in misuses(text, known)}
    assert not faults or fill(text, known) != "" or text == ""
    assert "${a}" not in rest.replace("$${", "")
