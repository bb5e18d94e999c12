"""The only place that calls git: the files of a revision, without touching the work tree."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError

_LINK = "120000"
_FILES = {"100644", "100755"}


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a revision by their paths from the repository's root.

    ``prefix`` is the path of the directory that was asked from; ``links`` map the paths of symbolic
    links to their targets.
    """

    prefix: str
    files: Mapping[str, bytes]
    links: Mapping[str, str]


def read_tree(revision: str, directory: Path, suffixes: Sequence[str]) -> Tree:
    """The files with these suffixes, and all links, of a revision such as ``HEAD~1`` or ``main``.

    Read from git's own objects: neither filters nor attributes change them.

    Raises:
        UsageError: no such revision, or no repository.
        BrokenEnvironmentError: git is missing, or fails.
    """
    prefix = _prefix(revision, directory)
    commit = _commit(revision, directory)
    listing = _git(["ls-tree", "-r", "-z", "--full-tree", commit], directory)
    entries = [_entry(line) for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]]
    wanted = [
        (mode, name, path)
        for mode, name, path in entries
        if mode == _LINK or (mode in _FILES and path.endswith(tuple(suffixes)))
    ]
    blobs = _blobs([name for _, name, _ in wanted], directory)
    files = {p: b for (mode, _, p), b in zip(wanted, blobs, strict=True) if mode != _LINK}
    links = {
        path: blob.decode("utf-8", "surrogateescape")
        for (mode, _, path), blob in zip(wanted, blobs, strict=True)
        if mode == _LINK
    }
    return Tree(prefix, files, links)


def _prefix(revision: str, directory: Path) -> str:
    done = _run(["rev-parse", "--show-prefix"], directory)
    if done.returncode:
        raise UsageError(
            f"no such file or directory {revision!r}, and no git repository with such a revision:"
            f" {_reason(done)}"
        )
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _commit(revision: str, directory: Path) -> str:
    wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    done = _run(wanted, directory)
    if done.returncode:
        shallow = _git(["rev-parse", "--is-shallow-repository"], directory).strip() == b"true"
        hint = "; this clone is shallow: fetch more of its history" if shallow else ""
        raise UsageError(f"no such file, directory or git revision {revision!r}{hint}")
    return done.stdout.decode().strip()


def _entry(line: str) -> tuple[str, str, str]:
    """Mode, object and path of a line of `git ls-tree`."""
    about, _, path = line.partition("\t")
    mode, _, name = about.split(" ")
    return mode, name, path


def _blobs(names: Sequence[str], directory: Path) -> list[bytes]:
    """The contents of objects, in order."""
    asked = "".join(f"{name}\n" for name in names).encode()
    answer = _git(["cat-file", "--batch"], directory, asked)
    blobs, at = [], 0
    for _ in names:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        blobs.append(answer[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    return blobs


def _git(arguments: Sequence[str], directory: Path, given: bytes = b"") -> bytes:
    done = _run(arguments, directory, given)
    if done.returncode:
        raise BrokenEnvironmentError(f"git {arguments[0]} failed: {_reason(done)}")
    return done.stdout


def _run(
    arguments: Sequence[str], directory: Path, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise BrokenEnvironmentError("git is not installed: a revision cannot be read")
    command = [program, *arguments]
    return subprocess.run(command, cwd=directory, input=given, capture_output=True, check=False)


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode("utf-8", "replace").strip()
    return text.partition("\n")[0].removeprefix("fatal: ") or f"exit code {done.returncode}"
