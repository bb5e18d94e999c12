"""Asks a server what it runs of a bundle: its rules, or else what they have recorded."""

from slokit.compiler import names
from slokit.compiler.ledger import series
from slokit.deployed.compare import compare
from slokit.deployed.model import Deviations
from slokit.deployed.recorded import compare_recorded
from slokit.model.bundle import Bundle
from slokit.prometheus.errors import MissingEndpointError
from slokit.prometheus.types import MetricsSource


def ask(bundle: Bundle, source: MetricsSource, at: float) -> Deviations:
    """How the server deviates from the bundle; what is recorded is as of ``at``, Unix seconds.

    Raises a PrometheusError when the server cannot answer.
    """
    try:
        groups = source.rules()
    except MissingEndpointError:
        groups = []
    found = compare(bundle, groups)
    if found.is_there:
        return found
    info = source.instant(series(names.INFO, bundle.project), at)
    return compare_recorded(bundle, [sample.labels for sample in info])
