"""What is wrong with PromQL, and where: one list for all kinds of faults."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.promql.faults import FaultKind, find_faults, find_faults_of_matchers


@pytest.mark.parametrize(
    "text",
    [
        "errors_total",
        'sum by (job) (rate(errors_total{code=~"5.."}[5m])) / on (job) up',
        "holt_winters(lag[5m], 0.5, 0.5)",
        "max_over_time(lag[1h:1m]) # the worst",
    ],
)
def test_sound_promql_has_none(text: str) -> None:
    """All that the oldest server takes."""
    assert find_faults(text) == []


@pytest.mark.parametrize(
    ("text", "marked", "message", "hint"),
    [
        ("sum(rat(e[5m]))", "rat", "unknown function rat", "did you mean rate?"),
        ("sum(rate(e[5m])", "(", "this ( is never closed", "add )"),
        ("rate(e)", "e", "rate() wants a range such as x[5m] here", "write e[$window]"),
        ("a == ", "==", "nothing follows ==", ""),
        ("a{b=1}", "1", "a quoted value is wanted here", 'write b="…"'),
        ('{a=~".*"}', '{a=~".*"}', "these matchers could match every series", None),
        ("a > $range", "$range", "unknown variable $range", None),
        ("1 == 2", "==", "comparing two numbers filters nothing", "write == bool"),
        ("a[5m] + b", "a[5m]", "operators do not work on a range", None),
    ],
)
def test_a_fault_is_marked_and_named(
    text: str, marked: str, message: str, hint: str | None
) -> None:
    """The smallest part at fault, in plain words, and what to do."""
    (fault,) = find_faults(text)
    assert fault.span is not None
    start, end = fault.span

    assert (text[start:end], fault.message) == (marked, message)
    assert hint is None or fault.hint == hint
    assert (fault.kind, fault.is_refusal) == (FaultKind.SYNTAX, True)


def test_a_newer_function_is_no_refusal() -> None:
    """The rule loads on newer servers: each such part is found, in the order of the text."""
    faults = find_faults("limitk(1, a) + limit_ratio(0.5, b)")

    assert [fault.span for fault in faults] == [(0, 6), (15, 26)]
    assert {fault.kind for fault in faults} == {FaultKind.NEWER}
    assert not any(fault.is_refusal for fault in faults)


def test_a_repeated_repetition_is_a_refusal() -> None:
    """The parser takes it, and a server would refuse the whole rule file for it."""
    text = 'sum(up{job="a", path=~"/x**"})'
    (fault,) = find_faults(text)
    assert fault.span is not None

    assert text[fault.span[0] : fault.span[1]] == 'path=~"/x**"'
    assert (fault.kind, fault.is_refusal) == (FaultKind.REPETITION, True)


def test_what_is_too_large_is_not_parsed() -> None:
    """It has no place: all of it is at fault."""
    (fault,) = find_faults("(" * 100 + "a" + ")" * 100)

    assert (fault.span, fault.kind) == (None, FaultKind.SIZE)


def test_a_text_that_ends_too_early_says_so() -> None:
    """YAML cuts a plain scalar at ` #`, which the finding then says."""
    assert find_faults('sum(rate(e{a="')[0].is_cut
    assert find_faults("sum(")[0].is_cut
    assert not find_faults("sum)")[0].is_cut


@pytest.mark.parametrize("text", ['job="a",ns=~"a|b"', '{job="a"}', ""])
def test_sound_matchers_have_none(text: str) -> None:
    """With or without braces."""
    assert find_faults_of_matchers(text) == []


def test_faults_of_matchers_are_marked_in_their_own_text() -> None:
    """The braces and the metric around them do not shift the place."""
    text = 'job="a",ns=eu'
    (fault,) = find_faults_of_matchers(text)
    assert fault.span is not None

    assert text[fault.span[0] : fault.span[1]] == "eu"
    assert find_faults_of_matchers("{a=b}")[0].span == (3, 4)


@pytest.mark.parametrize("text", ['a="b"} or x{c="d"', 'a="b"}[5m] or x{', 'a="b"} offset 5m #'])
def test_an_expression_is_no_list_of_matchers(text: str) -> None:
    """Nothing breaks out of the braces that matchers are put into."""
    assert find_faults_of_matchers(text)


@settings(derandomize=True, max_examples=3 * settings().max_examples)
@given(st.text("abx()[]{}=~!\"'`,:+-*/$#5m. \n", max_size=40))
def test_any_text_has_faults_within_it_or_none(text: str) -> None:
    """Nothing raises, and no place lies outside of the text."""
    for fault in [*find_faults(text), *find_faults_of_matchers(text)]:
        start, end = fault.span or (0, 0)
        assert 0 <= start <= end <= len(text)
        assert fault.message
