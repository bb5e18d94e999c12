"""What the parser takes and a server refuses: newer functions, and repetitions of repetitions.

The regular expressions of Prometheus are those of RE2 (https://github.com/google/re2/wiki/Syntax):
nothing is repeated twice in a row, and nothing more than a thousand times. One such matcher keeps a
whole rule file from being loaded.
"""

import re
from collections.abc import Iterable, Iterator

from slokit.promql.faults.grammar import (
    AGGREGATIONS,
    FUNCTIONS,
    OLDEST,
    Fault,
    FaultKind,
    GrammarError,
    Part,
    walk_through,
)
from slokit.promql.reading import read
from slokit.promql.selector import Selector

_KNOWN = FUNCTIONS | AGGREGATIONS
_MOST = 1000
# Nearly every pattern is sound, and a glance says so; the exact answer is the walk below.
_SUSPECT = re.compile(r"[*+?}][*+?{]|\{(?:\d+,)?\d{4}")
_PIECE = re.compile(
    r"""
    (?P<atom> \\. | \[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\] | [^*+?{] )
    | (?P<repeat> [*+?]\?? | \{(?P<low>\d+)(?:,(?P<high>\d*))?\}\?? )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def newer_parts(text: str) -> list[Fault]:
    """The parts of sound PromQL that are too new, in the order of the text."""
    try:
        parts = walk_through(text)
    except GrammarError:
        return []
    return sorted(_newer(parts), key=lambda fault: fault.span or (0, 0))


def _newer(parts: Iterable[Part]) -> Iterator[Fault]:
    for part in parts:
        head = part.head
        if head is None:
            continue
        if part.kind in ("call", "aggregation") and head.text.lower() not in _KNOWN:
            message = f"Prometheus {OLDEST} has no {head.text}()"
            hint = "the rule loads on newer servers only"
            yield Fault(head.span, message, hint, FaultKind.NEWER)
        elif part.kind == "bare-duration":
            message = f"Prometheus {OLDEST} reads no duration without a unit"
            yield Fault(head.span, message, f"write {head.text}s", FaultKind.NEWER)
        elif part.kind == "duration-number":
            message = f"Prometheus {OLDEST} reads no duration as a number"
            yield Fault(head.span, message, "write the seconds", FaultKind.NEWER)


def refused_repetitions(text: str, selectors: Iterable[Selector]) -> list[Fault]:
    """The matchers of sound PromQL that a server refuses; ``selectors`` are those of the text."""
    patterns = {m.value for s in selectors for m in s.matchers if m.op in ("=~", "!~")}
    refused = {pattern: reason for pattern in patterns if (reason := _refusal(pattern))}
    if not refused:
        return []
    messages = {
        pattern: f"Prometheus refuses this regular expression: {reason}"
        for pattern, reason in refused.items()
    }
    return list(_of_matchers(text, messages)) or [
        Fault(None, message, kind=FaultKind.REPETITION) for message in messages.values()
    ]


def _of_matchers(text: str, messages: dict[str, str]) -> Iterator[Fault]:
    try:
        parts = walk_through(text)
    except GrammarError:
        return
    for part in parts:
        for child in part.children if part.kind == "selector" else ():
            # the parser alone undoes the quotes of a matcher's value
            (selector,) = read(f'{{slokit="x",{text[child.start : child.end]}}}').selectors
            if message := messages.get(selector.matchers[-1].value):
                yield Fault(child.span, message, kind=FaultKind.REPETITION)


def _refusal(pattern: str) -> str:
    """Why a server refuses the pattern's repetitions; an empty string where it does not."""
    if _SUSPECT.search(pattern) is None:
        return ""
    before = ""
    for piece in _PIECE.finditer(pattern):
        repeat = piece["repeat"] or ""
        if repeat and before:
            return f"{before}{repeat} repeats a repetition"
        counts = [int(count) for count in (piece["low"], piece["high"]) if count]
        if any(count > _MOST for count in counts):
            return f"{repeat} is more than {_MOST} times"
        # a group's opening question mark repeats nothing
        before = "" if pattern[: piece.start()].endswith("(") else repeat
    return ""
