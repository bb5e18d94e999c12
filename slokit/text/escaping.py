"""Text that is shown as it is, wherever it goes: a terminal, the log of a CI job, Markdown, JSON.

No character of a user's file may steer what shows it.
"""

import html
import json
import re
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


# What the runners of CI jobs take for commands: GitHub's at the beginning of a line, blanks aside;
# the older ones of GitHub and Azure, and TeamCity's, anywhere.
_LINE_COMMAND = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_BRACKET_COMMAND = re.compile(r"##(\w*)\[")


def inert(text: str) -> str:
    r"""Text of many lines in which a CI job finds no command; what looks like one is spelled out.

    >>> print(inert("  ::error::no\na::b ##[group]"))
      <U+003A>:error::no
    a::b ##<U+005B>group]
    """
    return without_brackets(_LINE_COMMAND.sub(r"\1<U+003A>", text))


def without_brackets(text: str) -> str:
    """Text without the commands that may stand anywhere in a line."""
    return _BRACKET_COMMAND.sub(r"##\1<U+005B>", text) if "##" in text else text


def inert_html(text: str) -> str:
    r"""HTML that shows the same and in which a CI job finds no command.

    >>> print(inert_html("  ::error::no\na::b ##[group]"))
      &#58;:error::no
    a::b ##&#91;group]
    """
    text = _BRACKET_COMMAND.sub(r"##\1&#91;", text) if "##" in text else text
    return _LINE_COMMAND.sub(r"\1&#58;", text)


def inert_json(text: str) -> str:
    r"""JSON of the same values in which nothing steers a terminal or is a command of a CI job.

    >>> print(inert_json('{"a": "\u202e##[error]"}'))
    {"a": "\u202e##\u005berror]"}
    """
    text = _BRACKET_COMMAND.sub(r"##\1\\u005b", text) if "##" in text else text
    return text if text.isascii() else "".join(map(_in_json, text))


def _in_json(char: str) -> str:
    if char == "\n" or char.isprintable():
        return char
    return json.dumps(char)[1:-1]


# `-`, `+`, `#` and `=` are markup at the start of a line alone; `1.` there begins a list.
_SPECIAL = re.compile(r"([\\`*_\[\]|~]|^[-+#=])")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?= |$)")
_FENCES = re.compile(r"`{3,}")


def escape(text: str) -> str:
    r"""The text on one line, none of it markup.

    >>> escape("*all* <b>\n[x]")
    '\\*all\\* &lt;b&gt; \\[x\\]'
    >>> escape("- low-traffic (1)"), escape("12. first"), escape("99.9%")
    ('\\- low-traffic (1)', '12\\. first', '99.9%')
    """
    shown = html.escape(visible(" ".join(text.split())), quote=False)
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", shown))


def fenced(text: str) -> str:
    """The text as a block of code; its own backticks cannot end the block.

    >>> print(fenced("sum(up)"))
    ```
    sum(up)
    ```
    """
    text = "\n".join(map(visible, text.split("\n")))
    longest = max((len(run) for run in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def literal(text: str) -> str:
    """A template that gives the text, whatever stands in it.

    >>> literal("critical"), literal("{{ $value }}")
    ('critical', '{{"{{"}} $value }}')
    """
    return text.replace("{{", '{{"{{"}}')
