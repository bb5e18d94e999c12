"""Does the server evaluate what the rules will read?

Finds SLK605 at each side that the server rejects, in the server's words: the recorded rule would
fail in the same way at every evaluation. A query that was rejected, slow or left unsent, and that
the rules do not depend on, is a note of unanswered.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext

# What to do about an error of Prometheus, by what it says; the first that fits.
_ADVICE = (
    (
        ("same labelset",),
        "series differ only by a name or label that is dropped here: keep it, or write a list",
    ),
    (
        ("duplicate series", "many-to-many", "multiple matches"),
        "aggregate one side, or match by more labels in `on (…)`",
    ),
    (("too much", "too many", "timed out"), "narrow the selectors: it reads too much"),
)


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding at each side that the server does not evaluate."""
    for subject, failure in context.rejections.items():
        message = f"the server rejects {subject.name} of {subject.slo_id}: {failure}"
        advice = (hint for words, hint in _ADVICE if any(word in failure for word in words))
        yield Finding(codes.REJECTED, message, subject.location, next(advice, ""))


CHECK = Check("rejected", (codes.REJECTED,), run, __doc__)
