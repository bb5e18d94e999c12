"""Parameters in texts: ``${name}`` stands for a value, and ``$${`` for the two characters ``${``.

Every other dollar stays as it is: ``$window``, the ``$1`` and ``${1}`` of a label_replace, and the
end of a regular expression.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from slokit.diagnostics.finding import Span

NAME: Final = "[a-zA-Z_][a-zA-Z0-9_]*"
OPENING: Final = "${"
# the escape first; a group of a regular expression is no parameter
_TOKEN = re.compile(rf"(\$\$\{{)|\$\{{(?:({NAME})\}}|[0-9]+\}}|([^}}$]*)(\}}?))")


@dataclass(frozen=True, slots=True)
class Misuse:
    """A ``${`` that is no parameter: what stands behind it, and where; ``name`` may be of none."""

    name: str
    span: Span
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its parameters replaced, and where each piece of it comes from.

    ``pieces`` are starts in the result, with start and end in the original, and whether the piece
    stands for a parameter or an escape; any other has as many characters in both.
    """

    text: str
    pieces: tuple[tuple[int, int, int, bool], ...]

    def origin(self, span: Span) -> Span:
        """The range of the original that a range of the result comes from."""
        start, end = span
        first = self._origin(start)[0]
        return first, max(self._origin(max(end - 1, start))[1] if end > start else first, first)

    def _origin(self, at: int) -> Span:
        index = bisect_right(self.pieces, at, key=lambda piece: piece[0]) - 1
        begin, start, end, is_value = self.pieces[max(index, 0)]
        if is_value:  # its characters stand elsewhere: all of it is the parameter
            return start, end
        offset = min(start + at - begin, end)
        return offset, min(offset + 1, end)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its parameters replaced; those without a value stay.

    >>> fill('up{job="${job}"} > $$$1', {"job": "etcd"})
    'up{job="etcd"} > $$$1'
    >>> fill("a literal $${job}", {"job": "etcd"})
    'a literal ${job}'
    """
    return text if OPENING not in text else filled(text, values).text


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """The text with its parameters replaced, and the origin of every character."""
    parts: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    at = length = 0
    for found in _TOKEN.finditer(text):
        new = OPENING if found[1] else values.get(found[2] or "")
        if new is None:
            continue
        for part, start, end, is_value in (
            (text[at : found.start()], at, found.start(), False),
            (new, *found.span(), True),
        ):
            pieces.append((length, start, end, is_value))
            parts.append(part)
            length += len(part)
        at = found.end()
    pieces.append((length, at, len(text), False))
    return Filled("".join((*parts, text[at:])), tuple(pieces))


def used(text: str) -> Iterator[str]:
    """The names of the parameters in a text, as often as they stand there."""
    if OPENING in text:
        yield from (found[2] for found in _TOKEN.finditer(text) if found[2])


def misuses(text: str, known: Mapping[str, object]) -> Iterator[Misuse]:
    """What begins like a parameter and is none of those known."""
    if OPENING not in text:
        return
    for found in _TOKEN.finditer(text):
        if found[2] and found[2] not in known:
            yield Misuse(found[2], found.span(), is_closed=True)
        elif found[3] is not None:
            yield Misuse(found[3], found.span(), is_closed=bool(found[4]))
