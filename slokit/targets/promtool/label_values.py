"""Finds values that a label may have: the reverse of matching.

A pattern is read as a small language of its own, in which literals, classes, groups and
repetitions suffice. Whatever comes out is held against the matchers before it is used, so that a
construct that is misread costs a value and never makes a wrong one.
"""

import re
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
        found = _Pattern(pattern).alternatives()
    except (IndexError, ValueError, RecursionError):
        return ()
    return tuple(sorted(dict.fromkeys(found), key=_oddness))


def _oddness(text: str) -> tuple[bool, bool, bool]:
    return (not text, not text[-1:].isalnum(), not text[:1].isalnum())


class _Pattern:
    """One pattern that is being read. Every part is the list of strings that it may match."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def alternatives(self) -> list[str]:
        found = self._sequence()
        while self._peek() == "|":
            self.at += 1
            found += self._sequence()
        return found[:_MOST]

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _sequence(self) -> list[str]:
        found = [""]
        while self._peek() not in ("", "|", ")"):
            part = self._repeated(self._atom())
            found = [a + b for a in found for b in part][:_MOST]
        return found

    def _atom(self) -> list[str]:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return list(self._class())
        if character == "\\":
            return self._escape()
        if character == ".":
            return list("012" if self.text[: self.at].rstrip(".")[-1:].isdigit() else "ab1")
        return [""] if character in "^$" else [character]

    def _group(self) -> list[str]:
        if self._peek() == "?":
            end = min(n for mark in ":>)" if (n := self.text.find(mark, self.at)) >= 0)
            self.at = end + 1
            if self.text[end] == ")":
                return [""]
        found = self.alternatives()
        self.at += 1
        return found

    def _escape(self) -> list[str]:
        character = self._take()
        if character in _EDGES:
            return [""]
        return list(_CLASSES.get(character, character)[:3])

    def _class(self) -> str:
        negated = self._peek() == "^"
        self.at += negated
        found = ""
        while self._peek() != "]" or not found:
            found += self._members()
        self.at += 1
        return "".join(c for c in _OTHERS if c not in found)[:3] if negated else found[:3]

    def _members(self) -> str:
        first = self._take()
        if first == "\\":
            character = self._take()
            return _CLASSES.get(character, character)
        if self._peek() == "-" and self.text[self.at + 1] != "]":
            self.at += 1
            last = self._take()
            return "".join(map(chr, range(ord(first), min(ord(last), ord(first) + 99) + 1)))
        return first

    def _repeated(self, part: list[str]) -> list[str]:
        character = self._peek()
        if character not in ("*", "+", "?", "{"):
            return part
        self.at += 1
        least = self._least() if character == "{" else int(character == "+")
        if self._peek() == "?":
            self.at += 1
        more = [text * (least + 1) for text in part] if character != "?" else part
        return [text * least for text in (part if least else [""])] + more

    def _least(self) -> int:
        end = self.text.index("}", self.at)
        bounds, self.at = self.text[self.at : end], end + 1
        return int(bounds.partition(",")[0] or 0)
