"""slokit validate: all findings, offline."""

import sys

import typer

from slokit.cli.options import FindingFormat, ProjectFile, Specs, Strict
from slokit.cli.output import Exit, has_failed, show_elsewhere, show_findings, show_skipped
from slokit.text.words import counted


def run(
    specs: Specs = None,
    form: FindingFormat = "text",
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Check specs offline and list all findings."""
    from slokit import api

    loaded = api.load(specs or [], project)
    show_findings(loaded, form, sys.stdout)
    show_elsewhere(loaded)
    if form == "text" and not loaded.findings:
        slos = sum(slo.service in loaded.selected for slo in loaded.bundle.slos)
        services = counted(len(loaded.selected), "service")
        print(f"{counted(slos, 'SLO')} of {services}: no findings")
    if form == "text":
        show_skipped(loaded)
    if has_failed(loaded, strict=strict):
        raise typer.Exit(Exit.ERRORS)
