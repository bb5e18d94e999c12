"""Which of two limits promises less: an upper one that is higher, a lower one that is lower."""

import re
from fractions import Fraction

from slokit.text import InvalidTextError
from slokit.text.numbers import parse_limit

_ENTRY = re.compile(r"(?:^|, )(?=at (?:least|most) )")
_BOUND = re.compile(r"at (least|most) (\S+)")
_REST = "the rest"

# by the matchers that they are for, what is good: `least` and `most`
Bounds = dict[str, dict[str, tuple[str | None, Fraction]]]


def is_looser(old: str, new: str) -> bool:
    """Whether something that was bad by the old limits is good by the new ones, as SLIs word them.

    >>> is_looser("at most 300ms", "at most 0.5s"), is_looser("at most 1s", "at most 300ms")
    (True, False)
    >>> is_looser("at least 1 and at most 3", "at least 1")
    True
    >>> is_looser('at most 1s', 'at most 5s for verb="LIST", at most 1s for the rest')
    True
    >>> is_looser('at most 5s for verb="LIST", at most 1s for the rest', 'at most 1s')
    False
    """
    before, after = _bounds(old), _bounds(new)
    return any(
        _allows_more(was, is_now)
        for kind in before.keys() | after.keys()
        if (was := before.get(kind, before.get(_REST)))
        and (is_now := after.get(kind, after.get(_REST))) is not None
    ) or any(kind not in after and _REST not in after for kind in before)


def _allows_more(
    was: dict[str, tuple[str | None, Fraction]], is_now: dict[str, tuple[str | None, Fraction]]
) -> bool:
    for side, (dimension, value) in was.items():
        if side not in is_now:
            return True
        other, now = is_now[side]
        if other == dimension and (now > value if side == "most" else now < value):
            return True
    return False


def _bounds(text: str) -> Bounds:
    found: Bounds = {}
    for entry in _ENTRY.split(text):
        words, _, kind = entry.partition(" for ")
        own = found.setdefault(kind or _REST, {})
        for side, written in _BOUND.findall(words):
            try:
                limit = parse_limit(written)
            except InvalidTextError:
                continue
            own[side] = (limit.dimension, limit.value)
    return found
