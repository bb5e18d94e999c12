"""Whether a histogram that is said to be native is a native one."""

from collections.abc import Iterator

from slokit.livecheck.inquiry import Inquiry
from slokit.livecheck.parts import Part
from slokit.livecheck.question import Question
from slokit.promql import probes
from slokit.promql.selector import Selector
from slokit.spec import codes
from slokit.spec.diagnostics import Finding


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each classic histogram, or anything else, under `native: true`."""
    parts = [p for p in inquiry.parts if p.side == inquiry.questions(p.slo).native]
    inquiry.asker.ask(q for part in parts for q in (_native(part), _classic(part)) if q)
    for part in parts:
        classic = _classic(part)
        if classic and inquiry.asker.answer(classic).samples:
            message = f"{part.name} is a classic histogram: it has buckets as series of their own"
            if not inquiry.asker.answer(_native(part)).samples:
                yield Finding(codes.NOT_NATIVE, message, part.place, "leave `native: true` out")
        elif inquiry.presence.holds(part) and inquiry.asker.answer(_native(part)).is_empty:
            message = f"{part.name} is no native histogram: its samples are plain numbers"
            hint = "name a classic histogram without `native: true`"
            yield Finding(codes.NOT_NATIVE, message, part.place, hint)


def _native(part: Part) -> str:
    return probes.native(part.text)


def _classic(part: Part) -> str:
    if isinstance(part.vector, Selector):
        return probes.exists(str(part.vector.renamed("_bucket")))
    return ""


QUESTION = Question(
    "Is a histogram that is said to be native a native one?", (codes.NOT_NATIVE,), find
)
