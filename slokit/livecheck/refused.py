"""Whether the server evaluates what the SLO reads."""

from collections.abc import Iterator

from slokit.livecheck.inquiry import Inquiry
from slokit.livecheck.question import Question
from slokit.spec import codes
from slokit.spec.diagnostics import Finding


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding at each side that the server refuses."""
    for part in inquiry.parts:
        refusal = inquiry.presence.labels(part).refusal
        if refusal:
            message = f"the server does not answer {part.name}: it {refusal}"
            yield Finding(codes.REFUSED, message, part.place)


QUESTION = Question("Does the server evaluate what the SLO reads?", (codes.REFUSED,), find)
