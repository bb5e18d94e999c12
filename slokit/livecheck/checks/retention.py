"""Whether the server keeps data for as long as the SLO window."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.engine import places
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each SLO window that is longer; the same window of a service is told once."""
    kept, text = inquiry.server.retention_seconds, inquiry.server.retention
    if kept is None and text:
        message = f"the server keeps {text} of data: whether that lasts for a window is not told"
        yield Finding(codes.RETENTION, message, None, severity=Severity.NOTE)
        return
    told: set[tuple[str, str]] = set()
    for slo in inquiry.slos:
        key = (slo.service, slo.window.name)
        if kept is not None and kept < slo.window.longest and key not in told:
            told.add(key)
            message = f"the window is {slo.window.name}, but the server keeps only {text} of data"
            hint = f"set --storage.tsdb.retention.time to more than {slo.window.name}"
            yield Finding(codes.RETENTION, message, places.of_setting(slo, "window"), hint)


QUESTION = Question(
    "Does the server keep data for as long as the SLO window?", (codes.RETENTION,), find
)
