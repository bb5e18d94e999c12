"""Where in a piece of PromQL its first fault stands, and what it is in plain words.

The parser says neither. Faults of structure come from a walk over the tokens; for all others the
smallest part that the parser refuses is sought, the inner parts before the outer ones. What no
sentence is written for keeps the parser's own words.
"""

import re
from dataclasses import replace

from slokit.promql.faults.grammar import (
    AGGREGATIONS,
    Fault,
    GrammarError,
    Part,
    nearest,
    walk_through,
)
from slokit.promql.parse import PromqlSyntaxError, PromqlTooLargeError
from slokit.promql.reading import read
from slokit.promql.tokens import Token
from slokit.text.words import counted

# Each part is parsed alone, the inner ones again within the outer: a long text takes its time.
_MOST_READINGS = 400
_READABLE = ("selector", "call", "aggregation", "chain", "suffixed", "signed", "group")
_WANTED = re.compile(r"expected ((?:at (?:least|most) )?\d+)")
_NOUNS = {
    "matrix": "a range such as x[5m]",
    "vector": "a vector",
    "scalar": "a number",
    "string": "a text in quotes",
}


def explain(text: str, refusal: PromqlSyntaxError) -> Fault:
    """The first fault of a text that the parser refused."""
    start = len(text) - len(text.lstrip())
    whole = Fault((start, len(text.rstrip())), str(refusal), refusal.hint)
    return _find(text) or whole


def _find(text: str) -> Fault | None:
    try:
        parts = walk_through(text)
    except GrammarError as broken:
        return broken.fault
    # inner parts come first, so the first one that is refused is the smallest
    compound = [part for part in parts if part.kind in _READABLE]
    for part in compound[:_MOST_READINGS]:
        try:
            read(text[part.start : part.end])
        except PromqlTooLargeError:
            return None
        except PromqlSyntaxError as refused:
            return _explain(text, part, refused)
    return None


def _explain(text: str, part: Part, refused: PromqlSyntaxError) -> Fault:
    """The fault of a part whose own parts are all sound."""
    plain = Fault(part.span, str(refused), refused.hint)
    if part.kind == "selector":
        return _of_selector(text, part, plain)
    if part.kind in ("call", "aggregation"):
        return _of_call(text, part, plain)
    if part.kind == "chain":
        return _of_chain(text, part, plain)
    if part.kind == "suffixed" and part.head:
        return replace(plain, span=(part.head.start, part.end))
    return plain


def _of_selector(text: str, part: Part, plain: Fault) -> Fault:
    for matcher in part.children:
        written = text[matcher.start : matcher.end]
        # beside a matcher that no server refuses: one that could match everything is no selector
        try:
            read(f'{{slokit="x",{written}}}')
        except PromqlSyntaxError as refused:
            return _of_matcher(matcher, str(refused))
    if part.head is None:
        message = "these matchers could match every series"
        return replace(plain, message=message, hint="name the metric, or match one label's value")
    return plain


def _of_matcher(matcher: Part, refused: str) -> Fault:
    value = matcher.head.span if matcher.head else matcher.span
    if refused.startswith("illegal regex"):
        hint = "close its brackets; one that is meant as text needs a backslash"
        if "\\" in (matcher.head.text if matcher.head else ""):
            hint = 'a backslash stands twice within "…", as in "\\\\."'
        return Fault(value, "this is no regular expression", hint)
    if refused.startswith("unknown escape"):
        hint = "write the backslash twice"
        return Fault(value, refused.replace("sequence ", "\\").replace("'", ""), hint)
    return Fault(matcher.span, refused)


def _of_call(text: str, part: Part, plain: Fault) -> Fault:
    assert part.head is not None
    name = part.head.text
    if plain.message.startswith("unknown function"):
        meant = nearest(name)
        hint = f"did you mean {meant}?" if meant else "Prometheus has no such function"
        return Fault(part.head.span, f"unknown function {name}", hint)
    if plain.message.startswith("expected type "):
        wanted = plain.message.removeprefix("expected type ").split(" ", 1)[0]
        return _of_argument(text, part, wanted, plain)
    if "argument" in plain.message:
        return _of_count(text, part, plain)
    return plain


def _of_argument(text: str, part: Part, wanted: str, plain: Fault) -> Fault:
    assert part.head is not None
    got = plain.message.rpartition("got ")[2]
    found = next((a for a in part.children if _type_of(text, a) == got), None)
    if found is None:
        return plain
    message = f"{part.head.text}() wants {_NOUNS.get(wanted, wanted)} here"
    if wanted == "matrix" and got == "vector":
        written = text[found.start : found.end]
        is_short = found.kind == "selector" and len(written) < 40
        hint = f"write {written}[$window]" if is_short else "add a range: [$window]"
        return Fault(found.span, message, hint)
    if wanted == "vector" and got == "matrix":
        hint = "take its rate first" if part.head.text.lower() in AGGREGATIONS else ""
        return Fault(found.span, message, hint or "drop the range")
    return Fault(found.span, f"{message}, not {_NOUNS.get(got, got)}")


def _of_count(text: str, part: Part, plain: Fault) -> Fault:
    assert part.head is not None
    start = text.index("(", part.head.end) if not part.children else part.children[0].start
    end = part.children[-1].end if part.children else part.end
    arguments = counted(len(part.children), "argument") if part.children else "no arguments"
    given = f"{part.head.text}() does not take {arguments}"
    wanted = _WANTED.search(plain.message)
    return Fault((start, end), given, f"it takes {wanted[1]}" if wanted else "")


def _of_chain(text: str, part: Part, plain: Fault) -> Fault:
    """The operand that is a range or a text, or the operator that numbers do not go with."""
    for operand in part.children:
        kind = _type_of(text, operand)
        if kind in ("matrix", "string"):
            what = "a range" if kind == "matrix" else "a text"
            hint = "wrap it into rate() or another …_over_time()" if kind == "matrix" else ""
            return Fault(operand.span, f"operators do not work on {what}", hint)
    operator = _operator_at_fault(text, part, plain.message)
    if operator is None:
        return plain
    if "BOOL" in plain.message:
        hint = f"write {operator.text} bool"
        return Fault(operator.span, "comparing two numbers filters nothing", hint)
    if plain.message.startswith("set operator"):
        hint = "numbers have no labels; vector(…) makes a series of a number"
        return Fault(operator.span, f"{operator.text} works between vectors only", hint)
    return Fault(operator.span, plain.message)


def _operator_at_fault(text: str, part: Part, refused: str) -> Token | None:
    if refused.startswith(("set operator", "no grouping")):
        wanted = [o for o in part.operators if o.text.lower() in ("and", "or", "unless")]
    elif "BOOL" in refused:
        wanted = [o for o in part.operators if o.text in ("==", "!=", ">", "<", ">=", "<=")]
    else:
        return part.operators[0] if len(part.operators) == 1 else None
    scalars = {a.end for a in part.children if _type_of(text, a) == "scalar"}
    starts = {a.start: a for a in part.children}
    for operator in wanted:
        after = min((s for s in starts if s >= operator.end), default=0)
        before = max((a.end for a in part.children if a.end <= operator.start), default=0)
        if before in scalars or (after in starts and starts[after].end in scalars):
            return operator
    return wanted[0] if wanted else None


def _type_of(text: str, part: Part) -> str:
    try:
        return read(text[part.start : part.end]).type
    except PromqlSyntaxError:
        return ""
