"""slokit diff: what changes in meaning between two states of the specs."""

from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.arguments import ProjectFile
from slokit.cli.exit_codes import Exit
from slokit.diagnostics.errors import NoSpecsError

if TYPE_CHECKING:
    from slokit.api import Loaded

_PLACES = "A file, a directory, or a git revision such as HEAD~1 or main."


def run(
    old: Annotated[str, typer.Argument(metavar="OLD", help=_PLACES)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=_PLACES)],
    form: Annotated[str, typer.Option("--format", help="text or md.")] = "text",
    project: ProjectFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail when the history of a budget breaks.")
    ] = False,
) -> None:
    """Tell what changes in meaning: objectives, windows, alerts, and what breaks history.

    Of a git revision the project's specs are read, without touching the work tree.
    """
    from slokit.diff.compare import compare
    from slokit.diff.formats import FORMATS
    from slokit.project import revisions
    from slokit.text.format import format_named

    chosen = format_named(form, FORMATS)
    before, after = (revisions.read_version(name, project) for name in (old, new))
    _refuse_errors(before, after)
    if not before.bundle.services and not after.bundle.services:
        raise NoSpecsError(f"no slokit specs in {old} and none in {new}")
    diff = compare(before.bundle, after.bundle)
    print(chosen.render(diff), end="")
    if strict and diff.breaks:
        raise typer.Exit(Exit.ERRORS)


def _refuse_errors(*sides: "Loaded") -> None:
    """Nobody knows what broken specs mean, so nobody can tell what changed."""
    from dataclasses import replace

    from slokit.cli import findings

    for side in sides:
        findings.show(replace(side, findings=side.errors))
    if any(side.errors for side in sides):
        raise typer.Exit(Exit.ERRORS)
