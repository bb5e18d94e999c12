"""PromQL as tokens with exact places: the parser that reads it has none."""

import re
from dataclasses import dataclass

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
