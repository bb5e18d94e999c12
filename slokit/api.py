"""What slokit is for: load specs, tell what is wrong, compile them, write the output.

The command line does all of it through these functions. They are documented in docs/python-api.md.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from slokit.compiler.program import compile_bundle
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.diagnostics.finding import Finding, Severity
from slokit.diagnostics.formats import FORMATS, FindingFormat
from slokit.model.bundle import Bundle, Project
from slokit.project import workspace
from slokit.project.loading import Loaded, load, load_alone, load_shipped, settings_of, told
from slokit.project.workspace import Changes
from slokit.targets import TARGETS, Artifact, Target
from slokit.text.format import format_named


class InvalidSpecsError(Exception):
    """Specs with errors were to be written; ``findings`` are the errors."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{f.code.number}: {f.message}" for f in self.findings))


def compile(bundle: Bundle, targets: Iterable[str] | None = None) -> list[Artifact]:
    """The artifacts of a bundle; the default targets, or those of slokit.yaml, unless named.

    Raises:
        UsageError: there is no such target.
    """
    chosen = targets_of(bundle.project, targets)
    program = compile_bundle(bundle)
    return [artifact for target in chosen for artifact in target.artifacts(program)]


def write(
    loaded: Loaded,
    targets: Iterable[str] | None = None,
    out: str | Path | None = None,
    *,
    dry_run: bool = False,
) -> Changes:
    """Compile the selected services and write what changed: all files or none.

    Files of removed specs are removed when the whole bundle was loaded. ``out`` is the directory,
    the project's unless given. Paths of the changes are below it. With ``dry_run`` nothing is
    written, and the changes are what would be done.

    Raises:
        InvalidSpecsError: there are errors among the findings.
        UsageError: there is no such target.
        ForeignFileError: a file is in the way that slokit did not write.
        BrokenEnvironmentError: a file cannot be read or written.
    """
    if loaded.errors:
        raise InvalidSpecsError(loaded.errors)
    chosen = None if targets is None else tuple(targets)
    artifacts = [
        a for a in compile(loaded.bundle, chosen) if not a.services or a.services & loaded.selected
    ]
    directory = output_directory(loaded, out)
    owned = owned_paths(loaded, chosen)
    changes = workspace.plan(artifacts, directory, loaded.bundle.name, owned)
    if not dry_run:
        workspace.apply(artifacts, changes, directory)
    return changes


def output_directory(loaded: Loaded, out: str | Path | None = None) -> Path:
    """Where the output tree is written: below ``out``, or where slokit.yaml says."""
    return Path(out) if out is not None else loaded.root / loaded.bundle.project.out


def render(loaded: Loaded, form: str = "text") -> str:
    """The findings as text: for people, or in a format that other programs read.

    Raises:
        UsageError: there is no such format.
    """
    return finding_format(form).render(loaded.findings, loaded.texts)


def finding_format(name: str) -> FindingFormat:
    """The format of findings of this name.

    Raises:
        UsageError: there is none.
    """
    return format_named(name, FORMATS)


def targets_of(project: Project, names: Iterable[str] | None = None) -> tuple[Target[Any], ...]:
    """The targets of these names; those of slokit.yaml or the default ones when there are none.

    Raises:
        UsageError: there is no such target.
    """
    wanted = list(names or project.targets or [t.name for t in TARGETS if t.is_default])
    known = {target.name: target for target in TARGETS}
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no target {name!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(wanted))


def owned_paths(loaded: Loaded, targets: Iterable[str] | None = None) -> tuple[str, ...]:
    """The patterns in which files of removed specs are sought: none when only some are compiled."""
    if not loaded.is_whole:
        return ()
    return tuple(p for t in targets_of(loaded.bundle.project, targets) for p in t.owns)


__all__ = [
    "Artifact",
    "BrokenEnvironmentError",
    "Bundle",
    "Changes",
    "Finding",
    "InvalidSpecsError",
    "Loaded",
    "NoSpecsError",
    "Severity",
    "UsageError",
    "compile",
    "finding_format",
    "load",
    "load_alone",
    "load_shipped",
    "output_directory",
    "owned_paths",
    "render",
    "settings_of",
    "targets_of",
    "told",
    "write",
]
