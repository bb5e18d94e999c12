"""Where in a piece of PromQL its first fault stands, and what it is in plain words.

The parser tells neither. Faults of structure come from a walk over the tokens; for all others the
smallest part that the parser refuses is sought, the inner parts before the outer ones.
"""

import re
from dataclasses import replace

from slokit.promql import parse
from slokit.promql.faults.grammar import Fault, GrammarError, Part, walk_through
from slokit.promql.faults.tokens import Token
from slokit.promql.faults.vocabulary import AGGREGATIONS, nearest
from slokit.promql.parse import PromqlSyntaxError, PromqlTooLargeError

_MOST_READINGS = 400
_READABLE = ("selector", "call", "aggregation", "chain", "suffixed", "signed", "group")
_WANTED = re.compile(r"expected ((?:at (?:least|most) )?\d+)")
_NOUNS = {
    "matrix": "a range such as x[5m]",
    "vector": "a vector",
    "scalar": "a number",
    "string": "a text in quotes",
}


def fault_span(text: str) -> tuple[int, int] | None:
    """The range of characters of the first fault, or None when it cannot be told."""
    fault = find_fault(text)
    return fault.span if fault else None


def find_fault(text: str) -> Fault | None:
    """The first fault of PromQL without variables; None when there is none, or it is all over."""
    try:
        parse.read(text)
    except PromqlTooLargeError:
        return None
    except PromqlSyntaxError as refused:
        return _find(text) or _whole(text, refused)
    return None


def fault_in_matchers(text: str) -> Fault | None:
    """The first fault of matchers such as ``job="x",ns=~"a|b"``, with or without braces."""
    head = "x" if text.lstrip().startswith("{") else "x{"
    found = find_fault(f"{head}{text}" + ("}" if head == "x{" else ""))
    if found is None:
        return None
    start, end = (min(max(at - len(head), 0), len(text)) for at in found.span)
    return replace(found, span=(start, end))


def _find(text: str) -> Fault | None:
    try:
        parts = walk_through(text)
    except GrammarError as broken:
        return broken.fault
    compound = [part for part in parts if part.kind in _READABLE]
    for part in compound[:_MOST_READINGS]:
        try:
            parse.read(text[part.start : part.end])
        except PromqlTooLargeError:
            return None
        except PromqlSyntaxError as refused:
            return _faults(text, part, refused)
    return None


def _whole(text: str, refused: PromqlSyntaxError) -> Fault:
    start = len(text) - len(text.lstrip())
    return Fault((start, len(text.rstrip())), str(refused), refused.hint)


def _faults(text: str, part: Part, refused: PromqlSyntaxError) -> Fault:
    """The fault of a part all of whose own parts are sound."""
    told = Fault(part.span, str(refused), refused.hint)
    if part.kind == "selector":
        return _of_selector(text, part, told)
    if part.kind in ("call", "aggregation"):
        return _of_call(text, part, told)
    if part.kind == "chain":
        return _of_chain(text, part, told)
    if part.kind == "suffixed":
        return _of_suffix(text, part, told)
    return told


def _of_selector(text: str, part: Part, told: Fault) -> Fault:
    for matcher in part.children:
        written = text[matcher.start : matcher.end]
        try:
            parse.read(f'{{slokit="x",{written}}}')
        except PromqlSyntaxError as refused:
            return _of_matcher(matcher, str(refused))
    if part.head is None:
        message = "these matchers could match every series"
        return replace(told, message=message, hint="name the metric, or match one label's value")
    return told


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


def _of_call(text: str, part: Part, told: Fault) -> Fault:
    assert part.head is not None
    name = part.head.text
    if told.message.startswith("unknown function"):
        meant = nearest(name)
        hint = f"did you mean {meant}?" if meant else "Prometheus has no such function"
        return Fault(part.head.span, f"there is no function {name}", hint)
    if told.message.startswith("expected type "):
        wanted = told.message.removeprefix("expected type ").split(" ", 1)[0]
        return _of_argument(text, part, wanted, told)
    if "argument" in told.message:
        return _of_count(text, part, told)
    return told


def _of_argument(text: str, part: Part, wanted: str, told: Fault) -> Fault:
    assert part.head is not None
    got = told.message.rpartition("got ")[2]
    found = next((a for a in part.children if _type_of(text, a) == got), None)
    if found is None:
        return told
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


def _of_count(text: str, part: Part, told: Fault) -> Fault:
    assert part.head is not None
    start = text.index("(", part.head.end) if not part.children else part.children[0].start
    end = part.children[-1].end if part.children else part.end
    given = f"{part.head.text}() does not take {len(part.children) or 'no'} argument"
    given += "" if len(part.children) == 1 else "s"
    wanted = _WANTED.search(told.message)
    return Fault((start, end), given, f"it takes {wanted[1]}" if wanted else "")


def _of_chain(text: str, part: Part, told: Fault) -> Fault:
    """The operand that is a range or a text, or the operator that numbers do not go with."""
    for operand in part.children:
        kind = _type_of(text, operand)
        if kind in ("matrix", "string"):
            what = "a range" if kind == "matrix" else "a text"
            hint = "wrap it into rate() or another …_over_time()" if kind == "matrix" else ""
            return Fault(operand.span, f"operators do not work on {what}", hint)
    operator = _operator_at_fault(text, part, told.message)
    if operator is None:
        return told
    if "BOOL" in told.message:
        hint = f"write {operator.text} bool"
        return Fault(operator.span, "comparing two numbers filters nothing", hint)
    if told.message.startswith("set operator"):
        hint = "numbers have no labels; vector(…) makes a series of a number"
        return Fault(operator.span, f"{operator.text} works between vectors only", hint)
    return Fault(operator.span, told.message)


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


def _of_suffix(text: str, part: Part, told: Fault) -> Fault:
    assert part.head is not None
    return replace(told, span=(part.head.start, part.end))


def _type_of(text: str, part: Part) -> str:
    try:
        return parse.read(text[part.start : part.end]).type
    except PromqlSyntaxError:
        return ""
