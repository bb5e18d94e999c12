"""What did the server not answer?

Finds SLK621, notes only: endpoints that it lacks, queries that were too slow, warnings about its
own answers. What the rules would fail on is an error of rejected.
"""

from collections import defaultdict
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext
from slokit.prometheus.errors import one_line
from slokit.text.words import first_few

_STYLE_ADVICE = "PromQL info"
_MOST_NAMED = 3


def run(context: CheckContext) -> Iterator[Finding]:
    """A note for each thing that could not be learnt."""
    if context.missing.is_server_empty:
        message = "the server has no metric at all: is it the right one, or the right tenant?"
        yield Finding(codes.UNANSWERED, message)
    for what in context.server.unanswered:
        yield Finding(codes.UNANSWERED, f"this server does not say {what}")
    yield from _queries(context)
    for warning in context.batch.source.warnings:
        if not warning.startswith(_STYLE_ADVICE):
            yield Finding(codes.UNANSWERED, f"the server warns: {warning}")


def _queries(context: CheckContext) -> Iterator[Finding]:
    """Queries without an answer, by the server's reason, with the SLOs that they are about."""
    rejected = {subject.slo_id for subject in context.rejections}
    counts: dict[str, int] = defaultdict(int)
    slos: dict[str, dict[str, Location]] = defaultdict(dict)
    for failed in context.batch.failures():
        answer = failed.answer
        open_subjects = [
            subject
            for subject in failed.subjects
            if subject not in context.rejections
            and not (answer.is_rejected and subject.slo_id in rejected)
        ]
        if open_subjects or not failed.subjects:
            counts[answer.failure] += 1
            for subject in open_subjects:
                slos[answer.failure].setdefault(subject.slo_id, subject.location)
    for failure, count in counts.items():
        queries = "1 query" if count == 1 else f"{count} queries"
        about = f" about {first_few(list(slos[failure]), _MOST_NAMED)}" if slos[failure] else ""
        message = one_line(f"{queries}{about} got no answer: {failure}")
        location = next(iter(slos[failure].values()), None)
        yield Finding(codes.UNANSWERED, message, location)


CHECK = Check("unanswered", (codes.UNANSWERED,), run, __doc__)
