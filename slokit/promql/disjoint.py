"""Selectors that have no series in common: what one finds, less what others find.

PromQL has no selector for "not both of these", so what is left is several selectors. Their
matchers alone distinguish them, whatever series there are.
"""

import re
from collections.abc import Sequence

from slokit.promql.selector import Matcher, Selector

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
            left = narrowed(selector, [*matchers[:number], matcher.opposite])
            found += [left] if left is not None else []
    return tuple(found)


def rest_of(
    wholes: Sequence[Selector], narrower: Sequence[Selector]
) -> tuple[Selector, ...] | None:
    """The series of some selectors that narrower ones leave out, each once.

    None where one is not narrower than a selector of its own, or where nothing is left out.

    >>> a, b = Selector("a_total"), Selector("b_total")
    >>> ok = a.inheriting([Matcher("code", "!~", "5.."), Matcher("canary", "=", "")])
    >>> [str(selector) for selector in rest_of([a, b], [ok])]
    ['a_total{code=~"5.."}', 'a_total{code!~"5..",canary!=""}', 'b_total']
    """
    left: list[Selector] = []
    pending = list(narrower)
    for whole in wholes:
        within = [one for one in pending if _is_narrower(one, whole)]
        if len(within) > 1:
            return None
        left += _less(whole, within[0]) if within else [whole]
        pending = [one for one in pending if one not in within]
    return tuple(left) if left and not pending else None


def _is_narrower(selector: Selector, whole: Selector) -> bool:
    return selector.name == whole.name and set(whole.matchers) <= set(selector.matchers)


def _less(whole: Selector, narrower: Selector) -> tuple[Selector, ...]:
    more = [matcher for matcher in narrower.matchers if matcher not in whole.matchers]
    return without([whole], more) if more else ()


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
