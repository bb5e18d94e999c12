"""Which characters of a file a scalar's characters come from.

Each style's scanning is done once more, this time with offsets. The result is compared with the
value that the parser read, so a trace is either exact or absent.
"""

import re
from collections.abc import Generator, Iterator

Span = tuple[int, int]
_Char = tuple[str, Span]

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_SPACE = re.compile(r"[ \t\r\n\x85\u2028\u2029]+")
_HEADER = re.compile(r"[|>]([-+0-9]*)[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?")
_ESCAPE = re.compile(r"\\(?:x(..)|u(.{4})|U(.{8})|([^\r\n\x85\u2028\u2029]))")
_ESCAPED_BREAK = re.compile(r"\\(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*")
_ESCAPES = dict(zip("0abtnvfreN_LP", "\0\a\b\t\n\v\f\r\x1b\x85\xa0\u2028\u2029", strict=True))


def trace_scalar(text: str, start: int, end: int, style: str, value: str) -> list[Span] | None:
    """For each character of value its (start, end) in text, or None if they do not agree.

    `text[start:end]` is the scalar with its quotes or header; style is "", ', ", | or >.
    """
    if not value:
        return []
    for chars in _attempts(text, start, end, style):
        if "".join(char for char, _ in chars) == value:
            return [span for _, span in chars]
    return None


def _attempts(text: str, start: int, end: int, style: str) -> Iterator[list[_Char]]:
    if style in ("|", ">"):
        yield from _block(text, start, end)
    elif style == "":
        yield list(_flow(text, start, end, ""))
    else:
        yield list(_flow(text, start + 1, end - 1, style))


def _flow(text: str, at: int, end: int, quote: str) -> Iterator[_Char]:
    while at < end:
        if found := _SPACE.match(text, at, end):
            yield from _fold(text, at, found.end())
            at = found.end()
        elif quote == '"' and text[at] == "\\":
            at = yield from _unescape(text, at, end)
        else:
            width = 2 if quote == "'" and text[at] == "'" else 1
            yield text[at], (at, at + width)
            at += width


def _fold(text: str, at: int, end: int) -> Iterator[_Char]:
    """A run of white space: one break becomes a space, of more breaks the first is dropped."""
    breaks = [_line_break(text, found.span()) for found in _BREAK.finditer(text, at, end)]
    if not breaks:
        yield from ((text[i], (i, i + 1)) for i in range(at, end))
    elif breaks[0][0] != "\n":
        yield from breaks  # U+2028 and U+2029 are never folded
    elif len(breaks) == 1:
        yield " ", (at, end)
    else:
        yield from breaks[1:]


def _unescape(text: str, at: int, end: int) -> Generator[_Char, None, int]:
    """One escape in double quotes; returns the offset behind it."""
    if found := _ESCAPED_BREAK.match(text, at, end):
        spaces = _SPACE.match(text, found.end(), end)
        stop = spaces.end() if spaces else found.end()
        breaks = _BREAK.finditer(text, found.end(), stop)
        yield from (_line_break(text, each.span()) for each in breaks)
        return stop
    if found := _ESCAPE.match(text, at, end):
        digits = found.group(1) or found.group(2) or found.group(3)
        letter = found.group(4)
        yield (chr(int(digits, 16)) if digits else _ESCAPES.get(letter, letter)), found.span()
        return found.end()
    return end


def _line_break(text: str, span: Span) -> _Char:
    char = text[span[0] : span[1]]
    return ("\n" if char in ("\r\n", "\r", "\n", "\x85") else char), span


def _block(text: str, start: int, end: int) -> Iterator[list[_Char]]:
    """A block scalar once for each indentation it may have, the most likely one first."""
    header = _HEADER.match(text, start, end)
    if header is None:
        return
    body = _BREAK.match(text, header.end(), end)
    lines = _lines(text, body.end() if body else end, end)
    widths = [len(text[a:b]) - len(text[a:b].lstrip(" ")) for a, b, _ in lines if text[a:b].strip()]
    widest = max((b - a for a, b, _ in lines), default=0)
    folded, chomp = text[start] == ">", header.group(1).strip("0123456789")
    for indent in range(widths[0] if widths else widest, 0, -1):
        yield list(_block_chars(text, lines, indent, folded=folded, chomp=chomp))


def _lines(text: str, at: int, end: int) -> list[tuple[int, int, int]]:
    """Start, end and start of the next line for each line of a range."""
    lines = []
    for found in _BREAK.finditer(text, at, end):
        lines.append((at, found.start(), found.end()))
        at = found.end()
    return [*lines, (at, end, end)] if at < end else lines


def _block_chars(
    text: str, lines: list[tuple[int, int, int]], indent: int, *, folded: bool, chomp: str
) -> Iterator[_Char]:
    pending: _Char | None = None  # the break behind the last line with content
    empty: list[_Char] = []  # the breaks of the empty lines since then
    was_blank = False
    for start, stop, following in lines:
        spaces = len(text[start:stop]) - len(text[start:stop].lstrip(" "))
        first = start + min(indent, spaces)
        ending = _line_break(text, (stop, following)) if following > stop else None
        if first == stop:
            empty += [ending] if ending else []
            continue
        is_blank = text[first] in " \t"
        if not folded or was_blank or is_blank or (pending and pending[0] != "\n"):
            yield from [pending] if pending else []
        elif pending and not empty:
            yield " ", pending[1]
        yield from empty
        yield from ((text[i], (i, i + 1)) for i in range(first, stop))
        pending, empty, was_blank = ending, [], is_blank
    if chomp != "-":
        yield from [pending] if pending else []
    if chomp == "+":
        yield from empty
