import pytest

from slokit.diagnostics import codes
from tests.support.compile.locations import findings_of


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("a:\n\tb: c\n", 2, 1, "spaces"),
        ("a: @x", 1, 4, "must not begin with @"),
        ("a: `x`", 1, 4, "must not begin with `"),
        ("a: %x", 1, 4, "must not begin with %"),
        ("a: 1\nb: 'open\nc: 2\n", 2, 4, "never closed"),
        ('a: 1\nb: "open\nc: 2\n', 2, 4, "never closed"),
        ('a: "\\d+"', 1, 5, "single quotes"),
        ("a:b\nc: d\n", 2, 2, "behind the colon in line 1"),
        ('m: sum(x{a="b"}) by (c): d', 1, 24, "quote the value"),
        ("a: b\n c: d\n", 2, 3, "indentation"),
        ("- a\nb: c\n", 2, 1, "indentation"),
        ("a: [1, 2\n", 1, 4, "close the bracket"),
        ("a: *nope\n", 1, 4, "no such anchor"),
        ("a: !x!y z\n", 1, 4, "begins a tag"),
        ("a: 'b' c\n", 1, 8, "quote the whole value"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n", 2, 1, "merge conflict"),
        ("a: 1\nnothing\nb: 2\n", 2, 1, "needs a colon"),
    ],
)
def test_syntax_errors_have_place_and_hint(text: str, line: int, column: int, hint: str) -> None:
    """A syntax error points at its cause and says what to do about it."""
    [finding] = findings_of("f", text)
    assert finding.code is codes.YAML_SYNTAX
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (line, column)
    assert hint in finding.hint


def test_an_open_bracket_is_shown_with_the_place_of_its_end() -> None:
    """Carets stand under the bracket that is open; where its end was missed stands beside it."""
    [finding] = findings_of("f", "a: [1,\nb: 2\nc: 3\n")
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (1, 4)
    assert [each.place.line for each in finding.related if each.place] == [3]


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [("a: \x00", 4, "U+0000"), ("a: x\x1b[31m", 5, "U+001B"), ("a: \ud800", 4, "U+D800")],
)
def test_control_characters(text: str, column: int, shown: str) -> None:
    """Control characters and lone surrogates are named, not passed on."""
    [finding] = findings_of("f", text)
    assert finding.code is codes.NOT_UTF8
    assert finding.place is not None
    assert finding.place.column == column
    assert shown in finding.message
