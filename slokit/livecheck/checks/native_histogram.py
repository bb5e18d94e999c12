"""Whether a histogram that is said to be native is a native one."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import Part
from slokit.livecheck.engine.question import Question
from slokit.promql.selector import Selector


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each classic histogram, or anything else, under `native: true`."""
    parts = [p for p in inquiry.parts if p.side == inquiry.questions(p.slo).native]
    inquiry.asker.ask(map(_native, parts))
    for part in parts:
        if is_classic(inquiry, part):
            message = f"{part.name} is a classic histogram: it has buckets as series of their own"
            yield Finding(codes.NOT_NATIVE, message, part.place, "leave `native: true` out")
        elif inquiry.presence.holds(part) and inquiry.asker.answer(_native(part)).is_empty:
            message = f"{part.name} is no native histogram: its samples are plain numbers"
            hint = "name a classic histogram without `native: true`"
            yield Finding(codes.NOT_NATIVE, message, part.place, hint)


def is_classic(inquiry: Inquiry, part: Part) -> bool:
    """Whether a part is said to be a native histogram, but is absent and has buckets instead."""
    if part.side != inquiry.questions(part.slo).native or not isinstance(part.vector, Selector):
        return False
    if inquiry.presence.holds(part):
        return False
    return bool(inquiry.asker.answer(_buckets(part.vector)).samples)


def _native(part: Part) -> str:
    return probes.native(part.text)


def _buckets(histogram: Selector) -> str:
    return probes.exists(str(histogram.renamed("_bucket")))


QUESTION = Question(
    "Is a histogram that is said to be native a native one?", (codes.NOT_NATIVE,), find
)
