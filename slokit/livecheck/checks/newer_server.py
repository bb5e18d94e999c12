"""Does the server read names that slokit.yaml does not open?

Finds SLK636, where the specs were read for the server because of such a name. What those names are
is not known here.
"""

from collections.abc import Iterator
from typing import Final

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.checks.other_server import program
from slokit.livecheck.engine.context import CheckContext
from slokit.prometheus.errors import MissingEndpointError
from slokit.prometheus.types import MetricsSource

UTF8_SERVER: Final = 3
"""The major version of Prometheus from which on names are of any characters."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding that names the key to set."""
    if context.is_read_for_server:
        yield Finding(
            codes.NEWER_SERVER,
            "names in UTF-8 were read because the server is a Prometheus 3",
            hint=(
                f"set `requires_prometheus: {UTF8_SERVER}` in slokit.yaml: without it,"
                " `validate` and `compile` refuse these names"
            ),
        )


def reads_utf8(source: MetricsSource) -> bool:
    """Whether the server says of itself that it is a Prometheus which reads such names.

    Raises a PrometheusError when the server cannot be talked to.
    """
    try:
        build = source.build_info()
    except MissingEndpointError:
        return False
    major = build.get("version", "").split(".")[0]
    return not program(build) and major.isdecimal() and int(major) >= UTF8_SERVER


CHECK = Check("newer-server", (codes.NEWER_SERVER,), run, __doc__)
