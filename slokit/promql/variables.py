"""The five variables of a PromQL side: plain text replacement and nothing else."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

MEANINGS = {
    "window": "The ledger window, such as `5m`: `rate(x_total[$window])`.",
    "window_seconds": "The same in seconds: `increase(x_total[$window]) / $window_seconds`.",
    "selector": 'The inherited matchers, without braces: `x_total{$selector,code="500"}`.',
    "group_by": "The source labels of `group_by`: `sum by ($group_by, instance) (…)`.",
    "join": "The join with the info metric: `x_total $join`.",
}
# the longer name first, and nothing behind it: $windows is no variable, nor is the $1 of a regex
NAMES = tuple(sorted(MEANINGS, key=len, reverse=True))
_VARIABLE = re.compile(r"\$(" + "|".join(NAMES) + r")(?![A-Za-z0-9_])")


def used(text: str) -> frozenset[str]:
    """The variables that the text uses."""
    return frozenset(match[1] for match in _VARIABLE.finditer(text))


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text with its variables replaced, and where each piece of it came from.

    ``pieces`` are starts in the result, with start and end in the original; what is no variable
    has as many characters in both.
    """

    text: str
    pieces: tuple[tuple[int, int, int, bool], ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that a range of the result comes from."""
        return self._origin(start)[0], max(self._origin(max(end - 1, start))[1], 0)

    def _origin(self, at: int) -> tuple[int, int]:
        index = bisect_right([piece[0] for piece in self.pieces], at) - 1
        # What stands in a variable's place has no characters of its own: all of it is the variable.
        begin, start, end, is_variable = self.pieces[max(index, 0)]
        if is_variable:
            return start, end
        offset = min(start + at - begin, end)
        return offset, min(offset + 1, end)


def replaced(text: str, values: Mapping[str, str]) -> Replaced:
    """The text with each variable replaced, and the origin of every character."""
    # a `$1` or any other dollar stays: `_VARIABLE` matches the five alone
    parts: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    at = length = 0

    def add(part: str, start: int, end: int, *, is_variable: bool) -> None:
        nonlocal length
        pieces.append((length, start, end, is_variable))
        parts.append(part)
        length += len(part)

    for match in _VARIABLE.finditer(text):
        add(text[at : match.start()], at, match.start(), is_variable=False)
        add(values[match[1]], *match.span(), is_variable=True)
        at = match.end()
    add(text[at:], at, len(text), is_variable=False)
    return Replaced("".join(parts), tuple(pieces))
