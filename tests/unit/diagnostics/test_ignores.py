import pytest

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Place
from slokit.diagnostics.ignores import apply
from slokit.source.places import Places
from slokit.source.tree import read_documents


def _left(text: str, *extra: Finding) -> list[tuple[str, int]]:
    """Number and line of the findings that remain of a file."""
    found = [*read_documents("f", text)[1], *extra]
    left = apply(found, Places({"f": text}))
    return [(each.code.number, each.place.line if each.place else 0) for each in left]


def _at(line: int, code: Code = codes.UNKNOWN_KEY) -> Finding:
    return Finding(code, "m", place=Place("f", line, 1, line, 2))


@pytest.mark.parametrize(
    "text",
    [
        "a: yes  # slokit: ignore[SLK003] the reader is ours",
        "# slokit: ignore[SLK003] the reader is ours\na: yes",
        "a:\n  # slokit: ignore[SLK003] the reader is ours\n  - yes",
        "a: yes  # slokit: ignore[yaml/ambiguous-scalar] by slug",
        "a: yes  #slokit:ignore[SLK003]: short form",
        "# slokit: ignore[SLK003] above\n# and another comment\na: yes",
        "\ufeffa: yes  # slokit: ignore[SLK003] behind a byte order mark",
        "a: 1\r\nb: yes  # slokit: ignore[SLK003] CRLF\r\n",
    ],
)
def test_silenced(text: str) -> None:
    """A comment on the line, or on one of its own right above, silences its code."""
    assert _left(text) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a: yes\n# slokit: ignore[SLK003] below", [("SLK003", 1), ("SLK090", 2)]),
        ("# slokit: ignore[SLK003] far\n\na: yes", [("SLK090", 1), ("SLK003", 3)]),
        ("b: 1 # slokit: ignore[SLK003] above\na: yes", [("SLK090", 1), ("SLK003", 2)]),
        ("a: yes # slokit: ignore[SLK002] other", [("SLK003", 1), ("SLK090", 1)]),
        ("a: yes # slokit: ignore[SLK003]", [("SLK091", 1)]),
        ("a: yes # slokit: ignore", [("SLK003", 1), ("SLK092", 1)]),
        ("a: yes # slokit: ignore[] x", [("SLK003", 1), ("SLK092", 1)]),
        ("a: yes # slokit: ignore[SLK003, SLK999] x", [("SLK092", 1)]),
        ("a: 1 # slokit: ignore[SLK003] x", [("SLK090", 1)]),
    ],
)
def test_not_silenced(text: str, left: list[tuple[str, int]]) -> None:
    """What a comment does not cover stays, and the comment itself becomes a finding."""
    assert _left(text) == left


def test_several_codes_in_one_comment() -> None:
    """One comment may silence several codes; each one that hits nothing is a finding."""
    text = "yes: 1 # slokit: ignore[SLK003, shape/unknown-key, SLK104] x\n"
    assert _left(text, _at(1)) == [("SLK090", 1)]


def test_unused_points_at_the_name() -> None:
    """The carets stand under the one name that silences nothing."""
    [finding] = apply([_at(1)], Places({"f": "a: b # slokit: ignore[SLK103, SLK104] x"}))
    assert finding.place == Place("f", 1, 31, 1, 37)


@pytest.mark.parametrize(
    "text",
    [
        "yes: 'x # slokit: ignore[SLK003] y'",
        'yes: "x # slokit: ignore[SLK003] y"',
        "yes: |\n  # slokit: ignore[SLK003] y\n",
        "yes: x#slokit:ignore[SLK003] y",
    ],
)
def test_words_inside_a_scalar_are_no_comment(text: str) -> None:
    """Only what YAML takes for a comment silences, or is unused."""
    assert _left(text) == [("SLK003", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "k: |  # slokit: ignore[SLK103] header\n  a\n  b\n  c\n",
        "# slokit: ignore[SLK103] above\nk: >-\n  a\n  b\n  c\n",
        "k:\n # slokit: ignore[SLK103] above\n a\n b\n",
        "j: 1\nk: a\n b\n c  # slokit: ignore[SLK103] behind\n",
    ],
)
def test_a_scalar_over_lines_is_covered_from_its_ends(text: str) -> None:
    """Where a line has no room for a comment, the one at the scalar's first or last line counts."""
    assert _left(text, _at(3)) == []


def test_one_comment_silences_all_of_its_line() -> None:
    """A code is silenced as often as it occurs on the line."""
    assert _left("{yes: no, on: off} # slokit: ignore[SLK003] x") == []


@pytest.mark.parametrize(
    "code", [codes.YAML_SYNTAX, codes.TOO_DEEP, codes.TOO_LARGE, codes.NOT_UTF8]
)
def test_unreadable_files_cannot_be_silenced(code: Code) -> None:
    """What keeps a file from being read stays, whatever a comment says."""
    text = f"a: b # slokit: ignore[{code.number}] x"
    assert _left(text, _at(1, code)) == [(code.number, 1), ("SLK090", 1)]


def test_comments_of_a_broken_file_are_left_alone() -> None:
    """What is a comment is not known in a file that is not YAML: none is called unused."""
    assert _left("a: 1 # slokit: ignore[SLK003] x\nb: [\n") == [("SLK001", 2)]


def test_findings_without_source_or_place_pass() -> None:
    """Findings about no file, or about an unread one, are kept."""
    findings = [Finding(codes.UNKNOWN_KEY, "nowhere"), _at(1)]
    assert apply(findings, Places({})) == findings
