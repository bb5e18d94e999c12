"""slokit explain: the formulas with one SLO's values in them."""

import sys
from typing import Annotated

import typer

from slokit.cli.options import Environment, ProjectFile, Specs, completed, names_in_project, one_of
from slokit.cli.output import Exit, screen_width, show_findings
from slokit.text.words import counted

_PIPED_WIDTH = 100


def run(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="An SLO such as etcd/db-space, a service, or the code of a finding.",
            autocompletion=completed(names_in_project),
        ),
    ],
    specs: Specs = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="How it is shown: {explanation format}.",
            **one_of("explanation format"),
        ),
    ] = "text",
    env: Environment = None,
    project: ProjectFile = None,
) -> None:
    """Explain an SLO, a service, or the code of a finding.

    Of an SLO: what counts, its budget, alerts and series. Of a service: its SLOs.
    """
    from slokit import api

    if page := api.explain_code(name):
        print(page, end="")
        return
    loaded = api.load(specs or [], project, env=api.chosen_environment(env, project))
    known = {slo.id for slo in loaded.bundle.slos} | {s.name for s in loaded.bundle.services}
    if loaded.errors and name not in known:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    explanation = api.explain(loaded, name)
    print(api.render_explanation(explanation, form, screen_width(_PIPED_WIDTH)), end="")
    if loaded.errors:
        errors = counted(len(loaded.errors), "error")
        print(f"{errors} in the specs: run `slokit validate`", file=sys.stderr)
