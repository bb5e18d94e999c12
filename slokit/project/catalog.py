"""The catalog: the specs that come with slokit, to look at and to start from."""

from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.model.bundle import FILE_NAME, Project
from slokit.model.slo import Service
from slokit.project import loading, output, workspace
from slokit.project.boundary import Boundary
from slokit.text.similar_names import did_you_mean
from slokit.text.words import joined


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A spec of the catalog: its name, its text, and the services in it."""

    name: str
    text: str
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class AddedSpec:
    """A spec that was written: its file, as the user knows it, and whether a project reads it.

    ``has_project`` says whether there is a slokit.yaml at all.
    """

    file: str
    is_read: bool
    has_project: bool


def entries() -> tuple[CatalogEntry, ...]:
    """All specs of the catalog, ordered by name.

    Raises:
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    services = loading.load_shipped(_directory()).bundle.services
    files = sorted({service.file for service in services})
    return tuple(
        CatalogEntry(
            Path(file).stem,
            _text(Path(file).stem),
            tuple(s for s in services if s.file == file),
        )
        for file in files
    )


def entry(name: str) -> CatalogEntry:
    """One spec of the catalog.

    Raises:
        UsageError: the catalog has none of this name.
    """
    known = {each.name: each for each in entries()}
    if name in known:
        return known[name]
    hint = did_you_mean(name, known, f"choose {joined(list(known), 'or')}")
    raise UsageError(f"no such spec {name!r} in the catalog: {hint}")


def add(name: str, to: str | None = None, project: str | None = None) -> AddedSpec:
    """Write a spec of the catalog into a directory, or where the project's specs are.

    Raises:
        UsageError: the catalog has no such spec, the file or its service exists, or `specs:` of the
            project does not say where to write.
        BrokenEnvironmentError: it cannot be written.
    """
    chosen = entry(name)
    settings, root = loading.settings_of(project)
    directory = Path(to) if to is not None else _specs_directory(settings, root)
    file = f"{chosen.name}.yaml"
    taken = {service.name: service.file for service in _services(project)}
    output.refuse_existing([file], directory)
    for service in chosen.services:
        if service.name in taken:
            raise UsageError(
                f"the service {service.name!r} exists in {taken[service.name]}: nothing was written"
            )
    output.create_files({file: chosen.text}, directory)
    read = {service.name for service in _services(project)}
    return AddedSpec(
        file=workspace.shown_path(directory / file),
        is_read={service.name for service in chosen.services} <= read,
        has_project=bool(settings.file),
    )


def _specs_directory(settings: Project, root: Path) -> Path:
    first = settings.specs[0] if settings.specs else ""
    entry = f"the first entry of `specs:` in {settings.file or FILE_NAME}"
    if not first or has_magic(first) or first.endswith(workspace.SUFFIXES):
        raise UsageError(f"{entry} is no directory: choose one with --to DIR")
    if not Boundary.of_project(root).holds(root / first):
        raise UsageError(f"{entry} leads out of the project: choose a directory with --to DIR")
    return root / first


def _services(project: str | None) -> tuple[Service, ...]:
    try:
        return loading.load(project=project).bundle.services
    except NoSpecsError:
        return ()


def _directory() -> Path:
    """Where the specs stand that slokit ships: in the package, or in the repository.

    Raises:
        BrokenEnvironmentError: they are not there.
    """
    package = Path(__file__).parents[1]
    for directory in (package / "catalog", package.parent / "slo-specs"):
        if directory.is_dir():
            return directory
    raise BrokenEnvironmentError("the catalog is missing: slokit is not installed as a whole")


def _text(name: str) -> str:
    """A spec of the catalog that slokit ships.

    Raises:
        BrokenEnvironmentError: it is not there.
    """
    path = _directory() / f"{name}.yaml"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    raise BrokenEnvironmentError(
        f"the catalog has no {name}.yaml: slokit is not installed as a whole"
    )
