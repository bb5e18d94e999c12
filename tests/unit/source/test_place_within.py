from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from slokit.diagnostics.finding import KeyPath, Place
from slokit.source.parser import MappingNode, Node, ScalarNode, SequenceNode, compose
from slokit.source.places import SourceText, node_start
from slokit.source.scalar_trace import trace_scalar
from slokit.source.tree import Document, read_documents
from tests.support.compile.locations import place_of

# What YAML's scanners care about, in pieces that make valid documents often.
_PIECES = [
    *("a", "b1", "漢", " ", "  ", "\t", "#", " # c", ":", ": ", "'", "''", '"', "\\", "\\n"),
    *("\\x41", "\\\n", "|", ">", "-", "- ", "{", "}", "[", "]", ",", "&a ", "*a", "!", "?"),
    *("\n", "\n  ", "\n    ", "\r\n", "\r", "\x85", "\u2028", "---\n", "k: "),
]
_HEADS = ["k: ", "k: '", 'k: "', "k: |\n  ", "k: >\n  ", "k: >-\n   ", "k: |2\n    ", "- ", ""]


def _document(text: str) -> Document:
    documents, findings = read_documents("f", text)
    assert findings == []
    return documents[0]


def _value(document: Document, keys: KeyPath) -> str:
    value: Any = document.data
    for step in keys:
        value = value[step]
    return str(value)


def _cut(text: str, place: Place) -> str:
    """The text of a place, over lines."""
    lines = text.split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        "k: sum(rate(WANTED[5m]))",
        "k: &a sum(rate(WANTED[5m]))  # comment",
        "k: sum(\n  rate(\n    WANTED[5m]\n  ))",
        "k: 'it''s WANTED'",
        "k: 'one\n\n  two''s WANTED'",
        'k: "one \\"two\\" \\x41 WANTED"',
        'k: "one \\\n   two WANTED"',
        "k: |\n  sum(\n    WANTED\n  )\n",
        "k: |2-  # comment\n    sum(\n    WANTED)\n",
        "k: >\n  sum(\n\n   more\n  WANTED\n  )\n",
        "k: >+\n\n  sum WANTED\n\n",
        "- k: [a, {k: x WANTED}]",
    ],
)
def test_a_word_is_found_in_every_style(text: str) -> None:
    """A range of the value is the same word in the file, however the scalar is written."""
    document = _document(text)
    keys: KeyPath = (0, "k", 1, "k") if text.startswith("- ") else ("k",)
    start = _value(document, keys).index("WANTED")
    place = place_of(document, text, keys, span=(start, start + len("WANTED")))
    assert _cut(text, place) == "WANTED"


def test_a_range_may_span_lines() -> None:
    """A range over folded lines begins and ends in the right lines."""
    text = "k: a\n  b\n  c d\n"
    assert place_of(_document(text), text, ("k",), span=(2, 5)) == Place("f", 2, 3, 3, 4)


def test_an_escape_is_marked_whole() -> None:
    """One character written as an escape takes the escape's columns."""
    text = 'k: "x\\u0041y"'
    assert place_of(_document(text), text, ("k",), span=(1, 2)) == Place("f", 1, 6, 1, 12)


@pytest.mark.parametrize(
    ("start", "end", "columns"), [(1, 1, (5, 5)), (9, 9, (7, 7)), (2, 9, (6, 7))]
)
def test_ranges_are_cut_to_the_value(start: int, end: int, columns: tuple[int, int]) -> None:
    """Empty and too long ranges stay within the scalar."""
    text = "k: abc"
    place = place_of(_document(text), text, ("k",), span=(start, end))
    assert (place.column, place.end_column) == columns


@pytest.mark.parametrize("keys", [("m",), ("gone",), ("m", "gone")])
def test_without_a_scalar_the_whole_is_marked(keys: tuple[str, ...]) -> None:
    """A mapping or a missing keys has no characters: its place stands for them."""
    text = "m: {a: b}\n"
    document = _document(text)
    assert place_of(document, text, keys, span=(0, 1)) == place_of(document, text, keys)


def _scalars(node: Node, depth: int = 0) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node]
    if depth > 20:
        return []
    found: list[ScalarNode] = []
    if isinstance(node, MappingNode):
        for key, value in node.value:
            found += _scalars(key, depth + 1) + _scalars(value, depth + 1)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            found += _scalars(item, depth + 1)
    return found


@settings(max_examples=4 * settings().max_examples)
@given(st.sampled_from(_HEADS), st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
@example("k: ", "!!str  # comment\n  x")
@example("k: ", "a\u2028b")
@example("k: |2\n    ", "\n \n   x")
def test_every_scalar_maps_back(head: str, body: str) -> None:
    """Whatever the parser takes for a scalar, each of its visible characters is found again."""
    source = SourceText("f", head + body)
    scalars = [scalar for tree in compose(source.text)[0] for scalar in _scalars(tree)]
    assume(scalars)
    for node in scalars:
        start, end = node_start(source, node), node.end_mark.index
        spans = trace_scalar(source.text, start, end, node.style or "", node.value)
        assert spans is not None
        assert len(spans) == len(node.value)
        assert spans == sorted(spans)
        for char, (first, last) in zip(node.value, spans, strict=True):
            if not char.isspace() and node.style != '"':
                written = "''" if node.style == "'" and char == "'" else char
                assert source.text[first:last] == written


@settings(max_examples=2 * settings().max_examples)
@given(
    st.lists(st.text("ab(){}=,[5m]'\"$_+ ", min_size=1, max_size=12), min_size=1, max_size=4),
    st.sampled_from(["|", "|-", ">", ">+"]),
    st.integers(0, 40),
    st.integers(1, 6),
)
def test_block_promql_maps_back_through_a_document(
    lines: list[str], header: str, start: int, length: int
) -> None:
    """The place of a range in a block scalar holds the same text, up to its line breaks."""
    lines = [line.strip() or "x" for line in lines]
    text = f"a:\n  k: {header}\n" + "".join(f"    {line}\n" for line in lines)
    document = _document(text)
    value = _value(document, ("a", "k"))
    assume(start + length <= len(value.rstrip()))
    place = place_of(document, text, ("a", "k"), span=(start, start + length))
    wanted = value[start : start + length]
    assert _cut(text, place).split() == wanted.split()
