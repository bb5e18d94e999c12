"""What a server runs of a bundle, against what the specs compile to.

Rules as the server prints them are compared by what they mean. Where a server holds no rules, the
recorded info series say what SLOs there are and by which objective. Nothing here asks a server or
writes a finding: live checks and differences do.
"""

from slokit.deployed.compare import compare
from slokit.deployed.model import Deviations, Difference, Orphan, Repeated
from slokit.deployed.recorded import compare_recorded

__all__ = ["Deviations", "Difference", "Orphan", "Repeated", "compare", "compare_recorded"]
