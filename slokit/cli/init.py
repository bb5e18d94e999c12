"""slokit init: the first files of a project."""

from typing import Annotated

import typer

from slokit.cli.output import say


def run(
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="Where to write. Default: here.")
    ] = ".",
) -> None:
    """Create slokit.yaml, a first spec and a CI job.

    Beside them .gitattributes. Asks nothing, overwrites nothing, and says what to do next.
    """
    from slokit import api

    created = api.init(directory)
    for path in created.files:
        say(f"wrote {path}")
    for path in created.left_alone:
        say(f"left alone {path}: docs/how-to/merges.md says which lines belong there")
    print(f"\nNext{f', in {directory}' if directory != '.' else ''}:")
    for command, purpose in created.next_commands:
        print(f"\n  {command}\n      {purpose}")
