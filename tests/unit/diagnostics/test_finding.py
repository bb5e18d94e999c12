import pytest

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Place, Severity, sort_findings
from slokit.text.similar_names import suggest


def _at(file: str, line: int, column: int = 1, message: str = "m") -> Finding:
    place = Place(file, line, column, line, column + 1)
    return Finding(codes.UNKNOWN_KEY, message, place=place)


def test_order_is_file_line_column_code_message() -> None:
    """Findings are read from the top of the first file to the end of the last."""
    late = Finding(codes.WRONG_TYPE, "a", place=Place("a", 1, 1, 1, 2))
    ordered = [
        Finding(codes.UNKNOWN_KEY, "without a place"),
        _at("a", 1, 1, "x"),
        _at("a", 1, 1, "y"),
        late,
        _at("a", 1, 9),
        _at("a", 10),
        _at("b", 2),
    ]
    assert sort_findings(reversed(ordered)) == ordered


def test_equal_findings_are_kept_once() -> None:
    """What two checks say alike is said once."""
    assert sort_findings([_at("a", 1), _at("a", 1)]) == [_at("a", 1)]


def test_level_prefers_the_findings_own_severity() -> None:
    """A finding may be softer than its code."""
    assert Finding(codes.UNKNOWN_KEY, "m").level is Severity.ERROR
    assert Finding(codes.UNKNOWN_KEY, "m", severity=Severity.NOTE).level is Severity.NOTE


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("treshold", "threshold"),
        ("Objective", "objective"),
        ("OBJECTIVE", "objective"),
        ("q", None),
    ],
)
def test_suggest_finds_the_close_word(word: str, meant: str | None) -> None:
    """Typing errors and case lead to the known word, nonsense to none."""
    assert suggest(word, ["objective", "threshold", "window"]) == meant


def test_codes_are_unique_and_found_by_both_names() -> None:
    """A number and a slug each name exactly one code."""
    assert len({code.number for code in codes.CODES}) == len(codes.CODES)
    assert len({code.slug for code in codes.CODES}) == len(codes.CODES)
    for code in codes.CODES:
        assert codes.by_name(code.number) is code
        assert codes.by_name(code.slug) is code
    assert codes.by_name("SLK000") is None


def test_every_constant_is_registered() -> None:
    """No code can be used that the registry does not list."""
    constants = {value for value in vars(codes).values() if isinstance(value, Code)}
    assert constants == set(codes.CODES)


@pytest.mark.parametrize("code", codes.CODES, ids=lambda code: code.number)
def test_code_titles_are_sentences(code: Code) -> None:
    """Titles go into documents and SARIF rules as they are."""
    assert code.title[0].isupper() or not code.title[0].isalpha()
    assert code.title.endswith(".")
