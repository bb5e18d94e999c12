"""Matchers put into every selector of an expression, wherever in it the selector stands.

Owns the recognition of selectors by their tokens: an expression that the rules are made of may be
larger than the parser reads. It does not check the expression.
"""

from collections.abc import Iterator, Sequence

from slokit.promql.selector import Matcher, matcher_list
from slokit.promql.tokens import Token, tokens_of

_LABEL_LISTS = frozenset("by without on ignoring group_left group_right".split())
_WORDS = _LABEL_LISTS | frozenset("and or unless atan2 offset bool inf nan".split())
_OWN = "slokit:"


def narrowed(expression: str, matchers: Sequence[Matcher]) -> str:
    """The expression over those series alone that the matchers select as well.

    >>> a = Matcher("replica", "=", "a")
    >>> narrowed('sum by (job) (rate(x_total{code="500"}[5m])) / on (job) up', [a])
    'sum by (job) (rate(x_total{replica="a",code="500"}[5m])) / on (job) up{replica="a"}'

    slokit's own series stay as they are: what records them may add other labels.
    """
    if not matchers:
        return expression
    added = matcher_list(matchers)
    parts: list[str] = []
    done = 0
    for at, has_braces, is_empty in _places(tokens_of(expression)):
        comma = "" if is_empty else ","
        parts += [expression[done:at], f"{added}{comma}" if has_braces else f"{{{added}}}"]
        done = at
    return "".join([*parts, expression[done:]])


def _places(tokens: Sequence[Token]) -> Iterator[tuple[int, bool, bool]]:
    """Where matchers go: the place, whether it is between braces, and whether those are empty."""
    is_inside = ""  # the bracket that ends what holds no selector
    for number, token in enumerate(tokens):
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        before = tokens[number - 1].text if number else ""
        if is_inside:
            is_inside = "" if token.text == is_inside else is_inside
        elif token.text == "{":
            is_inside = "}"
            if not before.startswith(_OWN):
                yield token.end, True, following == "}"
        elif token.text == "(" and before.lower() in _LABEL_LISTS:
            is_inside = ")"
        elif _is_metric(token, following) and following != "{":
            yield token.end, False, True


def _is_metric(token: Token, following: str) -> bool:
    """Whether a token names a metric; functions and aggregations come before what they take."""
    if token.kind != "word" or token.text.startswith(_OWN):
        return False
    calls = following == "(" or following.lower() in ("by", "without")
    return not calls and token.text.lower() not in _WORDS
