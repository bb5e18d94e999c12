"""Findings for a person: the source line, carets under the fault, and what to do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from slokit.diagnostics.finding import Finding, Place, Severity
from slokit.source.places import split_lines
from slokit.text.escaping import fit, visible, width
from slokit.text.format import Format
from slokit.text.words import counted

_COLUMNS = 100
_LEFT = 30
_NEAR = 4 * _COLUMNS
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """All findings, separated by blank lines, and a line that sums them up; empty for none."""
    if not findings:
        return ""
    drawing = _Drawing(sources, colour=colour)
    blocks = ["\n".join(drawing.finding(each)) for each in findings]
    return "\n\n".join([*blocks, summary(findings)]) + "\n"


def summary(findings: Sequence[Finding]) -> str:
    """What there is in one line: `2 errors, 1 warning in 3 files`."""
    counts = Counter(finding.level for finding in findings)
    parts = [counted(counts[level], level.value) for level in Severity if counts[level]]
    files = {finding.place.file for finding in findings if finding.place}
    where = f" in {counted(len(files), 'file')}" if files else ""
    return (", ".join(parts) or "nothing found") + where


class _Drawing:
    """Draws one finding after the other; splits each file into lines only once."""

    def __init__(self, sources: Mapping[str, str], *, colour: bool) -> None:
        self._sources = sources
        self._colour = colour
        self._lines: dict[str, list[str]] = {}

    def finding(self, finding: Finding) -> Iterator[str]:
        code, paint = finding.code, _COLOURS[finding.level]
        title = self._paint(f"{finding.level.value}[{code.number} {code.slug}]", f"1;{paint}")
        yield f"{title}: {visible(finding.message)}"
        places = [finding.place, *(related.place for related in finding.related)]
        margin = " " * max(len(str(place.line)) if place else 1 for place in places)
        if finding.place is not None:
            yield from self._place(finding.place, "-->", margin, "^", finding.hint, paint)
        elif finding.hint:
            yield f"{margin} = hint: {visible(finding.hint)}"
        for related in finding.related:
            if related.place is not None:
                yield from self._place(related.place, "-->", margin, "-", related.text, "34")
        address = f", {visible(finding.url)}" if finding.url else ""
        yield f"{margin} = help: slokit explain {code.number}{address}"

    def _place(
        self, place: Place, arrow: str, margin: str, mark: str, label: str, paint: str
    ) -> Iterator[str]:
        yield f"{margin}{arrow} {visible(place.file)}:{place.line}:{place.column}"
        line = self._line(place)
        if line is None:
            if label:
                yield f"{margin} = hint: {visible(label)}"
            return
        # Of several lines the first is shown, marked to its end.
        end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
        shown = _snippet(line, place.column - 1, end)
        yield f"{margin} |"
        yield f"{place.line:>{len(margin)}} | {shown.line}".rstrip()
        carets = self._paint(f"{mark * shown.under} {visible(label)}".rstrip(), paint)
        yield f"{margin} | {' ' * shown.before}{carets}"

    def _line(self, place: Place) -> str | None:
        file = place.file
        if file not in self._lines:
            self._lines[file] = split_lines(self._sources[file]) if file in self._sources else []
        lines = self._lines[file]
        return lines[place.line - 1] if 1 <= place.line <= len(lines) else None

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text


@dataclass(frozen=True, slots=True)
class _Snippet:
    """The line as shown, and the columns before and under the carets."""

    line: str
    before: int
    under: int


def _snippet(line: str, start: int, end: int) -> _Snippet:
    """A line with carets under its characters start to end (from 0, end exclusive), cut to fit."""
    start = min(start, len(line))
    end = min(max(end, start), len(line))
    # a line may have millions of characters; no more than these can show
    parts = (line[max(start - _NEAR, 0) : start], line[start:end][:_NEAR], line[end : end + _NEAR])
    head, marked, tail = (visible(part) for part in parts)
    if width(head) + width(marked) + width(tail) > _COLUMNS:
        head, marked, tail = _around(head, marked, tail)
    return _Snippet((head + marked + tail).rstrip(), width(head), max(width(marked), 1))


def _around(head: str, marked: str, tail: str) -> tuple[str, str, str]:
    """Cut what is far from the marked part, and that part only if it is too long itself."""
    room = _COLUMNS - width(marked) - width(tail)
    head = fit(head[::-1], max(room, _LEFT))[::-1]
    marked = fit(marked, _COLUMNS - width(head))
    return head, marked, fit(tail, _COLUMNS - width(head) - width(marked))


FORMAT = Format("text", render)
