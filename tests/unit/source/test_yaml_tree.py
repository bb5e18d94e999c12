from pathlib import Path

import pytest

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, KeyPath, Place
from slokit.source.places import Places
from slokit.source.tree import MAX_BYTES, Document, decode_source, read_documents
from tests.support.compile.locations import findings_of, place_of

_SPECS = Path(__file__).parents[2] / "fixtures" / "specs"


def _document(text: str) -> Document:
    documents, findings = read_documents("f.yaml", text)
    assert findings == []
    return documents[0]


def _findings(text: str) -> list[tuple[Code, int, int]]:
    return [_spot(finding) for finding in findings_of("f.yaml", text)]


def _spot(finding: Finding) -> tuple[Code, int, int]:
    assert finding.place is not None
    return finding.code, finding.place.line, finding.place.column


def _pick(text: str, place: Place) -> str:
    """The text of a place, which must be on one line."""
    assert place.line == place.end_line
    return text.split("\n")[place.line - 1][place.column - 1 : place.end_column - 1]


@pytest.mark.parametrize("path", sorted(_SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_reference_specs_are_clean(path: Path) -> None:
    """The reference specs are one document each and give no finding."""
    documents, findings = read_documents(path.name, path.read_text(encoding="utf-8"))
    assert len(documents) == 1
    assert findings == []


def test_scalars_stay_text() -> None:
    """Nothing is converted: numbers, booleans, dates and versions are their text."""
    assert _document("[1, 1.50, true, 2020-01-01, 0x1F, '', .inf, =]").data == (
        ["1", "1.50", "true", "2020-01-01", "0x1F", "", ".inf", "="]
    )
    assert _document("{1: a, true: b}").data == {"1": "a", "true": "b"}


def test_empty_and_null_are_none() -> None:
    """Absent values and unquoted nulls are None, quoted ones are text."""
    text = "a:\nb: ~\nc: null\nd: 'null'\ne: '~'\n"
    assert _document(text).data == {"a": None, "b": None, "c": None, "d": "null", "e": "~"}


def test_documents_of_a_file_are_numbered() -> None:
    """A file may hold many documents, empty ones counted; each knows its own places."""
    text = "a: 1\n---\n---\na: 3\n"
    documents, findings = read_documents("f", text)
    assert findings == []
    assert [(each.index, each.data) for each in documents] == [
        (0, {"a": "1"}),
        (1, None),
        (2, {"a": "3"}),
    ]
    assert place_of(documents[2], text, ("a",)) == Place("f", 4, 4, 4, 5)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_nothing_is_no_document(text: str) -> None:
    """An empty file has no documents and no findings."""
    assert read_documents("f", text) == ([], [])


def test_documents_before_a_fault_are_kept() -> None:
    """A syntax error ends the reading, but not what was read."""
    documents, findings = read_documents("f", "a: 1\n---\nb: [\n")
    assert [each.data for each in documents] == [{"a": "1"}]
    assert [finding.code for finding in findings] == [codes.YAML_SYNTAX]


def test_place_of_values_and_keys() -> None:
    """Places are exact for scalars, keys and whole collections, without trailing comments."""
    text = "slos:\n  - name: x   # why\n    sli:\n      events: {bad: b, total: t}\n\n# end\n"
    document = _document(text)
    assert _pick(text, place_of(document, text, ("slos", 0, "name"))) == "x"
    assert _pick(text, place_of(document, text, ("slos", 0, "name"), of_key=True)) == "name"
    assert (
        _pick(text, place_of(document, text, ("slos", 0, "sli", "events"))) == "{bad: b, total: t}"
    )
    assert place_of(document, text, ("slos", 0)) == Place("f.yaml", 2, 5, 4, 33)
    assert place_of(document, text, ()) == Place("f.yaml", 1, 1, 4, 33)


@pytest.mark.parametrize("keys", [("a", "b", "x", 3), ("a", "b", 0), ("a", "b", "c", "d")])
def test_a_missing_path_is_its_longest_prefix(keys: KeyPath) -> None:
    """A path that does not exist points at the last thing that does, or at that one's key."""
    text = "a:\n  b: {k: v}\n"
    document = _document(text)
    assert place_of(document, text, keys) == place_of(document, text, ("a", "b"))
    assert place_of(document, text, keys, of_key=True) == Place("f.yaml", 2, 3, 2, 4)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_places_count_lines_as_editors_do(ending: str) -> None:
    """CRLF, CR and a byte order mark shift nothing; YAML's exotic breaks are no lines."""
    text = "\ufeffa: 1" + ending + 'b: "x\u2028y"' + ending + "漢: 2"
    document = _document(text)
    assert place_of(document, text, ("a",)) == Place("f.yaml", 1, 4, 1, 5)
    assert place_of(document, text, ("b",)) == Place("f.yaml", 2, 4, 2, 9)
    assert place_of(document, text, ("漢",)) == Place("f.yaml", 3, 4, 3, 5)


def test_a_break_of_two_characters_is_one() -> None:
    """No place begins or ends between a carriage return and its line feed."""
    (finding,) = findings_of("f", "&\r\n0")
    assert finding.place == Place("f", 1, 2, 1, 2)


def test_anchor_is_no_part_of_a_scalars_place() -> None:
    """Carets stand under the value, not under its anchor or tag."""
    text = "a: &anchor !!str value"
    assert _pick(text, place_of(_document(text), text, ("a",))) == "value"


def test_aliases_and_merges_expand() -> None:
    """Aliases and << bring their data; own keys win, places are where the value stands."""
    text = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nalso: [*b]\nmany: {<<: [{x: 7}, *b]}\n"
    document = _document(text)
    assert document.data == {
        "base": {"x": "1", "y": "2"},
        "use": {"y": "3", "x": "1"},
        "also": [{"x": "1", "y": "2"}],
        "many": {"x": "7", "y": "2"},
    }
    assert place_of(document, text, ("use", "x")) == place_of(document, text, ("base", "x"))
    assert place_of(document, text, ("use", "y")) == Place("f.yaml", 4, 6, 4, 7)
    assert place_of(document, text, ("many", "y")) == place_of(document, text, ("base", "y"))


def test_duplicate_key_shows_both_places() -> None:
    """The first of equal keys is kept, and the finding names both."""
    text = "a: 1\nb: 2\n'a': 3\n"
    documents, _ = read_documents("f", text)
    assert documents[0].data == {"a": "1", "b": "2"}
    assert [_spot(finding) for finding in findings_of("f", text)] == [(codes.DUPLICATE_KEY, 3, 1)]
    (related,) = findings_of("f", text)[0].related
    assert related.place == Place("f", 1, 1, 1, 2)
    assert place_of(documents[0], text, ("a",)).line == 1


@pytest.mark.parametrize(
    "scalar", ["yes", "No", "ON", "off", "1:30", "02:00", "1:30:00", "-1:30.5", "190:20:30"]
)
def test_ambiguous_scalars(scalar: str) -> None:
    """What other readers take for a boolean or a base-60 number must be quoted, key or value."""
    assert _findings(f"a: {scalar}\n") == [(codes.AMBIGUOUS_SCALAR, 1, 4)]
    assert _findings(f"{scalar}: a\n") == [(codes.AMBIGUOUS_SCALAR, 1, 1)]
    assert _findings(f"a: '{scalar}'\nb: \"{scalar}\"\nc: |\n  {scalar}\n") == []


@pytest.mark.parametrize("scalar", ["true", "false", "y", "yEs", "1:90", "a:b", "10m", "1:30h"])
def test_unambiguous_scalars(scalar: str) -> None:
    """Plain words, durations and labels need no quotes."""
    assert _findings(f"a: {scalar}\n") == []


@pytest.mark.parametrize(
    "value", ["!!python/object:os.system x", "!!binary aGk=", "!x {a: b}", "!!int 3", "!!set {}"]
)
def test_tags_are_refused(value: str) -> None:
    """A tag constructs nothing, it is a finding where the tag stands."""
    assert _findings(f"a: {value}\n") == [(codes.WRONG_TYPE, 1, 4)]


@pytest.mark.parametrize(
    ("value", "data"), [("!x [b, c]", ["b", "c"]), ("!x {b: c}", {"b": "c"}), ("!x b", "b")]
)
def test_what_has_a_tag_is_read_all_the_same(value: str, data: object) -> None:
    """A tag is one finding; a list behind it is not missing as well."""
    (document,), findings = read_documents("f", f"a: {value}\n")

    assert document.data == {"a": data}
    assert len(findings) == 1


@pytest.mark.parametrize("text", ["{{ .Values.x }}: 1", "? [a]\n: b", "? {a: b}\n: c"])
def test_keys_must_be_text(text: str) -> None:
    """A mapping or list as a key, such as a chart's template, is a finding."""
    assert _findings(text)[0][0] is codes.WRONG_TYPE


def test_merge_of_a_scalar_is_a_finding() -> None:
    """<< takes mappings only."""
    assert _findings("a:\n  <<: x\n") == [(codes.WRONG_TYPE, 2, 7)]


def test_findings_belong_to_their_document() -> None:
    """Somebody who skips a document can leave its findings out."""
    documents, findings = read_documents("f", "a: 1\n---\nb: yes\n")
    assert [each.findings for each in documents] == [(), tuple(findings)]


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("x", "plain"),
        ("", "plain"),
        ("'x'", "single"),
        ('"x"', "double"),
        ("|\n  x", "literal"),
        (">\n  x", "folded"),
        ("[x]", "sequence"),
        ("{x: y}", "mapping"),
    ],
)
def test_only_plain_scalars_are_cut(value: str, style: str) -> None:
    """Only a plain scalar may have been cut by the comment behind it."""
    text = f"a: {value} # cut\n"
    comment = Places({"f.yaml": text}).comment_behind(_document(text).location.at("a"))
    assert comment == ("# cut" if style == "plain" else None)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("a: rate(x[5m]) # by (job)", "# by (job)"),
        ("a: rate(x[5m])\t#x\nb: 1", "#x"),
        ("a: multi\n  line # cut\n", "# cut"),
        ("a: 'quoted' # fine", None),
        ("a: x\n# next line", None),
        ("a: x#y", None),
        ("a: {b: c} # no scalar", None),
    ],
)
def test_line_comment(text: str, comment: str | None) -> None:
    """The comment that YAML cut off a plain scalar is known."""
    location = _document(text).location.at("a")
    assert Places({"f.yaml": text}).comment_behind(location) == comment


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "{a: " * 100_000,
        "a: &a [*a]",
        "a: &a\n  b: {c: *a}",
        "a: &a\n  <<: *a",
    ],
    ids=lambda text: text[:12],
)
def test_depth_is_limited(text: str) -> None:
    """Deep nesting and an alias inside its own anchor are findings."""
    documents, findings = read_documents("f", text)
    assert documents == []
    assert [finding.code for finding in findings] == [codes.TOO_DEEP]


def test_forty_levels_are_read() -> None:
    """The limit on depth lets real documents through."""
    documents, findings = read_documents("f", "[" * 39 + "x" + "]" * 39)
    assert findings == []
    assert str(documents[0].data).count("[") == 39


@pytest.mark.parametrize("entry", ["[{}]", "{{<<: [{}]}}"])
def test_alias_bombs_are_refused(entry: str) -> None:
    """Nine aliases of nine aliases of … end at the limit on values."""
    lines = ["a: &a {x: y}"]
    for inner, outer in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{outer}: &{outer} " + entry.format(",".join([f"*{inner}"] * 9)))
    assert [code for code, _, _ in _findings("\n".join(lines))] == [codes.TOO_DEEP]


def test_large_files_are_refused_unread() -> None:
    """A file above the limit is not parsed, neither as text nor as bytes."""
    assert [code for code, _, _ in _findings("[" * (MAX_BYTES + 1))] == [codes.TOO_LARGE]
    text, findings = decode_source("f", b"[" * (MAX_BYTES + 1))
    assert text == ""
    assert [finding.code for finding in findings] == [codes.TOO_LARGE]


def test_bytes_must_be_utf8() -> None:
    """The first byte that is no UTF-8 is shown by line and column."""
    assert decode_source("f", "a: 漢".encode()) == ("a: 漢", [])
    text, findings = decode_source("f", "a: 漢\nb: ü".encode() + b"\xff")
    assert text == ""
    assert [_spot(finding) for finding in findings] == [(codes.NOT_UTF8, 2, 5)]
