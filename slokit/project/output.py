"""What slokit writes: the output tree, its drift from what is there, and single files.

Everything is written whole or not at all, and a file that slokit did not write is left alone.
"""

import fcntl
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.project.boundary import Boundary
from slokit.project.workspace import shown_path
from slokit.targets.base import Artifact, bundle_of

_STAGING = ".slokit-staging-"
_CONFLICT = re.compile(r"^<<<<<<< ", re.MULTILINE)


class ForeignFileError(BrokenEnvironmentError):
    """A file stands where an artifact would go, and slokit did not write it."""


@dataclass(slots=True)
class Changes:
    """What writing artifacts does, as paths below the output directory.

    ``others`` counts the files of other bundles among those that a whole run looks at, ``taken``
    those that are written over. In ``unmerged``, some of ``changed``, git has left a conflict.
    """

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unmerged: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.removed)


def plan_changes(
    artifacts: Sequence[Artifact],
    out: Path,
    bundle: str,
    owned: Iterable[str],
    boundary: Boundary | None = None,
) -> Changes:
    """What writing the artifacts would do. ``owned`` are patterns in which stale files are sought.

    ``boundary`` is what no link leads out of: the project that ``out`` is in, unless given.

    Raises:
        ForeignFileError: a file is in the way that slokit did not write.
        BrokenEnvironmentError: a link leads out of the output directory, or a file is unreadable.
    """
    changes, owned = Changes(), tuple(owned)
    boundary = boundary or Boundary.of_project(out)
    for path in (*(artifact.path for artifact in artifacts), *owned):
        boundary.refuse_links_out(out / path)
    for artifact in artifacts:
        present = _present(out / artifact.path)
        if present is None:
            changes.created.append(artifact.path)
        elif present == artifact.text:
            changes.unchanged += 1
        elif writer := bundle_of(present):
            changes.changed.append(artifact.path)
            if _CONFLICT.search(present):
                changes.unmerged.append(artifact.path)
            if writer != bundle:
                changes.taken[writer] = changes.taken.get(writer, 0) + 1
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
            if relative in made or path.is_symlink() or not path.is_file():
                continue
            writer = bundle_of(_present(path) or "")
            if writer == bundle:
                changes.removed.append(relative)
            elif writer:
                changes.others[writer] = changes.others.get(writer, 0) + 1


class Plan(NamedTuple):
    """Artifacts, what writing them changes, and the directory that they go below."""

    artifacts: Sequence[Artifact]
    changes: Changes
    out: Path


def apply_changes(*plans: Plan) -> None:
    """Write what changed and remove what is stale, of all plans or of none.

    All files are complete beside their places before the first one is put there, so that a run
    that is killed leaves old or new files and never half of one.

    Raises:
        BrokenEnvironmentError: an output directory cannot be written.
    """
    for plan in plans:
        _clear_leftovers(plan.out)
    with ExitStack() as stack:
        staged = [(plan, stack.enter_context(_staged(plan))) for plan in plans if plan.changes]
        for plan, staging in staged:
            with _writing_below(plan.out):
                for number, path in enumerate(_wanted(plan)):
                    (staging / str(number)).replace(plan.out / path)
                for path in plan.changes.removed:
                    (plan.out / path).unlink(missing_ok=True)


@contextmanager
def _staged(plan: Plan) -> Iterator[Path]:
    """The texts of what changed, whole and by their numbers, and a directory for each of them."""
    texts = {artifact.path: artifact.text for artifact in plan.artifacts}
    wanted = _wanted(plan)
    with ExitStack() as stack:
        with _writing_below(plan.out):
            plan.out.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=plan.out))
            stack.callback(shutil.rmtree, staging, ignore_errors=True)
            for number, path in enumerate(wanted):
                (staging / str(number)).write_text(texts[path], encoding="utf-8", newline="")
            for directory in {(plan.out / path).parent for path in wanted}:
                directory.mkdir(parents=True, exist_ok=True)
        yield staging


def _wanted(plan: Plan) -> Sequence[str]:
    return [*plan.changes.created, *plan.changes.changed]


@contextmanager
def _writing_below(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot write to {out}: {cause.strerror}") from cause


def _clear_leftovers(out: Path) -> None:
    """Remove what a killed run left; one that still runs would be a second writer anyway."""
    for leftover in out.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def write_file(path: Path, text: str) -> None:
    """Write one file whole or not at all; a link is followed, a device or pipe is written into.

    Raises:
        BrokenEnvironmentError: it cannot be written, or a link leads out of the project.
    """
    with _writing(path):
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        else:
            _replace(path.resolve(), text)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """A block that writes a file which the user has named; its faults are those of the machine."""
    Boundary.of_project(Path.cwd()).for_named(path).refuse_links_out(path)
    try:
        yield
    except OSError as cause:
        raise BrokenEnvironmentError(f"cannot write {path}: {cause.strerror}") from cause


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode())


def replace_file(path: Path, content: bytes, beside: Path | None = None) -> None:
    """Put these bytes in the place of a file whose directory exists: old ones or new ones.

    They are complete ``beside`` it first, on the disk: under a name of its own unless given.

    Raises:
        OSError: they cannot be written; what was there stays.
    """
    if beside is None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        beside = Path(name)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def append_line(path: Path, line: str) -> None:
    """Add one line to a file that several processes may add to: the whole line or none of it.

    Raises:
        BrokenEnvironmentError: it cannot be written, or a link leads out of the project.
    """
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.seek(0, os.SEEK_END)
            try:
                _write_all(file, f"{line}\n".encode())
            except OSError:
                file.truncate(before)
                raise


def _write_all(file: io.FileIO, given: bytes) -> None:
    while given:
        given = given[file.write(given) :]
    os.fsync(file.fileno())


def refuse_existing(paths: Iterable[str], root: Path) -> None:
    """Raises UsageError when one of the paths below ``root`` exists, or the root is a file."""
    if root.exists() and not root.is_dir():
        raise UsageError(f"{shown_path(root)} is not a directory")
    taken = [shown_path(root / path) for path in paths if _is_taken(root / path)]
    if taken:
        exist = "exists" if len(taken) == 1 else "exist"
        raise UsageError(f"{', '.join(taken)} {exist} already: nothing was written")


def _is_taken(path: Path) -> bool:
    """Whether anything is there, be it a link that leads nowhere."""
    return path.exists() or path.is_symlink()


def create_files(texts: Mapping[str, str], root: Path) -> None:
    """Write files that do not exist yet, given by their paths below ``root``: all or none.

    Raises:
        UsageError: one of them is there already.
        BrokenEnvironmentError: one cannot be written.
    """
    refuse_existing(texts, root)
    boundary = Boundary.of_project(root)
    for path in texts:
        boundary.refuse_links_out(root / path)
    made: list[Path] = []
    try:
        for path, text in texts.items():
            write_file(root / path, text)
            made.append(root / path)
    except BaseException:
        for written in made:
            written.unlink(missing_ok=True)
        raise
