"""One raw series as a test writes it: labels that a selector matches, or just misses.

A value that a pattern matches is found by reading the pattern as a small language of its own, in
which literals, classes, groups and repetitions suffice. Whatever comes out is held against the
matchers before it is used, so that a construct that is misread costs a value and never makes a
wrong one.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple, TypeAlias

from slokit.promql import build
from slokit.promql.pattern import matches
from slokit.promql.selector import Matcher, Selector

_MOST = 48  # of the strings that a pattern matches
_MOST_NUMBERED = 1000
_LONGEST = 2000  # what a pattern such as (a{1000}){1000} asks for fits no memory
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
    return matches(matcher.value, value) is (matcher.op == "=~")


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
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda text: (not text, not text[-1:].isalnum(), not text[:1].isalnum()),
        )
    )


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
            last = _atom(piece, pieces, after=before[0] if before else "")
    return [*found, *_joined(before, last)][:_MOST]


def _joined(before: list[str], last: list[str]) -> list[str]:
    joined = ("".join(pair) for pair in islice(product(before, last), _MOST))
    return [text for text in joined if len(text) <= _LONGEST]


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
    if least * max(map(len, part), default=0) > _LONGEST:
        return []
    more = part if piece[0] == "?" else [text * (least + 1) for text in part]
    return [text * least for text in (part if least else [""])] + more


# A label and its value.
Text: TypeAlias = tuple[str, str]


class RawSeries(NamedTuple):
    """A series of a scraped metric. ``grows``: its number is a growth per second, not a value."""

    name: str
    labels: tuple[Text, ...]
    grows: bool = False

    def __str__(self) -> str:
        return build.series(self.name, dict(self.labels))

    def get(self, label: str) -> str:
        """The label's value; empty when it has none."""
        if label == "__name__":
            return self.name
        for name, text in self.labels:
            if name == label:
                return text
        return ""

    def with_label(self, label: str, text: str) -> "RawSeries":
        """The series with one more label, or without one where its text is empty."""
        labels = {**dict(self.labels), label: text}
        kept = tuple(sorted((k, v) for k, v in labels.items() if v))
        return RawSeries(self.name, kept, self.grows)

    def renamed(self, texts: Mapping[Text, Text]) -> "RawSeries":
        """The series with other values in the place of some."""
        return RawSeries(self.name, tuple([texts.get(t, t) for t in self.labels]), self.grows)


def selects(selector: Selector, series: RawSeries) -> bool:
    """Whether the selector matches the series."""
    if selector.name is not None and selector.name != series.name:
        return False
    return all(accepts(m, series.get(m.label)) for m in selector.matchers)


def series_of(
    selector: Selector, wanted: Mapping[str, str], *, grows: bool = False, number: int = 0
) -> RawSeries | None:
    """A series that the selector matches and that has the wanted labels; None if there is none.

    ``number`` chooses another one, where a pattern leaves a choice.
    """
    by_label: dict[str, tuple[Matcher, ...]] = {}
    for matcher in selector.matchers:
        by_label[matcher.label] = (*by_label.get(matcher.label, ()), matcher)
    names = (Matcher("__name__", "=", selector.name),) if selector.name is not None else ()
    name = value("__name__", (*names, *by_label.pop("__name__", ())))
    if not name or (not names and not selector.matchers):
        return None
    labels = {label: text for label, text in wanted.items() if text}
    for label, matchers in by_label.items():
        if label in labels:
            if not all(accepts(m, labels[label]) for m in matchers):
                return None
            continue
        free = any(m.op in ("=~", "!~", "!=") for m in matchers)
        found = value(label, matchers, number if free else 0)
        if found is not None:
            labels[label] = found
        elif not all(accepts(m, "") for m in matchers):
            return None
    return RawSeries(name, tuple(sorted(labels.items())), grows)


def decoys(selector: Selector, series: RawSeries) -> list[RawSeries]:
    """Series like this one, each just missed by one matcher of the selector."""
    found = []
    for matcher in selector.matchers:
        if matcher.label != "__name__":
            others = tuple(m for m in selector.matchers if m.label == matcher.label)
            text = _missing(matcher, tuple(m for m in others if m is not matcher))
            if text is not None:
                found.append(series.with_label(matcher.label, text))
    return found


_OPPOSITE = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def _missing(matcher: Matcher, others: tuple[Matcher, ...]) -> str | None:
    """A value that satisfies all matchers of its label but this one."""
    opposite = Matcher(matcher.label, _OPPOSITE[matcher.op], matcher.value)
    if not matcher.value:
        return "" if matcher.op == "!=" and all(accepts(m, "") for m in others) else None
    return value(matcher.label, (*others, opposite))
