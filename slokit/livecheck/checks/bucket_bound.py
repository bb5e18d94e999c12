"""Whether the latency limit is the bound of a bucket."""

import math
import re
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import places, probes
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import Part, of_side
from slokit.livecheck.engine.question import Question
from slokit.model.live import Bound
from slokit.text.numbers import express

_MOST_BOUNDS = 1000


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each limit between two buckets, with the two nearest ones."""
    found = [(slo, b) for slo in inquiry.slos if (b := inquiry.questions(slo).bound)]
    inquiry.asker.ask(_bounds(part) for slo, b in found for part in of_side(slo, b.buckets))
    for slo, bound in found:
        for part in of_side(slo, bound.buckets):
            yield from _of_part(inquiry, bound, part)


def _of_part(inquiry: Inquiry, bound: Bound, part: Part) -> Iterator[Finding]:
    answer = inquiry.asker.answer(_bounds(part))
    bounds = {row.labels.get("le", "") for row in answer.samples} - {""}
    counts = inquiry.presence.holds(_counts(inquiry, part))
    if answer.is_empty and counts:
        message = f"{part.name} has no series: the metric is no classic histogram"
        hint = "is it a summary, or a native histogram (`native: true`)?"
        yield Finding(codes.NO_BUCKET, message, part.place, hint)
    elif bounds and not any(re.fullmatch(bound.matcher, le) for le in bounds):
        place = places.of_setting(part.slo, "at_most")
        message = f"{bound.text} is not the bound of a bucket of {part.name}"
        yield Finding(codes.NO_BUCKET, message, place, _nearest(bound, bounds))


def _counts(inquiry: Inquiry, buckets: Part) -> Part:
    same = [p for p in inquiry.parts_of(buckets.slo) if p.side.key == buckets.side.key]
    return same[buckets.number]


def _nearest(bound: Bound, bounds: set[str]) -> str:
    """The bounds on both sides of the limit, in the unit that the limit is written in."""
    values = sorted(value for le in bounds if math.isfinite(value := _number(le)))
    limit = float(bound.limit)
    below = [value for value in values if value < limit][-1:]
    above = [value for value in values if value > limit][:1]
    if not below and not above:
        return "it has no bucket but +Inf"
    near = ", ".join(express(value, bound.unit, like=bound.text) for value in below + above)
    return f"nearest: {near}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _bounds(part: Part) -> str:
    return probes.groups(part.text, ["le"], _MOST_BOUNDS)


QUESTION = Question("Is the latency limit the bound of a bucket?", (codes.NO_BUCKET,), find)
