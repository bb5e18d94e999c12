"""The text of one file, and where its characters stand.

Lines end at a line feed, a carriage return or both, as editors count them. YAML 1.1 also breaks
lines at U+0085, U+2028 and U+2029, so a parser's own line numbers are never used.
"""

import re
from bisect import bisect_right
from functools import cached_property

from slokit.diagnostics.finding import Place

_BREAK = re.compile(r"\r\n|\r|\n")
BYTE_ORDER_MARK = "\ufeff"


def split_lines(text: str) -> list[str]:
    """The lines of a file as an editor shows them, without breaks and byte order mark."""
    return _BREAK.split(text.removeprefix(BYTE_ORDER_MARK))


class SourceText:
    """A file's text without its byte order mark; offsets count characters from 0."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.removeprefix(BYTE_ORDER_MARK)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        starts = self._line_starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def place(self, start: int, end: int) -> Place:
        """The place of a range of offsets, cut to the text."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        return Place(self.file, *self.position(start), *self.position(end))

    def line_at(self, offset: int) -> str:
        """The whole line that holds a character."""
        return self.lines[self.position(min(offset, len(self.text)))[0] - 1]

    @cached_property
    def lines(self) -> list[str]:
        """All lines, without their breaks."""
        return split_lines(self.text)
