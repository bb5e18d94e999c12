"""The files that a project is read from: found, decoded, and named as the user knows them.

Only the files of this folder touch a user's files: here they are read, in ``output`` written.
"""

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slokit.diagnostics import codes
from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.diagnostics.finding import Finding, Location
from slokit.model.bundle import FILE_NAME
from slokit.project.boundary import Boundary
from slokit.source.tree import MAX_BYTES, decode_source
from slokit.text.words import clip

STDIN = "-"
SUFFIXES = (".yaml", ".yml")
MAX_TOTAL = 200_000_000


@dataclass(frozen=True, slots=True)
class SpecFile:
    """One file of input: its name as the user knows it, its text, and whether the user named it.

    ``origin`` is its path below the bundle's root: the same wherever slokit is run. ``path`` is
    where it was read.
    """

    name: str
    origin: str
    text: str
    is_named: bool
    path: str


@dataclass(frozen=True, slots=True)
class SpecFiles:
    """The input of one run, the findings of reading it, and paths that do not exist."""

    files: tuple[SpecFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def is_path(name: str) -> bool:
    """Whether a word of the command line is a file, a directory, a glob or standard input."""
    return name == STDIN or glob.has_magic(name) or os.path.exists(name)


def find_project_file(start: Path) -> Path | None:
    """The nearest slokit.yaml upwards from a directory."""
    for directory in (start, *start.parents):
        candidate = directory / FILE_NAME
        if candidate.is_file():
            return candidate
    return None


def read_spec_files(
    paths: Iterable[str],
    base: Path,
    root: Path,
    boundary: Boundary,
    *,
    entries: Location | None = None,
    exclude: Sequence[str] = (),
) -> SpecFiles:
    """The files that paths, directories and globs below ``base`` name, each once, in order.

    ``root`` is the bundle's root. ``entries`` is where a file lists the paths, None where the user
    named them herself: only hers lead out of ``boundary``.

    Raises:
        BrokenEnvironmentError: a file cannot be read.
    """
    found: dict[str, bool] = {}
    missing = []
    findings: list[Finding] = []
    for number, path in enumerate(paths):
        if path == STDIN and entries is None:
            found[STDIN] = True
            continue
        full = os.path.normpath(base / path)
        reach = boundary if entries is not None else boundary.for_named(_fixed_part(full))
        if entries is not None and not reach.holds(_fixed_part(full)):
            findings.append(outside(entries.at(number), path))
            continue
        files = _expand(full, base, exclude)
        if files is None:
            missing.append(path)
        for file, is_named in files or []:
            if reach.holds(file):
                found[file] = found.get(file, False) or (entries is None and is_named)
            else:
                findings.append(outside(Location(shown_path(file)), shown_path(file)))
    sources, faults = _read_all(found, root)
    return SpecFiles(tuple(sources), (*findings, *faults), tuple(missing))


def _read_all(files: Mapping[str, bool], root: Path) -> tuple[list[SpecFile], list[Finding]]:
    """The texts of files, of which each says whether it was named; none beyond a total size."""
    sources: list[SpecFile] = []
    findings: list[Finding] = []
    total = 0
    for file, is_named in files.items():
        name = "<stdin>" if file == STDIN else shown_path(file)
        origin = name if file == STDIN else _printable(os.path.relpath(file, root))
        raw = _read(file)
        total += len(raw)
        if total > MAX_TOTAL:
            message = f"the specs are larger than {MAX_TOTAL:,} bytes together"
            hint = "split the bundle, or exclude what is no spec"
            findings.append(Finding(codes.TOO_LARGE, message, Location(name), hint))
            break
        text, faults = decode_source(name, raw)
        findings += faults
        if not faults:
            sources.append(SpecFile(name, origin, text, is_named, file))
    return sources, findings


def outside(location: Location, path: str) -> Finding:
    """The finding that a path which a file of the project holds leads out of it."""
    message = f"{clip(path)!r} leads out of the project's directory"
    hint = "only a path on the command line may: move it into the project"
    return Finding(codes.OUTSIDE_PROJECT, message, location, hint)


def _fixed_part(pattern: str) -> str:
    """The directories of a pattern before its first wildcard; all of a path without any."""
    path = Path(pattern)
    return str(next(each for each in (path, *path.parents) if not glob.has_magic(str(each))))


def _expand(full: str, base: Path, exclude: Sequence[str]) -> list[tuple[str, bool]] | None:
    _refuse_unreadable(_fixed_part(full))
    if os.path.isdir(full):
        return [(file, False) for file in _walk(full, base, exclude)]
    if os.path.isfile(full):
        return [(full, True)]
    if not glob.has_magic(full):
        return None
    expanded = []
    for match in _matches(full, base, exclude):
        nested = _walk(match, base, exclude) if os.path.isdir(match) else [match]
        expanded += [(file, False) for file in nested]
    return expanded or None


def _matches(pattern: str, base: Path, exclude: Sequence[str]) -> list[str]:
    """What a glob finds, hidden names aside; ``**`` follows no links, which may lead in circles."""
    start = _fixed_part(pattern)
    wanted = os.path.relpath(pattern, start)
    written = {part for part in Path(wanted).parts if part.startswith(".")}

    def seen(wanted: Path) -> Iterator[Path]:
        for match in Path(start).glob(str(wanted)):
            parts = match.relative_to(start).parts
            if all(not part.startswith(".") or part in written for part in parts):
                yield match

    for above in Path(wanted).parents:
        _refuse_unlisted([Path(start)] if above == Path() else seen(above), base, exclude)
    return sorted(map(str, seen(Path(wanted))))


def _refuse_unreadable(path: str) -> None:
    """Raises BrokenEnvironmentError where a directory above hides whether there is such a path."""
    try:
        Path(path).stat()
    except PermissionError as cause:
        raise _unreadable(cause, path) from cause
    except OSError:
        return  # it does not exist, which its caller finds out


def _refuse_unlisted(folders: Iterable[Path], base: Path, exclude: Sequence[str]) -> None:
    """Raises BrokenEnvironmentError where a directory that a pattern leads into is unreadable.

    A glob passes over it in silence.
    """
    for folder in folders:
        if os.path.isdir(folder) and not _excluded(str(folder), base, exclude):
            try:
                os.scandir(folder).close()
            except OSError as cause:
                raise _unreadable(cause, str(folder)) from cause


def _unreadable(cause: OSError, path: str) -> BrokenEnvironmentError:
    return BrokenEnvironmentError(f"cannot read {shown_path(path)}: {cause.strerror}")


def _walk(directory: str, base: Path, exclude: Sequence[str]) -> list[str]:
    """The specs below a directory.

    Raises:
        BrokenEnvironmentError: it or one below it cannot be read, unless that one is excluded.
    """

    def refuse(cause: OSError) -> None:
        if not _excluded(str(cause.filename), base, exclude):
            raise _unreadable(cause, str(cause.filename)) from cause

    found = []
    for parent, folders, files in os.walk(directory, onerror=refuse):
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


def shown_path(file: str | Path) -> str:
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
        raise _unreadable(cause, file) from cause


def read_file(path: Path) -> tuple[str, list[Finding]]:
    """The text of one file, and the findings about its encoding or size."""
    return decode_source(shown_path(str(path)), _read(str(path)))
