"""slokit explain: the formulas with one SLO's values in them."""

import sys
from typing import Annotated

import typer

from slokit.cli.options import ProjectFile, Specs, one_of
from slokit.cli.output import Exit, screen_width, show_findings
from slokit.text.words import counted

_PIPED_WIDTH = 100


def run(
    name: Annotated[
        str, typer.Argument(metavar="SERVICE/SLO", help="An SLO such as etcd/db-space.")
    ],
    specs: Specs = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="How it is shown: {explanation format}.",
            callback=one_of("explanation format"),
        ),
    ] = "text",
    project: ProjectFile = None,
) -> None:
    """Explain one SLO: what counts, its budget, alerts and series."""
    from slokit import api

    loaded = api.load(specs or [], project)
    if loaded.errors and name not in {slo.id for slo in loaded.bundle.slos}:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    explanation = api.explain(loaded, name)
    print(api.render_explanation(explanation, form, screen_width(_PIPED_WIDTH)), end="")
    if loaded.errors:
        errors = counted(len(loaded.errors), "error")
        print(f"{errors} in the specs: run `slokit validate`", file=sys.stderr)
