"""One state of the specs, to be compared with another: as it is on disk, or in a git revision."""

import posixpath
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError
from slokit.diagnostics.finding import Finding, Location, Place, Related
from slokit.model.bundle import FILE_NAME, Bundle
from slokit.project import git, workspace
from slokit.project.loading import Loaded, load, load_alone, load_copy, settings_of

At = TypeVar("At", Location | None, Place | None)


def read_version(name: str, project: str | None = None, env: str | None = None) -> Loaded:
    """The bundle that a file, a directory or a git revision holds.

    A directory with a slokit.yaml is a project; other paths are specs under the nearest one, or
    under that of the working directory. Of a revision the specs of the project are read. A revision
    may hold no specs; a path may not. ``env`` is an environment of the project; a revision that has
    none of that name is read without.

    Raises:
        UsageError: no such file, directory or revision.
        NoSpecsError: the path holds no specs.
        BrokenEnvironmentError: something cannot be read.
    """
    path = Path(name)
    if not path.exists():
        return _revision(name, project, env)
    if (path / FILE_NAME).is_file():
        return load(directory=path, env=env)
    return load_alone(name, project, env)


def _revision(name: str, project: str | None, env: str | None) -> Loaded:
    _, root = settings_of(project)
    tree = git.read_tree(name, root, workspace.SUFFIXES)
    file = f"{tree.prefix}{Path(project).name if project else FILE_NAME}"
    # A revision without a bundle file has the settings that such a directory has.
    files = {file: b"", **tree.files}
    with _checked_out(files, tree.links) as directory:
        try:
            loaded = load_copy(directory / file, directory, env)
        except NoSpecsError:
            settings, _ = settings_of(str(directory / file))
            return Loaded(Bundle(settings, ()), root)
        return _renamed(loaded, f"{workspace.shown_path(directory)}/", f"{name}:")


def _renamed(loaded: Loaded, prefix: str, shown: str) -> Loaded:
    """With the names by which the user knows the files of a revision."""

    def name(file: str) -> str:
        return f"{shown}{file.removeprefix(prefix)}" if file.startswith(prefix) else file

    def moved(at: At) -> At:
        return replace(at, file=name(at.file)) if at else at

    def related(other: Related) -> Related:
        return replace(other, location=moved(other.location), place=moved(other.place))

    def finding(f: Finding) -> Finding:
        others = tuple(map(related, f.related))
        return replace(f, location=moved(f.location), place=moved(f.place), related=others)

    findings = tuple(map(finding, loaded.findings))
    texts: Mapping[str, str] = {name(file): text for file, text in loaded.texts.items()}
    return replace(loaded, findings=findings, texts=texts)


@contextmanager
def _checked_out(files: Mapping[str, bytes], links: Mapping[str, str]) -> Iterator[Path]:
    """A directory of these files, by their paths, that is gone afterwards.

    ``links`` are symbolic links and their targets; those that lead out of the directory are left
    out.

    Raises:
        BrokenEnvironmentError: it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="slokit-") as name:
        root = Path(name).resolve()
        try:
            for path, content in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content)
            for path, target in links.items():
                if _stays_inside(path, target):
                    (root / path).parent.mkdir(parents=True, exist_ok=True)
                    (root / path).symlink_to(target)
        except OSError as cause:
            raise BrokenEnvironmentError(f"cannot write to {root}: {cause.strerror}") from cause
        yield root


def _stays_inside(path: str, target: str) -> bool:
    led = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return not target.startswith("/") and led.partition("/")[0] != ".."
