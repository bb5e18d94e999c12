"""slokit diff: what changes in meaning between two states of the specs."""

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import (
    Environment,
    ProjectFile,
    ServerOptions,
    format_option,
    with_server_options,
)
from slokit.cli.output import Exit, say, show_findings
from slokit.diagnostics.errors import NoSpecsError, UsageError
from slokit.text.words import clip

if TYPE_CHECKING:
    from slokit.api import Loaded

_BREAKING = "breaking"
_STATES = "File, directory, or git revision such as HEAD~1 or main."


@with_server_options
def run(
    server: ServerOptions,
    old: Annotated[
        str | None, typer.Argument(metavar="OLD", help=f"{_STATES} Without it: a server's rules.")
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="NEW", help=f"{_STATES} Default: the project's specs.")
    ] = None,
    form: Annotated[str, format_option("diff format", "changes are shown")] = "text",
    env: Environment = None,
    project: ProjectFile = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if the history of a budget breaks.")
    ] = False,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="breaking",
            help="End with 5 if history is lost, or less is promised or watched.",
        ),
    ] = None,
) -> None:
    """Show what changes in meaning, between specs or from a server.

    Changed are objectives, windows, alerts, and whatever breaks the history of a budget. Of a git
    revision the project's specs are read; the work tree is not touched. Without OLD, or with
    --prometheus, the rules that a server runs are the old state: what a deployment would change.
    """
    from slokit import api

    if fail_on not in (None, _BREAKING):
        raise UsageError(f"--fail-on: {clip(fail_on or '')!r} is none of: {_BREAKING}")
    if old and new and server.prometheus:
        raise UsageError("--prometheus is the old state: give no more than the new one beside it")
    if old and not new and not server.prometheus:
        raise UsageError("one state alone: name the new one as well, or --prometheus URL")
    bundle = api.bundle_file(project)
    env = api.chosen_environment(env, bundle)
    if old and new:
        before, after = (api.load_version(name, project, env) for name in (old, new))
        _refuse_errors(before, after)
        if not before.bundle.services and not after.bundle.services:
            raise NoSpecsError(f"no slokit specs in {old} and none in {new}")
        difference = api.diff(before, after)
    else:
        specs = api.load_version(old, project, env) if old else api.load([], bundle, env=env)
        _refuse_errors(specs)
        difference = api.diff_live(specs, server.settings(specs), at=time.time())
    print(api.render_diff(difference, form), end="")
    breaking = difference.breaking() if fail_on else []
    for line in breaking:
        say(f"slokit: breaking: {line}", sys.stderr)
    if breaking:
        raise typer.Exit(Exit.BREACHED)
    if strict and difference.breaks:
        raise typer.Exit(Exit.ERRORS)


def _refuse_errors(*states: "Loaded") -> None:
    for side in states:
        show_findings(replace(side, findings=side.errors))
    if any(side.errors for side in states):
        raise typer.Exit(Exit.ERRORS)
