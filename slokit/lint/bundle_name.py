"""A bundle without a name of its own meets another one on the same Prometheus."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.lint.base import Check
from slokit.model.bundle import ENVIRONMENT_SEPARATOR, Bundle


def find(bundle: Bundle) -> Iterator[Finding]:
    """One note for a bundle without a name of its own."""
    environment = bundle.project.environment
    own = bundle.name.removesuffix(f"{ENVIRONMENT_SEPARATOR}{environment}" if environment else "")
    if own == "default" and bundle.services:
        message = "the bundle is called 'default': two repositories on one Prometheus must differ"
        hint = "set `bundle:` in slokit.yaml"
        yield Finding(codes.UNNAMED_BUNDLE, message, None, hint)


CHECK = Check((codes.UNNAMED_BUNDLE,), find)
