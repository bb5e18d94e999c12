"""Metrics chosen by a pattern on their name: which names it stands for, and what drops them.

Functions such as rate() drop the name, and two metrics with equal labels then collide: the rule
fails at every evaluation. A pattern that stands for plain names is as good as a list of them.
"""

import re
from collections.abc import Iterator, Sequence

from slokit.promql.expression import SETS, Node, Span
from slokit.promql.pattern import matches
from slokit.promql.presence import given
from slokit.promql.selector import Matcher, Selector, is_metric_name

NAME = "__name__"
# More than that is a pattern for any number of metrics, and a list would only grow old.
_MOST_NAMES = 50
# what keeps the name of a series
_KEEPING = (
    "last_over_time first_over_time label_replace label_join sort sort_desc sort_by_label"
    " sort_by_label_desc absent absent_over_time info"
).split()
_CHOOSING = ("topk", "bottomk", "limitk", "limit_ratio")
_RESERVED = frozenset(
    "and or unless atan2 by without on ignoring group_left group_right bool offset inf nan"
    " sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk"
    " limit_ratio start end".split()
)


def is_pattern(selector: Selector) -> bool:
    """Whether the selector may find metrics of several names.

    >>> from slokit.promql.reading import read
    >>> is_pattern(read('{__name__=~"a|b"}').bare), is_pattern(read('{__name__="a"}').bare)
    (True, False)
    """
    return not selector.metric()


def with_plain_name(selector: Selector) -> Selector:
    """The selector with its metric before the braces, where it is matched by equality.

    >>> from slokit.promql.reading import read
    >>> str(with_plain_name(read('{__name__="errors_total",job="api"}').bare))
    'errors_total{job="api"}'
    """
    name = selector.metric()
    if selector.name is not None or not is_metric_name(name) or name.lower() in _RESERVED:
        return selector
    # Another matcher may exclude the name: then the selector is empty, and stays as written.
    if not all(_matches(m, name) for m in selector.matchers if m.label == NAME):
        return selector
    return Selector(name, tuple(m for m in selector.matchers if m.label != NAME))


def plain_names(selector: Selector) -> tuple[str, ...]:
    """The names that a pattern stands for; none where it stands for any number of them.

    >>> from slokit.promql.reading import read
    >>> plain_names(read('{__name__=~"a_total|b(_total)?",job="x"}').bare)
    ('a_total', 'b', 'b_total')
    >>> plain_names(read('{__name__=~"http_.*"}').bare)
    ()
    """
    matchers = [matcher for matcher in selector.matchers if matcher.label == NAME]
    sets = [found for m in matchers if (found := _names_of(m)) is not None]
    if not sets:
        return ()
    names = [name for name in sets[0] if all(_matches(matcher, name) for matcher in matchers)]
    return tuple(dict.fromkeys(filter(is_metric_name, names)))


def each_name(selector: Selector) -> tuple[Selector, ...]:
    """A selector for each name that a pattern stands for; none where that is not known.

    >>> from slokit.promql.reading import read
    >>> [str(one) for one in each_name(read('{__name__=~"a|b",job="x"}').bare)]
    ['a{job="x"}', 'b{job="x"}']
    """
    others = tuple(m for m in selector.matchers if m.label != NAME)
    named = (Selector(None, (Matcher(NAME, "=", n), *others)) for n in plain_names(selector))
    return tuple(map(with_plain_name, named))


def names_lost(root: Node, *, is_dropped_at_end: bool = False) -> Iterator[Node]:
    """The selectors of an expression that match names by a pattern and whose names are dropped.

    ``is_dropped_at_end`` says that what reads the expression drops the names that are left.

    >>> from slokit.promql.expression import expression
    >>> [node.span for node in names_lost(expression('sum(rate({__name__=~"a|b"}[5m]))'))]
    [(9, 26)]
    >>> list(names_lost(expression('sum({__name__=~"a|b"} > 0)')))
    []
    """
    yield from dict.fromkeys(_lost(root))
    yield from _named(root) if is_dropped_at_end else ()


def matcher_span(node: Node) -> Span:
    """The characters of the matcher by which a selector chooses names."""
    return next((span for span, m in node.matchers if m.label == NAME), node.span)


def _lost(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield from _lost(child)
        yield from _named(child) if _drops_names(node) else ()


def _named(node: Node) -> Iterator[Node]:
    """The patterns below a node whose names are still on its samples."""
    if node.kind == "selector":
        if node.selector and is_pattern(node.selector) and len(plain_names(node.selector)) != 1:
            yield node
        return
    is_fold = node.kind == "aggregation" and node.name not in _CHOOSING
    children = () if is_fold or _drops_names(node) else node.children
    for child in children:
        yield from _named(child)


def _drops_names(node: Node) -> bool:
    if node.kind == "call":
        return node.name not in _KEEPING
    if node.kind == "sign":
        return node.name == "-"
    if node.kind != "binary" or node.name in SETS:
        return False
    # a comparison filters, but one of two vectors matches them one to one by labels alone
    is_filter = node.is_comparison and not node.is_bool
    has_number = any(given(child).kind == "number" for child in node.children)
    return not (is_filter and (has_number or node.is_grouped))


def _names_of(matcher: Matcher) -> Sequence[str] | None:
    """The names that one matcher allows; None where they cannot be counted."""
    if matcher.op == "=":
        return (matcher.value,)
    if matcher.op != "=~":
        return None
    # names, groups, bars and question marks alone; anything else stands for any number of texts
    reader = _Spelling(matcher.value)
    found = reader.alternatives()
    return found if found is not None and reader.at == len(matcher.value) else None


def _matches(matcher: Matcher, name: str) -> bool:
    if matcher.op in ("=", "!="):
        return (matcher.value == name) is (matcher.op == "=")
    return matches(matcher.value, name) is (matcher.op == "=~")


class _Spelling:
    """Reads a regular expression that stands for a few texts; None where it stands for more."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def alternatives(self) -> list[str] | None:
        found: list[str] = []
        while True:
            texts = self._sequence()
            if texts is None or len(found) + len(texts) > _MOST_NAMES:
                return None
            found += texts
            if not self._take("|"):
                return found

    def _sequence(self) -> list[str] | None:
        texts = [""]
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            piece = self._piece()
            if piece is None or len(texts) * len(piece) > _MOST_NAMES:
                return None
            texts = [before + after for before in texts for after in piece]
        return texts

    def _piece(self) -> list[str] | None:
        before, after = self._pattern[: self.at][-1:], self._pattern[self.at + 1 :][:1]
        if (before in "(|" and self._take("^")) or (after in ")|" and self._take("$")):
            return [""]
        if self._take("("):
            self._take("?:")
            texts = self.alternatives()
            if texts is None or not self._take(")"):
                return None
        elif self._take("["):
            end = self._pattern.find("]", self.at)
            texts = list(self._pattern[self.at : max(end, self.at)])
            self.at = end + 1
        else:
            texts = [self._pattern[self.at]]
            self.at += 1
        if not texts or not all(re.fullmatch(r"[a-zA-Z0-9_:]*", text) for text in texts):
            return None
        return ["", *texts] if self._take("?") else texts

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found
