"""slokit validate: all findings, offline."""

import sys
from typing import Annotated

import typer

from slokit.cli.arguments import ProjectFile, Specs, Strict
from slokit.cli.exit_codes import Exit
from slokit.text.words import counted


def run(
    specs: Specs = None,
    form: Annotated[
        str, typer.Option("--format", help="text, line, json, sarif, github or gitlab.")
    ] = "text",
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Check specs without a Prometheus; tell everything that is wrong in one run."""
    from slokit import api
    from slokit.cli import findings

    api.finding_format(form)
    loaded = api.load(specs or [], project)
    findings.show(loaded, form, sys.stdout)
    if form == "text" and not loaded.findings:
        services = counted(len(loaded.bundle.services), "service")
        print(f"{counted(len(loaded.bundle.slos), 'SLO')} of {services}: nothing to complain about")
    if findings.has_failed(loaded, strict=strict):
        raise typer.Exit(Exit.ERRORS)
