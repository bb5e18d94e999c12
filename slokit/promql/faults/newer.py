"""What the parser takes, but the oldest Prometheus that slokit's rules run on does not."""

from collections.abc import Iterator

from slokit.promql.faults.grammar import Fault, GrammarError, Part, walk_through
from slokit.promql.faults.vocabulary import AGGREGATIONS, FUNCTIONS, OLDEST


def newer_parts(text: str) -> list[Fault]:
    """The parts of sound PromQL that are too new, in the order of the text."""
    try:
        parts = walk_through(text)
    except GrammarError:
        return []
    return sorted(_faults(parts), key=lambda fault: fault.span)


def _faults(parts: list[Part]) -> Iterator[Fault]:
    for part in parts:
        head = part.head
        if head is None:
            continue
        if part.kind in ("call", "aggregation") and head.text.lower() not in _KNOWN:
            message = f"Prometheus {OLDEST} has no {head.text}()"
            yield Fault(head.span, message, "the rule loads on newer servers only")
        elif part.kind == "bare-duration":
            message = f"Prometheus {OLDEST} reads no duration without a unit"
            yield Fault(head.span, message, f"write {head.text}s")
        elif part.kind == "duration-number":
            message = f"Prometheus {OLDEST} reads no duration as a number"
            yield Fault(head.span, message, "write the seconds")


_KNOWN = FUNCTIONS | AGGREGATIONS
