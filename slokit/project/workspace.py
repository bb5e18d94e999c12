"""The only place that touches a user's files: discovery, atomic writes, drift, stale outputs."""

import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.diagnostics.finding import Finding
from slokit.project.project_file import FILE_NAME
from slokit.source.tree import MAX_BYTES, decode_source
from slokit.targets.base import Artifact, bundle_of

STDIN = "-"
SUFFIXES = (".yaml", ".yml")
_STAGING = ".slokit-staging-"


class ForeignFileError(BrokenEnvironmentError):
    """A file stands where an artifact would go, and slokit did not write it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of input: its name as the user knows it, its text, and whether she named it.

    ``origin`` is its path below the bundle's root: the same wherever slokit is run.
    """

    name: str
    origin: str
    text: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """The input of one run, the findings of reading it, and paths that do not exist."""

    files: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Changes:
    """What writing artifacts does, as paths below the output directory.

    ``others`` counts the files of other bundles among those that a whole run looks at.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.removed)


def find_project(start: Path) -> Path | None:
    """The nearest slokit.yaml upwards from a directory."""
    for directory in (start, *start.parents):
        candidate = directory / FILE_NAME
        if candidate.is_file():
            return candidate
    return None


def read_sources(
    paths: Iterable[str], base: Path, root: Path, *, named: bool, exclude: Sequence[str] = ()
) -> Sources:
    """The files that paths, directories and globs below ``base`` name, each once, in order.

    ``root`` is the bundle's root; ``named`` says that the user named the paths herself.

    Raises:
        BrokenEnvironmentError: a file cannot be read.
    """
    found: dict[str, bool] = {}
    missing = []
    for path in paths:
        files = _expand(path, base, exclude)
        if files is None:
            missing.append(path)
        for file, is_named in files or []:
            found[file] = found.get(file, False) or (named and is_named)
    sources, findings = [], []
    for file, is_named in found.items():
        name = "<stdin>" if file == STDIN else display(file)
        origin = name if file == STDIN else _printable(os.path.relpath(file, root))
        text, faults = decode_source(name, _read(file))
        findings += faults
        if not faults:
            sources.append(Source(name, origin, text, is_named))
    return Sources(tuple(sources), tuple(findings), tuple(missing))


def _expand(path: str, base: Path, exclude: Sequence[str]) -> list[tuple[str, bool]] | None:
    if path == STDIN:
        return [(STDIN, True)]
    full = os.path.normpath(base / path)
    if os.path.isdir(full):
        return [(file, False) for file in _walk(full, base, exclude)]
    if os.path.isfile(full):
        return [(full, True)]
    matches = sorted(glob.glob(full, recursive=True)) if glob.has_magic(full) else []
    expanded = []
    for match in matches:
        nested = _walk(match, base, exclude) if os.path.isdir(match) else [match]
        expanded += [(file, False) for file in nested]
    return expanded or None


def _walk(directory: str, base: Path, exclude: Sequence[str]) -> list[str]:
    found = []
    for parent, folders, files in os.walk(directory):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for file in sorted(files):
            path = os.path.join(parent, file)
            is_spec = file.endswith(SUFFIXES) and file != FILE_NAME
            if is_spec and not _excluded(path, base, exclude) and not _is_special(path):
                found.append(path)
    return found


def _is_special(path: str) -> bool:
    """Whether it is a pipe, a socket or a device: reading one might never end."""
    return os.path.exists(path) and not os.path.isfile(path)


def _excluded(path: str, base: Path, exclude: Sequence[str]) -> bool:
    relative = PurePosixPath(os.path.relpath(path, base))
    parents = [relative, *relative.parents]
    return any(part.match(pattern) for pattern in exclude for part in parents if str(part) != ".")


def display(file: str | Path) -> str:
    """The path as the user knows it: relative where that is short."""
    relative = os.path.relpath(file)
    return _printable(str(file) if relative.startswith(".." + os.sep + "..") else relative)


def _printable(path: str) -> str:
    """A path as text of one line: what is no text, or would steer a terminal, is spelled out."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _read(file: str) -> bytes:
    """The bytes of a file, or as many as show that it is too large."""
    if file == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot read {display(file)}: {cause.strerror}") from cause


def read_text(path: Path) -> tuple[str, list[Finding]]:
    """The text of one file, and the findings about its encoding or size."""
    return decode_source(display(str(path)), _read(str(path)))


def plan(artifacts: Sequence[Artifact], out: Path, bundle: str, owned: Iterable[str]) -> Changes:
    """What writing the artifacts would do. ``owned`` are patterns in which stale files are sought.

    Raises:
        ForeignFileError: a file is in the way that slokit did not write.
    """
    changes = Changes()
    for artifact in artifacts:
        present = _present(out / artifact.path)
        if present is None:
            changes.created.append(artifact.path)
        elif present == artifact.text:
            changes.unchanged += 1
        elif bundle_of(present):
            changes.changed.append(artifact.path)
        else:
            raise ForeignFileError(
                f"{out / artifact.path} was not written by slokit and is left alone:"
                " move it away, or choose another --out"
            )
    _find_stale(changes, {a.path for a in artifacts}, out, bundle, owned)
    return changes


def _present(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot read {path}: {cause.strerror}") from cause


def _find_stale(
    changes: Changes, made: set[str], out: Path, bundle: str, owned: Iterable[str]
) -> None:
    """Note the files of this bundle that are not made any more, and those of other bundles."""
    for pattern in owned:
        for path in sorted(out.glob(pattern)):
            relative = path.relative_to(out).as_posix()
            if relative in made or not path.is_file():
                continue
            writer = bundle_of(_present(path) or "")
            if writer == bundle:
                changes.removed.append(relative)
            elif writer:
                changes.others[writer] = changes.others.get(writer, 0) + 1


def apply(artifacts: Sequence[Artifact], changes: Changes, out: Path) -> None:
    """Write what changed and remove what is stale.

    All files are complete beside their places before the first one is put there, so that a run
    that is killed leaves old or new files and never half of one.

    Raises:
        BrokenEnvironmentError: the output directory cannot be written.
    """
    texts = {artifact.path: artifact.text for artifact in artifacts}
    wanted = [*changes.created, *changes.changed]
    _clear_leftovers(out)
    if not changes:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=out))
        try:
            for number, path in enumerate(wanted):
                (staging / str(number)).write_text(texts[path], encoding="utf-8", newline="")
            for number, path in enumerate(wanted):
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / str(number), out / path)
            for path in changes.removed:
                (out / path).unlink(missing_ok=True)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot write to {out}: {cause.strerror}") from cause


def _clear_leftovers(out: Path) -> None:
    """Remove what a killed run left; one that still runs would be a second writer anyway."""
    for leftover in out.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write one file whole or not at all; a link is followed, a device or pipe is written into.

    Raises:
        BrokenEnvironmentError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        else:
            _replace(path.resolve(), text)
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot write {path}: {cause.strerror}") from cause


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def refuse_existing(paths: Iterable[str], root: Path) -> None:
    """Raises UsageError when one of the paths below ``root`` exists, or the root is a file."""
    if root.exists() and not root.is_dir():
        raise UsageError(f"{display(root)} is not a directory")
    taken = [display(root / path) for path in paths if os.path.lexists(root / path)]
    if taken:
        exist = "exists" if len(taken) == 1 else "exist"
        raise UsageError(f"{', '.join(taken)} {exist} already: nothing was written")


def create(texts: Mapping[str, str], root: Path) -> None:
    """Write files that do not exist yet, given by their paths below ``root``: all or none.

    Raises:
        UsageError: one of them is there already.
        BrokenEnvironmentError: one cannot be written.
    """
    refuse_existing(texts, root)
    made: list[Path] = []
    try:
        for path, text in texts.items():
            write_text(root / path, text)
            made.append(root / path)
    except BaseException:
        for written in made:
            written.unlink(missing_ok=True)
        raise


@contextmanager
def temporary(files: Mapping[str, bytes], links: Mapping[str, str]) -> Iterator[Path]:
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
    led = os.path.normpath(os.path.join(os.path.dirname(path), target))
    return not os.path.isabs(target) and led.split(os.sep)[0] != ".."


def catalog_directory() -> Path:
    """Where the specs stand that slokit ships: in the package, or in the repository.

    Raises:
        BrokenEnvironmentError: they are not there.
    """
    package = Path(__file__).parents[1]
    for directory in (package / "catalog", package.parent / "slo-specs"):
        if directory.is_dir():
            return directory
    raise BrokenEnvironmentError("the catalog is missing: slokit is not installed as a whole")


def catalog_text(name: str) -> str:
    """A spec of the catalog that slokit ships.

    Raises:
        BrokenEnvironmentError: it is not there.
    """
    path = catalog_directory() / f"{name}.yaml"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    raise BrokenEnvironmentError(
        f"the catalog has no {name}.yaml: slokit is not installed as a whole"
    )
