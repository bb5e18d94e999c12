"""What is wrong with a piece of PromQL, where, and what to do about it: one function.

The parser says why it refuses a text, in its own words and without a place; and it takes more than
the oldest Prometheus that slokit's rules run on. Here a refusal gets its place and plain words, and
what the parser took too much is found. Nothing here decides whether PromQL is sound: the parser
does, and this room explains.

    find_faults ── sound? ── no ──► syntax: the place, by a walk through the grammar
                        └─── yes ─► refused: newer functions, repetitions in regular expressions
"""

from dataclasses import replace

from slokit.promql.faults.grammar import Fault, FaultKind
from slokit.promql.faults.refused import newer_parts, refused_repetitions
from slokit.promql.faults.syntax import explain
from slokit.promql.parse import PromqlSyntaxError, PromqlTooLargeError
from slokit.promql.reading import read, read_matchers
from slokit.promql.selector import UTF8_HINT, reads_utf8

__all__ = ["Fault", "FaultKind", "find_faults", "find_faults_of_matchers"]


def find_faults(text: str) -> list[Fault]:
    """All that is wrong with PromQL without variables, in the order of the text.

    Of a text that does not parse only the first fault is known. A text with a refusal among its
    faults must not reach a rule: the server would not load the file.

    >>> find_faults("sum(rat(errors_total[5m]))")
    [Fault(span=(4, 7), message='unknown function rat', hint='did you mean rate?', ...)]
    >>> find_faults("limitk(5, x)")[0].kind
    <FaultKind.NEWER: 'newer'>
    """
    try:
        reading = read(text.strip())
    except PromqlTooLargeError as refusal:
        return [Fault(None, str(refusal), refusal.hint, FaultKind.SIZE)]
    except PromqlSyntaxError as refusal:
        return [explain(text, refusal)]
    if reading.quoted and not reads_utf8():
        message = f"the name {reading.quoted[0]!r} cannot be read before Prometheus 3"
        return [explain(text, PromqlSyntaxError(message, UTF8_HINT))]
    # most sides are one selector: nothing in it is new
    newer = [] if reading.bare or reads_utf8() else newer_parts(text)
    return [*refused_repetitions(text, reading.selectors), *newer]


def find_faults_of_matchers(text: str) -> list[Fault]:
    """All that is wrong with matchers such as ``job="x",ns=~"a|b"``, with or without braces.

    >>> find_faults_of_matchers('job=api')
    [Fault(span=(4, 7), message='the value of a matcher must be quoted', hint='write "api"', ...)]
    """
    has_brace = text.lstrip().startswith("{")
    head, tail = ("x", "") if has_brace else ("x{", "}")
    found = [fault for fault in find_faults(f"{head}{text}{tail}") if fault.is_refusal]
    if not found:
        try:
            read_matchers(text)
        except PromqlSyntaxError as refusal:
            found = [Fault(None, str(refusal), refusal.hint)]
    return [_within(fault, len(head), len(text)) for fault in found]


def _within(fault: Fault, before: int, length: int) -> Fault:
    """The fault of a text that stood behind so many other characters."""
    if fault.span is None:
        return fault
    start, end = (min(max(at - before, 0), length) for at in fault.span)
    return replace(fault, span=(start, end))
