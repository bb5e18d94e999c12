"""What the server did not tell."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine.asker import OUT_OF_REQUESTS
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question
from slokit.prometheus.errors import one_line

_STYLE_ADVICE = "PromQL info"


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A note for each thing that could not be learnt; asked last."""
    if inquiry.history.is_blank:
        message = "the server has no metric at all: is it the right one, or the right tenant?"
        yield Finding(codes.NOT_TOLD, message)
    for what in inquiry.server.untold:
        yield Finding(codes.NOT_TOLD, f"this server does not tell {what}")
    refused = {inquiry.presence.labels(part).refusal for part in inquiry.parts} - {OUT_OF_REQUESTS}
    for refusal, count in inquiry.asker.unanswered().items():
        if refusal not in refused:
            questions = "1 question" if count == 1 else f"{count} questions"
            yield Finding(codes.NOT_TOLD, one_line(f"{questions} got no answer: {refusal}"))
    for warning in inquiry.asker.source.warnings:
        if not warning.startswith(_STYLE_ADVICE):
            yield Finding(codes.NOT_TOLD, f"the server warns: {warning}")


QUESTION = Question("What did the server not tell?", (codes.NOT_TOLD,), find)
