"""Selectors that have no series in common: what one finds, less what others find.

PromQL has no selector for "not both of these", so what is left is several selectors. They are told
apart by their matchers alone, whatever series there are.
"""

import re
from collections.abc import Sequence

from slokit.promql.selector import Matcher, Selector

_NEGATED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_PLAIN = re.compile(r"[\w/:@ -]*(?:\|[\w/:@ -]*)*")


def narrowed(selector: Selector, matchers: Sequence[Matcher]) -> Selector | None:
    """The selector with more matchers; None where they contradict it.

    >>> from slokit.promql.reading import read
    >>> str(narrowed(read('x{verb=~"GET|LIST"}').bare, [Matcher("verb", "=", "LIST")]))
    'x{verb=~"GET|LIST",verb="LIST"}'
    >>> narrowed(read('x{verb=~"GET|LIST"}').bare, [Matcher("verb", "=", "POST")])
    """
    for matcher in matchers:
        if _contradict(selector.matchers, matcher):
            return None
        selector = selector.inheriting((), [matcher])
    return selector


def without(selectors: Sequence[Selector], matchers: Sequence[Matcher]) -> tuple[Selector, ...]:
    """What selectors find that does not match all of these: selectors of which no two overlap.

    >>> from slokit.promql.reading import read
    >>> whole = [read("x").bare]
    >>> [str(s) for s in without(whole, [Matcher("a", "=", "1"), Matcher("b", "=~", "2|3")])]
    ['x{a!="1"}', 'x{a="1",b!~"2|3"}']
    >>> [str(s) for s in without([read('x{a="2"}').bare], [Matcher("a", "=", "1")])]
    ['x{a="2"}']
    """
    found: list[Selector] = []
    for selector in selectors:
        if any(_contradict(selector.matchers, matcher) for matcher in matchers):
            found.append(selector)
            continue
        for number, matcher in enumerate(matchers):
            other = Matcher(matcher.label, _NEGATED[matcher.op], matcher.value)
            left = narrowed(selector, [*matchers[:number], other])
            found += [left] if left is not None else []
    return tuple(found)


def _contradict(matchers: Sequence[Matcher], other: Matcher) -> bool:
    """Whether no value of the label satisfies both, as far as plain texts show it."""
    theirs = _values(other)
    for matcher in matchers:
        own = _values(matcher)
        if matcher.label != other.label or own is None or theirs is None:
            continue
        is_given, is_wanted = matcher.op in ("=", "=~"), other.op in ("=", "=~")
        if is_given and is_wanted and not own & theirs:
            return True
        if is_given and not is_wanted and own <= theirs:
            return True
        if is_wanted and not is_given and theirs <= own:
            return True
    return False


def _values(matcher: Matcher) -> frozenset[str] | None:
    """The plain texts that a matcher names; None where it is another pattern."""
    if matcher.op in ("=", "!="):
        return frozenset([matcher.value])
    plain = _PLAIN.fullmatch(matcher.value)
    return frozenset(matcher.value.split("|")) if plain else None
