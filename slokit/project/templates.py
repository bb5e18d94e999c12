"""The files of templates: those that paths in specs lead to, in the project and nowhere else."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.project.boundary import Boundary
from slokit.project.workspace import MAX_TOTAL, SpecFile, outside, read_file, shown_path
from slokit.source.tree import Document, read_documents
from slokit.text.words import clip

_LONGEST = 255  # of each part of a path, in bytes: no file system takes more


class TemplateReader:
    """Reads templates, each file once.

    ``texts`` are those of the files that were read, by the names that locations have; ``findings``
    say what is wrong with their YAML. ``reach`` says how far the paths in a file may lead.
    """

    def __init__(
        self,
        sources: Mapping[str, SpecFile],
        documents: Mapping[str, Sequence[Document]],
        reach: Callable[[SpecFile], Boundary],
    ) -> None:
        self._sources, self._documents, self._reach = sources, {**documents}, reach
        self.texts: dict[str, str] = {}
        self.findings: list[Finding] = []
        self._total = 0

    def __call__(self, location: Location, path: str) -> Sequence[Document] | Finding:
        """The documents of the file that a path leads to, which is written at a location.

        Raises:
            BrokenEnvironmentError: it cannot be read.
        """
        source = self._sources[location.file]
        is_path = path and path.isprintable()
        if not is_path or any(len(os.fsencode(part)) > _LONGEST for part in path.split("/")):
            message, hint = f"{clip(path)!r} is no path", "such as ./postgres.yaml"
            return Finding(codes.NO_TEMPLATE, message, location, hint)
        full = Path(os.path.normpath(Path(source.path).absolute().parent / path))
        if not self._reach(source).holds(full):
            return outside(location, path)
        name = shown_path(full)
        if name in self._documents:
            return self._documents[name]
        if not full.is_file():
            message, hint = f"no such file {clip(path)!r}", "a path relative to this file"
            return Finding(codes.NO_TEMPLATE, message, location, hint)
        self._documents[name] = self._read(full, name)
        return self._documents[name]

    def _read(self, full: Path, name: str) -> Sequence[Document]:
        text, faults = read_file(full)
        self._total += len(text)
        if self._total > MAX_TOTAL:
            message = f"the templates are larger than {MAX_TOTAL:,} bytes together"
            faults, text = [Finding(codes.TOO_LARGE, message, Location(name))], ""
        documents, more = read_documents(name, text)
        self.texts[name] = text
        self.findings += [*faults, *more]
        return documents
