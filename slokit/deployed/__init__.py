"""What a server runs of a bundle, against what the specs compile to.

Rules as the server prints them are compared by what they mean. Where a server holds no rules, the
recorded info series say what SLOs there are and by which objective. No finding is written here:
live checks and differences do that.
"""

from slokit.deployed.ask import ask
from slokit.deployed.compare import compare
from slokit.deployed.model import Deviations, Difference, Orphan, Repeated
from slokit.deployed.recorded import compare_recorded

__all__ = [
    "Deviations",
    "Difference",
    "Orphan",
    "Repeated",
    "ask",
    "compare",
    "compare_recorded",
]
