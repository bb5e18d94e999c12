from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from slokit.diagnostics.finding import Finding, Place
from slokit.diagnostics.formats import FORMATS
from slokit.diagnostics.ignores import apply
from slokit.source.places import Places
from slokit.source.tree import decode_source, read_documents

_SPECS = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "specs").glob("*.yaml"))
]
_INSERTS = ["\t", ":", ": ", "'", '"', "{", "[", "]", "#", " #", "&a ", "*a", "!", "\n", "- ", "%"]
_INSERTS += ["\x00", "\x1b", "\u2028", "\ufeff", "\ud800", "@", "`", "yes", "---\n", "|\n", "<<: "]
_INSERTS += ["# slokit: ignore[SLK003] x\n", "\r", "漢", "\u202e"]


def _places(findings: list[Finding]) -> list[Place]:
    places = [finding.place for finding in findings if finding.place]
    related = [each.place for finding in findings for each in finding.related]
    assert None not in related
    return places + [place for place in related if place]


def _read_and_show(text: str) -> None:
    """Read a text, silence and draw its findings; every place must lie in the text."""
    documents, findings = read_documents("f.yaml", text)
    places = Places({"f.yaml": text})
    for document in documents:
        places.place(document.location.at("slos", 0, "name"))
        places.place(document.location.at("slos", 0, "sli", "events", "bad", span=(2, 5)))
        places.comment_behind(document.location.at("slos", 0, "objective"))
    left = apply(findings, Places({"f.yaml": text}))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place in _places(left):
        assert (place.line, place.column) <= (place.end_line, place.end_column)
        assert 1 <= place.line <= place.end_line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
        assert 1 <= place.end_column <= len(lines[place.end_line - 1]) + 1
    for form in FORMATS:
        drawn = form.render(left, {"f.yaml": text})
        assert all(char == "\n" or char.isprintable() for char in drawn)


@settings(max_examples=3 * settings().max_examples)
@given(st.one_of(st.text(), st.text(st.sampled_from("ab:-#'\"\\|>[]{}&*!%@,? \t\n\r\ufeff\x00"))))
@example("? " * 50)
@example("&a [*a]")
def test_any_text_gives_findings(text: str) -> None:
    """No text makes the reader or a format fail, and no place lies outside it."""
    _read_and_show(text)


@settings(max_examples=settings().max_examples)
@given(st.sampled_from(_SPECS), st.data())
def test_any_broken_spec_gives_findings(spec: str, data: st.DataObject) -> None:
    """Real specs with pieces cut out and put in give findings, never an exception."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(spec)))
        cut = data.draw(st.integers(0, 20))
        spec = spec[:start] + data.draw(st.sampled_from(_INSERTS)) + spec[start + cut :]
    _read_and_show(spec)


@settings(max_examples=2 * settings().max_examples)
@given(st.binary())
def test_any_bytes_decode_or_give_findings(raw: bytes) -> None:
    """Bytes are either text or one finding with a place."""
    text, findings = decode_source("f.yaml", raw)
    if findings:
        assert text == ""
        assert findings[0].place is not None
    else:
        assert text.encode() == raw
