"""slokit init: the first files of a project."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="Where; it is made when it is not there.")
    ] = ".",
) -> None:
    """Write slokit.yaml, a first spec and a CI job, and say what to do next.

    Asks nothing and overwrites nothing.
    """
    from slokit import __version__
    from slokit.project import workspace
    from slokit.project.scaffold.first_files import NEXT_COMMANDS, first_files

    root = Path(directory)
    has_gitlab = (root / ".gitlab-ci.yml").is_file()
    files = first_files(root.resolve().name, __version__, has_gitlab=has_gitlab)
    workspace.create(files, root)
    for path in files:
        print(f"wrote {root / path}")
    print(f"\nNext{f', in {root}' if directory != '.' else ''}:")
    for command, purpose in NEXT_COMMANDS:
        print(f"\n  {command}\n      {purpose}")
