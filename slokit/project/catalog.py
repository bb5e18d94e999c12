"""The catalog: specs that slokit ships, to be looked at and to begin with."""

from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from slokit import api
from slokit.diagnostics.errors import NoSpecsError, UsageError
from slokit.diagnostics.suggest import did_you_mean
from slokit.model.bundle import Project
from slokit.model.slo import Service
from slokit.project import workspace
from slokit.project.project_file import FILE_NAME


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A spec of the catalog: its name, its text, and the services in it."""

    name: str
    text: str
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A spec that was written: where, and what its user should know.

    ``is_read`` says whether the project reads that place; ``has_project`` whether there is a
    bundle file.
    """

    path: Path
    is_read: bool
    has_project: bool


def entries() -> tuple[ReadyMade, ...]:
    """All specs of the catalog, ordered by name.

    Raises:
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    services = api.load_shipped(workspace.catalog_directory()).bundle.services
    files = sorted({service.file for service in services})
    return tuple(
        ReadyMade(
            Path(file).stem,
            workspace.catalog_text(Path(file).stem),
            tuple(s for s in services if s.file == file),
        )
        for file in files
    )


def entry(name: str) -> ReadyMade:
    """One spec of the catalog.

    Raises:
        UsageError: the catalog has none of this name.
    """
    known = {each.name: each for each in entries()}
    if name in known:
        return known[name]
    hint = did_you_mean(name, known, f"it has {', '.join(known)}")
    raise UsageError(f"the catalog has no {name!r}; {hint}")


def add(name: str, to: str | None = None, project: str | None = None) -> Added:
    """Write a spec of the catalog into a directory, or where the project's specs are.

    Raises:
        UsageError: the catalog has no such spec, the file or its service is there already, or
            nobody knows where to write.
        BrokenEnvironmentError: it cannot be written.
    """
    chosen = entry(name)
    settings, root = api.settings_of(project)
    directory = Path(to) if to is not None else root / _specs_directory(settings)
    file = f"{chosen.name}.yaml"
    taken = {service.name: service.file for service in _services(project)}
    workspace.refuse_existing([file], directory)
    for service in chosen.services:
        if service.name in taken:
            raise UsageError(
                f"there is a service {service.name!r} in {taken[service.name]} already:"
                " nothing was written"
            )
    workspace.create({file: chosen.text}, directory)
    read = {service.name for service in _services(project)}
    return Added(
        path=directory / file,
        is_read={service.name for service in chosen.services} <= read,
        has_project=bool(settings.file),
    )


def _specs_directory(settings: Project) -> str:
    first = settings.specs[0] if settings.specs else ""
    if not first or has_magic(first) or first.endswith(workspace.SUFFIXES):
        raise UsageError(
            f"`specs:` in {settings.file or FILE_NAME} begins with no directory: give --to DIR"
        )
    return first


def _services(project: str | None) -> tuple[Service, ...]:
    try:
        return api.load(project=project).bundle.services
    except NoSpecsError:
        return ()
