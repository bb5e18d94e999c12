"""How far the files of a project reach: into its own directory, links and ``..`` included.

A project's files may come from strangers, by a pull request. Only the command line, which the user
wrote, leads out of the directory: docs/decisions/0017-a-project-stays-in-its-directory.md.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from slokit.diagnostics.errors import BrokenEnvironmentError

_REPOSITORY = ".git"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A directory without symbolic links in its path, and what is really within it.

    What git keeps for itself is not: a hook written there would be run.
    """

    root: Path
    _directories: dict[Path, Path] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of_project(cls, directory: Path) -> "Boundary":
        """The project in a directory: the git work tree that holds it, else the directory."""
        real = directory.resolve()
        trees = (each for each in (real, *real.parents) if (each / _REPOSITORY).exists())
        return cls(next(trees, real))

    def holds(self, path: str | Path) -> bool:
        """Whether a path, existing or not, leads to something within once links are followed."""
        name = Path(path).absolute()
        if name.name == os.pardir or name.is_symlink():
            return self._is_within(real_path(name))
        if name.parent not in self._directories:  # a look at each directory, not at each file
            self._directories[name.parent] = real_path(name.parent)
        return self._is_within(self._directories[name.parent] / name.name)

    def for_named(self, path: str | Path) -> "Boundary":
        """How far a path reaches that stands on the command line.

        One of the project's own stays within it, since the shell writes out ``specs/*.yaml``.
        Another place reaches as far as it goes itself.
        """
        name = Path(os.path.normpath(Path(path).absolute()))
        if any(real_path(each) == self.root for each in (name, *name.parents)):
            return self
        real = real_path(name)
        return Boundary(real if real.is_dir() else real.parent)

    def refuse_links_out(self, path: Path) -> None:
        """Raises BrokenEnvironmentError for a path that is to be written and leads out."""
        if not self.holds(path):
            raise BrokenEnvironmentError(
                f"{path} leads out of {self.root} by a symbolic link, or into what git keeps for"
                " itself: nothing was written; remove the link, or name its target with --out"
            )

    def _is_within(self, real: Path) -> bool:
        return real.is_relative_to(self.root) and (
            _REPOSITORY not in real.relative_to(self.root).parts
        )


def real_path(path: Path) -> Path:
    """The path with its links followed; one that leads to itself stays as it is."""
    return Path(os.path.realpath(path))
