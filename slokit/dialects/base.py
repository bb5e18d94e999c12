"""What a dialect is: a way to write services."""

from collections.abc import Callable
from dataclasses import dataclass

from slokit.diagnostics.finding import Finding
from slokit.model.bundle import Project
from slokit.model.slo import Service
from slokit.source.places import Sources
from slokit.source.tree import Document


@dataclass(frozen=True, slots=True)
class Dialect:
    """One input format: whether a document's keys say that it is one, and what it means."""

    name: str
    matches: Callable[[object], bool]
    read: Callable[[Document, Project, Sources], tuple[Service | None, list[Finding]]]
