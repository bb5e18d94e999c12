"""Whether the server evaluates what the SLO reads."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine.asker import OUT_OF_REQUESTS
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding at each side that the server refuses."""
    for part in inquiry.parts:
        refusal = inquiry.presence.labels(part).refusal
        if refusal and refusal != OUT_OF_REQUESTS:
            message = f"the server does not evaluate {part.name}: {refusal}"
            yield Finding(codes.REFUSED, message, part.place)


QUESTION = Question("Does the server evaluate what the SLO reads?", (codes.REFUSED,), find)
