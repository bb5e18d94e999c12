"""Finds values that a label may have: the reverse of matching.

A pattern is read as a small language of its own, in which literals, classes, groups and
repetitions suffice. Whatever comes out is held against the matchers before it is used, so that a
construct that is misread costs a value and never makes a wrong one.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from slokit.promql.selector import Matcher

_MOST = 48  # of the strings that a pattern matches
_MOST_NUMBERED = 1000
_LETTERS, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
_OTHERS = f"{_LETTERS}{_DIGITS}-_./:"
_CLASSES = {"d": _DIGITS, "w": _LETTERS, "s": " ", "D": _LETTERS, "W": "-", "S": _LETTERS}
_EDGES = frozenset("bBAz")
# Groups, inline flags, classes, escapes, repetitions (lazy or not), and any other character.
_PIECE = re.compile(
    r"\(\?[^:>)]*[:>)]|\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|(?:[*+?]|\{[0-9]+,?[0-9]*\})\??|.", re.DOTALL
)
_MEMBER = re.compile(r"([^\\])-([^\\])|\\(.)|(.)", re.DOTALL)
_DEFAULTS = {"le": ("+Inf", "0.000123")}


def accepts(matcher: Matcher, value: str) -> bool:
    """Whether a label's value satisfies a matcher; never where the pattern cannot be read."""
    if matcher.op in ("=", "!="):
        return (value == matcher.value) is (matcher.op == "=")
    pattern = compiled(matcher.value)
    if pattern is None:
        return False
    return (pattern.fullmatch(value) is not None) is (matcher.op == "=~")


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, if it means the same here and in Prometheus."""
    if "[[" in pattern or "[:" in pattern or "&&" in pattern or "--" in pattern:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


@lru_cache(maxsize=16_384)
def value(label: str, matchers: tuple[Matcher, ...], number: int = 0) -> str | None:
    """The value of that number, of all that satisfy every matcher; never the empty one."""
    return next(islice(_values(label, matchers), number, None), None)


def _values(label: str, matchers: Sequence[Matcher]) -> Iterator[str]:
    seen = set()
    for candidate in _candidates(label, matchers):
        fits = all(accepts(matcher, candidate) for matcher in matchers)
        if candidate and fits and candidate not in seen:
            seen.add(candidate)
            yield candidate


def _candidates(label: str, matchers: Sequence[Matcher]) -> Iterator[str]:
    for matcher in matchers:
        if matcher.op == "=":
            yield matcher.value
    for matcher in matchers:
        if matcher.op == "=~":
            yield from strings(matcher.value)
    yield from _DEFAULTS.get(label, ())
    yield from (f"{label.strip('_')}-{number}" for number in range(1, _MOST_NUMBERED))


@lru_cache(maxsize=4096)
def strings(pattern: str) -> tuple[str, ...]:
    """Strings that the pattern may match, plain ones first, alternatives in their order."""
    try:
        found = _alternatives(deque(_PIECE.findall(pattern)))
    except (ValueError, RecursionError):
        return ()
    return tuple(sorted(dict.fromkeys(found), key=_oddness))


def _oddness(text: str) -> tuple[bool, bool, bool]:
    return (not text, not text[-1:].isalnum(), not text[:1].isalnum())


def _alternatives(pieces: deque[str]) -> list[str]:
    """Reads up to the end of the group: the strings of its alternatives."""
    found: list[str] = []
    before, last = [""], [""]  # the strings of a sequence, and of what stands at its end
    while pieces and (piece := pieces.popleft()) != ")":
        if piece == "|":
            found += _joined(before, last)
            before, last = [""], [""]
        elif piece[0] in "*+?" or piece[0] == "{" != piece:
            last = _repeated(last, piece)
        else:
            before = _joined(before, last)
            last = _atom(piece, pieces, after=before[0])
    return [*found, *_joined(before, last)][:_MOST]


def _joined(before: list[str], last: list[str]) -> list[str]:
    return [a + b for a in before for b in last][:_MOST]


def _atom(piece: str, pieces: deque[str], after: str) -> list[str]:
    if piece.startswith("("):
        return [""] if piece.endswith(")") else _alternatives(pieces)
    if piece.startswith("["):
        return list(_of_class(piece))
    if piece.startswith("\\"):
        return [""] if piece[1] in _EDGES else list(_CLASSES.get(piece[1], piece[1])[:3])
    if piece == ".":
        return list("012" if after[-1:].isdigit() else "ab1")
    return [""] if piece in "^$" else [piece]


def _of_class(piece: str) -> str:
    """Three characters of a class such as [a-c_]."""
    is_negated = piece.startswith("[^")
    found = ""
    for first, last, escaped, other in _MEMBER.findall(piece[1 + is_negated : -1]):
        if last:
            found += "".join(map(chr, range(ord(first), min(ord(last), ord(first) + 99) + 1)))
        else:
            found += _CLASSES.get(escaped, escaped) or other
    return "".join(c for c in _OTHERS if c not in found)[:3] if is_negated else found[:3]


def _repeated(part: list[str], piece: str) -> list[str]:
    """As few as there may be, then one more."""
    least = int(piece[1:-1].partition(",")[0] or 0) if piece[0] == "{" else int(piece[0] == "+")
    more = part if piece[0] == "?" else [text * (least + 1) for text in part]
    return [text * least for text in (part if least else [""])] + more
