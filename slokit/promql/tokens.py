"""PromQL as tokens with exact places, which the parser that reads it does not give.

Matchers are put into selectors by their tokens: an expression that the rules are made of may be
larger than the parser reads. Nothing here checks an expression.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slokit.promql.selector import Matcher, matcher_list

_SPACE = re.compile(r"(?:\s+|#[^\n]*)+")
# an escaped quote ends none; between backticks a backslash is only itself
_STRING = re.compile(
    r"\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`",
)
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+(?![a-zA-Z0-9_.])")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![a-zA-Z0-9_.])")
# what begins like a number and is none, such as 5xx_total
_MANGLED = re.compile(r"\.?[0-9][a-zA-Z0-9_.]*")
_VARIABLE = re.compile(r"\$\{?[a-zA-Z0-9_]*\}?")
_OPERATOR = re.compile(r"==|!=|=~|!~|>=|<=|[-+*/%^=<>@,:(){}\[\]]")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of PromQL and its range of characters.

    ``kind`` is string, number, duration, word, operator, or bad for what is no PromQL at all.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """The range of characters, its end exclusive."""
        return self.start, self.end


def tokens_of(text: str) -> list[Token]:
    """All tokens up to the first bad one, which is the last of the list."""
    tokens: list[Token] = []
    brackets: list[str] = []
    at = _skip(text, 0)
    while at < len(text):
        token = _next(text, at, brackets[-1] if brackets else "")
        tokens.append(token)
        if token.kind == "bad":
            break
        _follow(brackets, token)
        at = _skip(text, token.end)
    return tokens


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _next(text: str, at: int, bracket: str) -> Token:
    # a colon belongs to a metric's name, but between brackets it divides range and step
    word = _WORD if bracket != "[" else _LABEL
    # the order decides: 5m is a duration before 5 is a number, and 5xx is bad before it is either
    for kind, pattern in (
        ("string", _STRING),
        ("duration", _DURATION),
        ("number", _NUMBER),
        ("bad", _MANGLED),
        ("word", word),
        ("operator", _OPERATOR),
    ):
        if found := pattern.match(text, at):
            return Token(kind, found[0], at, found.end())
    return _bad(text, at)


def _bad(text: str, at: int) -> Token:
    """An open string up to the end of its line, an unknown variable, or one illegal character."""
    if text[at] in "\"'":
        end = text.find("\n", at)
    elif text[at] == "`":
        end = -1
    else:
        found = _VARIABLE.match(text, at)
        end = found.end() if found else at + 1
    end = len(text.rstrip()) if end < 0 else end
    return Token("bad", text[at:end], at, end)


def _follow(brackets: list[str], token: Token) -> None:
    if token.kind != "operator":
        return
    if token.text in "([{":
        brackets.append(token.text)
    elif token.text in ")]}" and brackets:
        brackets.pop()


# Behind these, names in parentheses are labels: no matchers go there.
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


def selectors_in(text: str, tokens: Sequence[Token]) -> Iterator[str]:
    """The selectors of a text, of which these are the tokens, as they are written.

    >>> text = 'sum by (job) (rate(x_total{code="500"}[5m])) / on (job) up'
    >>> list(selectors_in(text, tokens_of(text)))
    ['x_total{code="500"}', 'up']
    """
    is_inside, begun = "", 0
    for number, token in enumerate(tokens):
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        before = tokens[number - 1] if number else None
        if is_inside:
            if token.text == is_inside:
                if is_inside == "}":
                    yield text[begun : token.end]
                is_inside = ""
        elif token.text == "{":
            is_named = before is not None and before.kind == "word"
            is_inside, begun = "}", before.start if before and is_named else token.start
        elif token.text == "(" and before and before.text.lower() in _LABEL_LISTS:
            is_inside = ")"
        elif following != "{" and (
            _is_metric(token, following) or (token.kind == "word" and token.text.startswith(_OWN))
        ):
            yield token.text


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
    # A name before parentheses is a function's; `sum by (job) (…)` has its labels before them.
    calls = following == "(" or following.lower() in ("by", "without")
    return not calls and token.text.lower() not in _WORDS
