"""Text that is safe to show: no character of a user's file may steer the terminal."""

import unicodedata

_WIDE = ("W", "F")
_ELLIPSIS = "…"


def visible(text: str) -> str:
    r"""The text with control, format and unassigned characters spelled out.

    >>> visible("a\x1b[31m")
    'a<U+001B>[31m'
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def width(text: str) -> int:
    """How many terminal columns a visible text takes.

    >>> width("lag"), width("可用")
    (3, 4)
    """
    return len(text) if text.isascii() else sum(map(_char_width, text))


def fit(text: str, columns: int) -> str:
    """A visible text cut to a number of terminal columns, with an ellipsis where it was cut.

    >>> fit("availability", 6), fit("可用性", 5), fit("a", 0)
    ('avail…', '可用…', '')
    """
    if width(text) <= columns:
        return text
    if columns < 1:
        return ""
    room, kept = columns - 1, []
    for char in text:
        room -= _char_width(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept) + _ELLIPSIS


def _visible(char: str) -> str:
    if char == "\t":
        return "    "
    if char == " " or char.isprintable():
        return char
    return " " if char == "\xa0" else f"<U+{ord(char):04X}>"


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1
