"""One source line with carets under a range of it, fitted to a width."""

from dataclasses import dataclass

from slokit.text.terminal import visible, width

_COLUMNS = 100
_LEFT = 30
_NEAR = 4 * _COLUMNS
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """The line as shown, and the columns before and under the carets."""

    line: str
    before: int
    under: int


def snippet(line: str, start: int, end: int) -> Snippet:
    """Show line around its characters start to end (from 0, end exclusive)."""
    start = min(start, len(line))
    end = min(max(end, start), len(line))
    # a line may have millions of characters; no more than these can show
    parts = (line[max(start - _NEAR, 0) : start], line[start:end][:_NEAR], line[end : end + _NEAR])
    head, marked, tail = (visible(part) for part in parts)
    if width(head) + width(marked) + width(tail) > _COLUMNS:
        head, marked, tail = _fit(head, marked, tail)
    return Snippet((head + marked + tail).rstrip(), width(head), max(width(marked), 1))


def _fit(head: str, marked: str, tail: str) -> tuple[str, str, str]:
    """Cut what is far from the marked part, and that part only if it is too long itself."""
    room = _COLUMNS - width(marked) - width(tail)
    head = _last(head, max(room, _LEFT))
    marked = _first(marked, _COLUMNS - width(head))
    return head, marked, _first(tail, _COLUMNS - width(head) - width(marked))


def _first(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    while text and width(text) >= columns:
        text = text[: max(min(len(text) - 1, columns), 0)]
    return text + _ELLIPSIS if columns > 0 else ""


def _last(text: str, columns: int) -> str:
    return _first(text[::-1], columns)[::-1]
