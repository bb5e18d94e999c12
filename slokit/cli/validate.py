"""slokit validate: all findings, offline."""

import sys

import typer

from slokit.cli.options import Environments, FindingFormat, ProjectFile, Specs, Strict
from slokit.cli.output import Exit, has_failed, show_elsewhere, show_findings, show_skipped
from slokit.text.words import counted


def run(
    specs: Specs = None,
    form: FindingFormat = "text",
    env: Environments = None,
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Check specs offline and list all findings."""
    from slokit import api

    bundle = api.bundle_file(project)
    chosen = api.chosen_environments(env or [], bundle)
    loaded = api.merged([api.load(specs or [], bundle, env=each) for each in chosen])
    show_findings(loaded, form, sys.stdout)
    show_elsewhere(loaded)
    if form == "text" and not loaded.findings:
        slos = sum(slo.service in loaded.selected for slo in loaded.bundle.slos)
        services = counted(len(loaded.selected), "service")
        where = f" in each of {len(chosen)} environments" if len(chosen) > 1 else ""
        print(f"{counted(slos, 'SLO')} of {services}{where}: no findings")
    if form == "text":
        show_skipped(loaded)
    if has_failed(loaded, strict=strict):
        raise typer.Exit(Exit.ERRORS)
