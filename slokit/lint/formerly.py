"""The history of a name that is still in use would count twice."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related
from slokit.lint.base import Check
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding at each ``formerly`` that names an SLO of today, or one that is taken."""
    today = {slo.id: slo for slo in bundle.slos}
    taken: dict[str, Slo] = {}
    for slo, name in ((each, name) for each in bundle.slos for name in each.formerly):
        old, where = f"{slo.service}/{name}", slo.location_of("formerly")
        if old in today:
            related = (Related(today[old].location_of("name"), "it is written here"),)
            message = f"the SLO {old!r} still exists: its history is its own"
            hint = "remove `formerly`, or the other SLO"
            yield Finding(codes.FORMERLY, message, where, hint, related)
        elif (first := taken.setdefault(old, slo)) is not slo:
            related = (Related(first.location_of("formerly"), "first here"),)
            message = f"the history of {old!r} goes on in {first.id!r} already"
            yield Finding(codes.FORMERLY, message, where, "remove one `formerly`", related)


CHECK = Check((codes.FORMERLY,), find)
