import pytest

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Place, Related, Severity
from slokit.diagnostics.formats.text import render, summary

_SPEC = "slos:\n  - sli:\n      treshold:\n        metric: x\n"
_UNKNOWN = Finding(
    codes.UNKNOWN_KEY,
    "unknown key 'treshold' in sli",
    hint="did you mean 'threshold'?",
    place=Place("a.yaml", 3, 7, 3, 15),
)


def _lines(line: str, column: int, end_column: int, hint: str = "h") -> list[str]:
    """The source line and the caret line of a finding in a file of one line."""
    finding = Finding(codes.UNKNOWN_KEY, "m", place=Place("f", 1, column, 1, end_column), hint=hint)
    drawn = render([finding], {"f": line}).split("\n")
    return [each.removeprefix("1 | ").removeprefix("  | ") for each in drawn[3:5]]


def test_one_finding() -> None:
    """A finding shows its line, carets under the fault, the hint and its page."""
    assert render([_UNKNOWN], {"a.yaml": _SPEC}) == (
        "error[SLK103 shape/unknown-key]: unknown key 'treshold' in sli\n"
        " --> a.yaml:3:7\n"
        "  |\n"
        "3 |       treshold:\n"
        "  |       ^^^^^^^^ did you mean 'threshold'?\n"
        "  = help: slokit explain SLK103\n"
        "\n"
        "1 error in 1 file\n"
    )


def test_several_findings_with_related_places() -> None:
    """Findings are separated by blank lines; margins fit the longest line number."""
    text = "a: 1\n" * 12
    duplicate = Finding(
        codes.DUPLICATE_KEY,
        "duplicate key 'a'",
        place=Place("b.yaml", 12, 1, 12, 2),
        related=(Related(None, "first given here", Place("b.yaml", 1, 1, 1, 2)),),
    )
    nowhere = Finding(codes.IGNORE_UNUSED, "about no file", hint="look")
    assert render([nowhere, duplicate], {"b.yaml": text}) == (
        "warning[SLK090 ignore/unused]: about no file\n"
        "  = hint: look\n"
        "  = help: slokit explain SLK090\n"
        "\n"
        "error[SLK002 yaml/duplicate-key]: duplicate key 'a'\n"
        "  --> b.yaml:12:1\n"
        "   |\n"
        "12 | a: 1\n"
        "   | ^\n"
        "  --> b.yaml:1:1\n"
        "   |\n"
        " 1 | a: 1\n"
        "   | - first given here\n"
        "   = help: slokit explain SLK002\n"
        "\n"
        "1 error, 1 warning in 1 file\n"
    )


def test_nothing_draws_nothing() -> None:
    """Without findings there is no text."""
    assert render([], {}) == ""


def test_unknown_source_still_shows_the_hint() -> None:
    """A file that was not read is named without a snippet."""
    assert " --> a.yaml:3:7\n  = hint: did you mean" in render([_UNKNOWN], {})


def test_range_over_lines_marks_the_first() -> None:
    """A range over several lines is marked to the end of its first line."""
    finding = Finding(codes.WRONG_TYPE, "m", place=Place("f", 1, 4, 2, 3))
    assert render([finding], {"f": "a: {x,  \n y}"}).split("\n")[3:5] == [
        "1 | a: {x,",
        "  |    ^^^",
    ]


@pytest.mark.parametrize(
    ("line", "column", "end_column", "shown", "carets"),
    [
        ("a: x", 4, 5, "a: x", "   ^ h"),
        ("a:", 3, 3, "a:", "  ^ h"),
        ("\ta: x", 5, 6, "    a: x", "       ^ h"),
        ("漢: xy", 4, 6, "漢: xy", "    ^^ h"),
        ("a: 漢字", 4, 6, "a: 漢字", "   ^^^^ h"),
        ("e\u0301: x", 5, 6, "e\u0301: x", "   ^ h"),
        ("\x1b[31m: x", 8, 9, "<U+001B>[31m: x", "              ^ h"),
        ("a: \u202ex", 4, 5, "a: <U+202E>x", "   ^^^^^^^^ h"),
    ],
)
def test_carets_stand_under_what_is_shown(
    line: str, column: int, end_column: int, shown: str, carets: str
) -> None:
    """Tabs, wide, combining and control characters are drawn safely and keep carets in place."""
    assert _lines(line, column, end_column) == [shown, carets]


@pytest.mark.parametrize("before", [0, 40, 5_000])
@pytest.mark.parametrize("marked", [1, 60, 5_000])
@pytest.mark.parametrize("after", [0, 40, 5_000])
@pytest.mark.parametrize("char", ["x", "漢"])
def test_long_lines_are_clipped_around_the_carets(
    before: int, marked: int, after: int, char: str
) -> None:
    """However long a line is, its fault is shown within a hundred columns."""
    line = char * before + "<" + char * (marked - 1) + char * after
    shown, carets = _lines(line, before + 1, before + marked + 1)
    wide = 2 if char == "漢" else 1
    columns = len(shown) + (wide - 1) * shown.count(char)
    assert columns <= 101
    column = carets.index("^")
    assert shown[(column - shown.startswith("…")) // wide + shown.startswith("…")] == "<"
    assert carets.count("^") <= columns - column


def test_messages_and_hints_cannot_steer_the_terminal() -> None:
    """Control characters are spelled out wherever they come from."""
    place = Place("\x1b[2J", 1, 1, 1, 2)
    related = (Related(None, "\x9b", place),)
    finding = Finding(codes.UNKNOWN_KEY, "\x1b[1m", None, "a\nb", related, place=place)
    drawn = render([finding], {"\x1b[2J": "\x1b"})
    assert all(char == "\n" or char.isprintable() for char in drawn)
    assert "<U+001B>[1m" in drawn


def test_colour_only_when_asked() -> None:
    """Colour adds escapes around the same text."""
    plain = render([_UNKNOWN], {"a.yaml": _SPEC})
    coloured = render([_UNKNOWN], {"a.yaml": _SPEC}, colour=True)
    assert "\x1b" not in plain
    assert coloured.startswith("\x1b[1;31merror[SLK103 shape/unknown-key]\x1b[0m: unknown")
    for style in ("1;31", "31", "0"):
        coloured = coloured.replace(f"\x1b[{style}m", "")
    assert coloured == plain


def test_summary_counts_levels_and_files() -> None:
    """The last line counts each level, worst first, and the files."""
    other = Finding(codes.IGNORE_UNUSED, "m", place=Place("b", 1, 1, 1, 2))
    note = Finding(codes.IGNORE_UNUSED, "n", place=Place("b", 1, 1, 1, 2), severity=Severity.NOTE)
    assert summary([note, other, _UNKNOWN, other]) == "1 error, 2 warnings, 1 note in 2 files"
    assert summary([]) == "nothing found"
