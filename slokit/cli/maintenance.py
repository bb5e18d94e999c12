"""slokit maintenance: which planned times are on, and which are next."""

import time
from typing import Annotated

import typer

from slokit.cli.help import Command
from slokit.cli.options import Environment, ProjectFile, format_option
from slokit.cli.output import Exit, show_findings
from slokit.cli.report import unix_seconds

app = typer.Typer(
    help="List the planned maintenance.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", cls=Command)
def show_all(
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="As of when: RFC 3339, UTC without an offset, or Unix seconds. Default: now.",
        ),
    ] = None,
    form: Annotated[str, format_option("maintenance format", "it is shown")] = "text",
    env: Environment = None,
    project: ProjectFile = None,
) -> None:
    """List what is on now, what is next, and what is over."""
    from slokit import api

    moment = time.time() if at is None else unix_seconds(at)
    loaded = api.load((), project, env=env)
    if loaded.errors:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    print(api.render_maintenance(api.maintenance(loaded, at=moment), form), end="")
