"""Walks through PromQL by its grammar, for the place of the first fault and for its parts.

It does not decide what is sound: the parser does. It knows the structure alone, no types; and the
functions and aggregations of the oldest Prometheus that slokit's rules run on, 2.42.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NoReturn

from slokit.promql.tokens import Token, tokens_of
from slokit.text.similar_names import suggest

OLDEST = "2.42"

AGGREGATIONS = frozenset(
    "sum avg count min max group stddev stdvar topk bottomk count_values quantile".split()
)
NEWER_AGGREGATIONS = frozenset(("limitk", "limit_ratio"))
FUNCTIONS = frozenset(
    "abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp"
    " clamp_max clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year"
    " days_in_month deg delta deriv exp floor histogram_count histogram_fraction"
    " histogram_quantile histogram_sum holt_winters hour idelta increase irate label_join"
    " label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi"
    " predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin"
    " sinh sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time"
    " timestamp vector year".split()
)
# names in other query languages and versions, and what says the same here
_SAME = {
    "avg_by": "avg",
    "mean": "avg",
    "median": "quantile",
    "percentile": "quantile",
    "histogram_percentile": "histogram_quantile",
    "if": "and",
    "coalesce": "or",
    "rollup_rate": "rate",
    "len": "count",
    "total": "sum",
}


def nearest(name: str) -> str:
    """The function or aggregation that an unknown name most likely means, or an empty string.

    >>> nearest("rat"), nearest("percentile"), nearest("xyz")
    ('rate', 'quantile', '')
    """
    folded = name.lower()
    return _SAME.get(folded) or suggest(folded, FUNCTIONS | AGGREGATIONS) or ""


_AGGREGATIONS = AGGREGATIONS | NEWER_AGGREGATIONS
_WORD_OPERATORS = frozenset(("and", "or", "unless", "atan2"))
_OPERATORS = frozenset("+ - * / % ^ == != > < >= <=".split())
_MATCHES = ("=", "!=", "=~", "!~")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# operators and modifiers: where an operand is wanted, they are not names of metrics
_NEVER_NAMES = _WORD_OPERATORS | frozenset(
    ("on", "ignoring", "group_left", "group_right", "bool", "offset", "by", "without")
)
# The walk is recursive: what is deeper would end in Python's own limit.
_DEEPEST = 100


class FaultKind(StrEnum):
    """Why a text must not or should not become a rule."""

    SYNTAX = "syntax"  # it is no PromQL
    SIZE = "size"  # it is too long or too deep to be parsed
    REPETITION = "repetition"  # a server refuses one of its regular expressions
    NEWER = "newer"  # the oldest server does not know a part of it


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a range of characters, None for all of it, and what to do.

    ``is_cut`` says that the text seems to end too early.
    """

    span: tuple[int, int] | None
    message: str
    hint: str = ""
    kind: FaultKind = FaultKind.SYNTAX
    is_cut: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether any server refuses the text, and the whole rule file with it."""
        return self.kind is not FaultKind.NEWER


class GrammarError(Exception):
    """The walk met its first fault; raised and caught within one search."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(slots=True)
class Part:
    """A part of an expression: a selector, call, aggregation, chain of operands, or suffixed one.

    ``start`` and ``end`` are characters; ``children`` are its operands, arguments or matchers.
    """

    kind: str
    start: int
    end: int
    head: Token | None = None
    children: list["Part"] = field(default_factory=list)
    operators: list[Token] = field(default_factory=list)

    @property
    def span(self) -> tuple[int, int]:
        """The range of characters."""
        return self.start, self.end


@lru_cache(maxsize=32)
def walk_through(text: str) -> Sequence[Part]:
    """All parts, the inner before the outer ones; several readers ask for a text in a row.

    Raises:
        GrammarError: with the first fault of the text's structure.
    """
    walker = _Walker(text)
    walker.expression(0)
    walker.finish()
    return walker.parts


class _Walker:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)
        self._end = Token("end", "", len(text.rstrip()), len(text.rstrip()))
        self._at = 0
        self._open: list[Token] = []
        self.parts: list[Part] = []

    def expression(self, depth: int) -> Part:
        """Operands with operators between them."""
        if depth > _DEEPEST:
            raise GrammarError(Fault(self._here.span, "the expression is nested too deep"))
        operands, operators = [self._operand(depth)], []
        while self._is(*_OPERATORS) or self._is_word(*_WORD_OPERATORS):
            operators.append(self._take())
            self._modifiers()
            operands.append(self._operand(depth))
        if not operators:
            return operands[0]
        whole = Part("chain", operands[0].start, operands[-1].end)
        whole.children, whole.operators = operands, operators
        return self._done(whole)

    def finish(self) -> None:
        """Nothing may be left behind the expression."""
        if self._here.kind != "end":
            self._fail_between()

    def _operand(self, depth: int) -> Part:
        signs = []
        while self._is("+", "-"):
            signs.append(self._take())
        part = self._primary(depth)
        # A range, an offset and a moment may follow each other in any order, and follow subqueries.
        while self._is("[", "@") or self._is_word("offset"):
            part = self._suffixed(part, depth)
        if not signs:
            return part
        return self._done(Part("signed", signs[0].start, part.end, signs[0], [part]))

    def _primary(self, depth: int) -> Part:
        token = self._here
        if token.kind in ("number", "duration", "string"):
            self._take()
            # the parser takes a duration where a number stands, as newer servers do
            kind = "duration-number" if token.kind == "duration" else "literal"
            return self._done(Part(kind, token.start, token.end, token))
        if self._is("("):
            self._take()
            inner = self.expression(depth + 1)
            end = self._close(")")
            return self._done(Part("group", token.start, end.end, token, [inner]))
        if self._is("{"):
            return self._selector(None)
        if token.kind == "word" and token.text.lower() not in _NEVER_NAMES:
            return self._named(depth)
        return self._fail_operand()

    def _named(self, depth: int) -> Part:
        name = self._take()
        aggregates = name.text.lower() in _AGGREGATIONS
        if self._is("(") or (aggregates and self._is_word("by", "without")):
            return self._call(name, depth, "aggregation" if aggregates else "call")
        return self._selector(name)

    def _call(self, name: Token, depth: int, kind: str) -> Part:
        part = Part(kind, name.start, name.end, name)
        grouped = kind == "aggregation" and self._grouping()
        self._expect("(", f"{name.text} needs its arguments in parentheses")
        while not self._is(")"):
            part.children.append(self.expression(depth + 1))
            if not self._is(","):
                break
            self._take()
            if self._is(")"):
                return self._fail_operand()
        end = self._close(")")
        if kind == "aggregation" and not grouped and self._is_word("by", "without"):
            self._grouping()
            end = self._tokens[self._at - 1]
        part.end = end.end
        return self._done(part)

    def _grouping(self) -> bool:
        if not self._is_word("by", "without"):
            return False
        self._take()
        self._labels()
        return True

    def _labels(self) -> None:
        self._expect("(", "labels stand in parentheses")
        while not self._is(")"):
            if self._here.kind != "word":
                self._fail("a label name is wanted here")
            self._take()
            if not self._is(","):
                break
            self._take()
        self._close(")")

    def _modifiers(self) -> None:
        if self._is_word("bool"):
            self._take()
        if not self._is_word("on", "ignoring"):
            if self._is_word("group_left", "group_right"):
                hint = "write `on (…)` or `ignoring (…)` before it"
                self._fail(f"{self._here.text} stands without on or ignoring", hint)
            return
        self._take()
        self._labels()
        if self._is_word("group_left", "group_right"):
            self._take()
            if self._is("("):
                self._labels()

    def _selector(self, name: Token | None) -> Part:
        start = name or self._here
        part = Part("selector", start.start, start.end, name)
        if self._is("{"):
            self._take()
            while not self._is("}"):
                part.children.append(self._matcher())
                if not self._is(",") and not self._is_word("or"):
                    break
                self._take()
            part.end = self._close("}").end
        return self._done(part)

    def _matcher(self) -> Part:
        label = self._here
        if label.kind not in ("word", "string"):
            self._fail("a label name is wanted here", 'matchers look like job="x",ns=~"a|b"')
        self._take()
        # a quoted name alone between the braces: {"a metric", job="x"}
        if label.kind == "string" and not self._is(*_MATCHES):
            return Part("matcher", label.start, label.end, label)
        if not self._is(*_MATCHES):
            self._fail("one of = != =~ !~ is wanted here", f'write {label.text}="…"')
        operator = self._take()
        value = self._here
        if value.kind == "word":
            self._fail("the value of a matcher must be quoted", f'write "{value.text}"')
        if value.kind != "string":
            self._fail("a quoted value is wanted here", f'write {label.text}{operator.text}"…"')
        self._take()
        whole = Part("matcher", label.start, value.end, value)
        whole.operators.append(operator)
        return whole

    def _suffixed(self, inner: Part, depth: int) -> Part:
        first = self._take()
        part = Part("suffixed", inner.start, first.end, first, [inner])
        if first.text == "[":
            self._duration("a duration is wanted here, such as [5m]")
            if self._is(":"):
                self._take()
                if not self._is("]"):
                    self._duration("a step is wanted here, such as [1h:1m]")
            self._close("]")
        elif first.text == "@":
            self._moment()
        else:
            if self._is("-", "+"):
                self._take()
            self._duration("a duration is wanted behind offset, such as 5m")
        part.end = self._tokens[self._at - 1].end
        return self._done(part)

    def _duration(self, message: str) -> None:
        if self._here.kind not in ("duration", "number"):
            self._fail(message)
        token = self._take()
        if token.kind == "number":
            self._done(Part("bare-duration", token.start, token.end, token))

    def _moment(self) -> None:
        if self._is("-", "+"):
            self._take()
        if self._is_word("start", "end"):
            self._take()
            self._expect("(", "start() or end() is wanted here")
            self._close(")")
        elif self._here.kind == "number":
            self._take()
        else:
            self._fail("a time in seconds, start() or end() is wanted behind @")

    @property
    def _here(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def _take(self) -> Token:
        token = self._here
        self._at += 1
        if token.kind == "operator" and token.text in _CLOSING:
            self._open.append(token)
        return token

    def _is(self, *texts: str) -> bool:
        return self._here.kind == "operator" and self._here.text in texts

    def _is_word(self, *words: str) -> bool:
        return self._here.kind == "word" and self._here.text.lower() in words

    def _done(self, part: Part) -> Part:
        self.parts.append(part)
        return part

    def _expect(self, text: str, message: str) -> None:
        if not self._is(text):
            self._fail(message)
        self._take()

    def _close(self, text: str) -> Token:
        if not self._is(text):
            self._fail_between()
        self._open.pop()
        return self._take()

    def _fail_between(self) -> NoReturn:
        """An operand has ended, and neither an operator nor the right bracket follows."""
        token, opened = self._here, self._open[-1] if self._open else None
        if token.kind == "operator" and token.text in ")]}":
            if opened is None:
                self._fail(f"this {token.text} closes nothing", "remove it, or open it before")
            closing = _CLOSING[opened.text]
            self._fail(f"{token.text} stands where {closing} is wanted", f"write {closing}")
        if token.kind == "operator" and token.text == "=":
            self._fail("= stands only between braces", "to compare, write ==")
        if token.kind == "operator" and token.text in ("=~", "!~", ",", ":"):
            self._fail(f"{token.text} makes no sense here")
        if opened and opened.text != "(":
            self._fail(f"{_CLOSING[opened.text]} is wanted here")
        if self._is_word("by", "without"):
            hint = "it belongs behind sum, max or another aggregation"
            self._fail(f"{token.text} stands behind what is no aggregation", hint)
        self._fail("an operator is wanted here", "two operands stand in a row")

    def _fail_operand(self) -> NoReturn:
        """An operand is wanted, and something else is here."""
        token = self._here
        if token.kind == "word":
            self._fail(f"{token.text} stands where an operand is wanted")
        if token.kind == "operator" and token.text not in ")]},":
            self._fail(f"{token.text} has nothing on its left to work on")
        before = self._tokens[self._at - 1] if self._at else None
        if before is not None and token.kind != "bad" and before.text not in _CLOSING:
            message, is_cut = f"nothing follows {before.text}", token.kind == "end"
            raise GrammarError(Fault(before.span, message, is_cut=is_cut))
        self._fail("an expression is wanted here")

    def _fail(self, message: str, hint: str = "") -> NoReturn:
        """Report this token, or what hides behind it: an open bracket, a bad token."""
        token = self._here
        if token.kind == "bad":
            raise GrammarError(bad_token(token))
        if token.kind == "end" and self._open:
            opened = self._open[-1]
            message, hint = f"this {opened.text} is never closed", f"add {_CLOSING[opened.text]}"
            raise GrammarError(Fault(opened.span, message, hint, is_cut=True))
        raise GrammarError(Fault(token.span, message, hint, is_cut=token.kind == "end"))


def bad_token(token: Token) -> Fault:
    """What is wrong with a piece that is no token."""
    first = token.text[:1]
    if first in ('"', "'", "`"):
        return Fault(token.span, "this quote is never closed", f"add {first}", is_cut=True)
    if first == "$":
        known = "$window, $window_seconds, $selector, $group_by and $join"
        return Fault(token.span, f"unknown variable {token.text}", f"the variables are {known}")
    if first == "." and len(token.text) == 1:
        hint = 'dots in metric names become underscores, or are quoted for Prometheus 3: {"a.b"}'
        return Fault(token.span, "a dot makes no sense here", hint)
    if first.isdigit() or first == ".":
        hint = "durations look like 5m or 1h30m, numbers like 0.5 or 1e6"
        return Fault(token.span, f"{token.text} is neither a number nor a duration", hint)
    if first in "“”„":
        return Fault(token.span, "this is a typographic quote", 'write " instead')
    return Fault(token.span, f"the character {first!r} is not allowed here")
