"""Bundles are compiled and written: use cases of `slokit.api`, which has these functions too."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from slokit.compiler.program import compile_bundle
from slokit.diagnostics.finding import Finding
from slokit.model.bundle import Bundle
from slokit.project import output
from slokit.project.boundary import Boundary
from slokit.project.loading import Loaded
from slokit.project.output import Changes
from slokit.targets import Artifact, owned_paths, targets_of


class InvalidSpecsError(Exception):
    """Specs with errors were to be used; ``findings`` are the errors."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{f.code.number}: {f.message}" for f in self.findings))


def refuse_errors(loaded: Loaded) -> None:
    """Raises InvalidSpecsError where there are errors among the findings."""
    if loaded.errors:
        raise InvalidSpecsError(loaded.errors)


def compile(bundle: Bundle, targets: Iterable[str] | None = None) -> list[Artifact]:
    """The artifacts of a bundle; the default targets, or those of slokit.yaml, unless named.

    A bundle without services has none: its rules would watch over nothing.

    Raises:
        UsageError: no such target.
    """
    chosen = targets_of(bundle.project, targets)
    if not bundle.services:
        return []
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

    Files of removed specs are removed when the whole bundle was loaded, and all its files when it
    is empty (:func:`load_emptied`). ``out`` is the directory, the project's unless given. Paths of
    the changes are below it. With ``dry_run`` nothing is written, and the changes are what would be
    done. Files of the bundle as a whole are left alone while specs that are not selected have
    errors.

    Raises:
        InvalidSpecsError: there are errors among the findings.
        UsageError: no such target.
        ForeignFileError: a file is in the way that slokit did not write.
        BrokenEnvironmentError: a file cannot be read or written, or a link leads out of the
            project.
    """
    (changes,) = write_all([(loaded, out)], targets, dry_run=dry_run)
    return changes


def write_all(
    states: Sequence[tuple[Loaded, str | Path | None]],
    targets: Iterable[str] | None = None,
    *,
    dry_run: bool = False,
) -> list[Changes]:
    """As :func:`write`, of several bundles, each with its ``out``: the files of all or of none.

    Environments of a project are bundles of this kind.
    """
    chosen = None if targets is None else tuple(targets)
    plans = [_plan(loaded, chosen, out) for loaded, out in states]
    if not dry_run:
        output.apply_changes(*plans)
    return [plan.changes for plan in plans]


def _plan(loaded: Loaded, targets: Sequence[str] | None, out: str | Path | None) -> output.Plan:
    refuse_errors(loaded)
    project = loaded.bundle.project
    is_known = not loaded.errors_elsewhere
    # of a service whose every SLO has an error nothing can be made
    sound = tuple(service for service in loaded.bundle.services if service.slos)
    artifacts = [
        a
        for a in compile(loaded.bundle if is_known else Bundle(project, sound), targets)
        if a.services & loaded.selected or (is_known and not a.services)
    ]
    owned = owned_paths(project, targets) if loaded.selection.is_whole else ()
    directory = output_directory(loaded, out)
    reach = Boundary.of_project(loaded.root)
    reach = reach if out is None else reach.for_named(directory)
    changes = output.plan_changes(artifacts, directory, loaded.bundle.name, owned, reach)
    return output.Plan(artifacts, changes, directory)


def output_directory(loaded: Loaded, out: str | Path | None = None) -> Path:
    """Where the output tree is written: below ``out``, or where slokit.yaml says."""
    return Path(out) if out is not None else loaded.root / loaded.bundle.project.out
