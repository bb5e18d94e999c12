"""The names that a user may choose from, of a target, a format or a source: out of the registries.

What only reports, explanations or differences know is imported when their names are asked for.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Literal

Choice = Literal[
    "target",
    "finding format",
    "report format",
    "drawn format",
    "bare format",
    "report state",
    "explanation format",
    "diff format",
    "gate format",
    "maintenance format",
    "source",
]


# By module, so that only what is asked for is imported.
_REGISTRIES: Mapping[Choice, tuple[str, str]] = {
    "target": ("slokit.targets", "TARGETS"),
    "finding format": ("slokit.diagnostics.formats", "FORMATS"),
    "report format": ("slokit.reporting.formats", "FORMATS"),
    "drawn format": ("slokit.reporting.formats", "DRAWN"),
    "bare format": ("slokit.reporting.formats", "BARE"),
    "report state": ("slokit.reporting.budget", "STATES"),
    "explanation format": ("slokit.explain.formats", "FORMATS"),
    "diff format": ("slokit.diff.formats", "FORMATS"),
    "gate format": ("slokit.reporting.formats.gate", "FORMATS"),
    "maintenance format": ("slokit.explain.planned", "FORMATS"),
    "source": ("slokit.reporting.plan.request", "SOURCES"),
}


def names_of(choice: Choice) -> tuple[str, ...]:
    """The names that a user may choose from, in the order of their registry."""
    module, registry = _REGISTRIES[choice]
    found = getattr(import_module(module), registry)
    return tuple(each if isinstance(each, str) else each.name for each in found)
