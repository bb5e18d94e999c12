"""Does the server keep data for as long as the SLO window?

Finds SLK615; a note where only the size of the data is limited. Whether a long-term store
behind the server keeps more is not asked.
"""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each SLO window that is longer, once for a service."""
    kept, text = context.server.retention_seconds, context.server.retention
    if kept is None and text:
        message = f"the server keeps {text} of data; for how long that lasts is unknown"
        yield Finding(codes.RETENTION, message, None, severity=Severity.NOTE)
        return
    found: set[tuple[str, str]] = set()
    for slo in context.slos:
        key = (slo.service, slo.window.name)
        if kept is not None and kept < slo.window.longest and key not in found:
            found.add(key)
            message = f"the window is {slo.window.name}, but the server keeps only {text} of data"
            hint = f"set --storage.tsdb.retention.time to more than {slo.window.name}"
            yield Finding(codes.RETENTION, message, slo.location_of("window"), hint)


CHECK = Check("retention", (codes.RETENTION,), run, __doc__)
