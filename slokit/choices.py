"""The names that a user may choose from, of a target, a format or a source: out of the registries.

What only reports, explanations or differences know is imported when their names are asked for.
"""

from collections.abc import Sequence
from typing import Any, Literal

from slokit.diagnostics.formats import FORMATS as FINDING_FORMATS
from slokit.targets import TARGETS, Target
from slokit.text.format import Format

Choice = Literal[
    "target",
    "finding format",
    "report format",
    "drawn format",
    "report state",
    "explanation format",
    "diff format",
    "maintenance format",
    "source",
]


def names_of(choice: Choice) -> tuple[str, ...]:
    """The names that a user may choose from, in the order of their registry."""
    registry: Sequence[Target[Any] | Format[Any]]
    match choice:
        case "target":
            registry = TARGETS
        case "finding format":
            registry = FINDING_FORMATS
        case "report format":
            from slokit.reporting import formats as report_formats

            registry = report_formats.FORMATS
        case "drawn format":
            from slokit.reporting.formats import DRAWN

            return DRAWN
        case "explanation format":
            from slokit.explain import formats as explanation_formats

            registry = explanation_formats.FORMATS
        case "diff format":
            from slokit.diff import formats as diff_formats

            registry = diff_formats.FORMATS
        case "maintenance format":
            from slokit.explain import planned

            registry = planned.FORMATS
        case "report state":
            from slokit.reporting.budget import STATES

            return STATES
        case "source":
            from slokit.reporting.plan.request import SOURCES

            return SOURCES
    return tuple(each.name for each in registry)
