"""Is the server a Prometheus, whose rules read what their group has just recorded?

Finds SLK629, a note: it points to the target for other evaluators. Which program evaluates the
rules is not asked, for no server knows all that read from it.
"""

from collections.abc import Iterator, Mapping

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext
from slokit.targets import vmalert

_HINT = (
    "for vmalert, or a Thanos ruler that keeps no data, compile the target"
    f" `{vmalert.TARGET.name}`: the rules for Prometheus would count bad"
    " events there whenever traffic falls"
)


def run(context: CheckContext) -> Iterator[Finding]:
    """A note that names the server, unless the bundle compiles for such evaluators already."""
    if vmalert.TARGET.name in (context.project.targets or {}):
        return
    build = context.batch.fetch(lambda source: source.build_info())
    if build is not None and (name := program(build)):
        yield Finding(codes.OTHER_SERVER, f"the server is {name}, not Prometheus", hint=_HINT)


def program(build: Mapping[str, str]) -> str:
    """The program that has this build information; empty for Prometheus.

    >>> program({"version": "3.5.0", "revision": "8be3a9560fbd"}), program({"version": "2.24.0"})
    ('', 'VictoriaMetrics')
    """
    if application := build.get("application", ""):
        return application
    # VictoriaMetrics gives the version of a Prometheus that it is like, or nothing at all
    if "revision" not in build:
        return "VictoriaMetrics"
    # Thanos answers like Prometheus, which left the versions below 1 in 2016
    return "Thanos" if build.get("version", "").startswith("0.") else ""


CHECK = Check("other-server", (codes.OTHER_SERVER,), run, __doc__)
