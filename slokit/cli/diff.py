"""slokit diff: what changes in meaning between two states of the specs."""

from dataclasses import replace
from typing import Annotated

import typer

from slokit.cli.options import ProjectFile, one_of
from slokit.cli.output import Exit, show_findings
from slokit.diagnostics.errors import NoSpecsError

_STATES = "File, directory, or git revision such as HEAD~1 or main."


def run(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_STATES)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_STATES)],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="How changes are shown: {diff format}.",
            **one_of("diff format"),
        ),
    ] = "text",
    project: ProjectFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if the history of a budget breaks.")
    ] = False,
) -> None:
    """Show what changes in meaning between two states of the specs.

    Changed are objectives, windows, alerts, and whatever breaks the history of a budget. Of a git
    revision the project's specs are read; the work tree is not touched.
    """
    from slokit import api

    before, after = (api.load_version(name, project) for name in (old, new))
    for side in (before, after):
        show_findings(replace(side, findings=side.errors))
    if before.errors or after.errors:
        raise typer.Exit(Exit.ERRORS)
    if not before.bundle.services and not after.bundle.services:
        raise NoSpecsError(f"no slokit specs in {old} and none in {new}")
    difference = api.diff(before, after)
    print(api.render_diff(difference, form), end="")
    if strict and difference.breaks:
        raise typer.Exit(Exit.ERRORS)
