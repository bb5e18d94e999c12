"""slokit gate: whether error budgets let a deployment through."""

import time
from typing import Annotated

import typer

from slokit.cli.options import (
    Environment,
    OutFile,
    Owner,
    ProjectFile,
    ServerOptions,
    Specs,
    format_option,
    with_server_options,
)
from slokit.cli.output import Exit, show_findings
from slokit.cli.report import moment_of

_CODES = {"open": Exit.FINE, "closed": Exit.BREACHED, "unknown": Exit.UNKNOWN}


@with_server_options
def run(
    server: ServerOptions,
    specs: Specs = None,
    service: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this service or SLO (service/slo); repeatable."),
    ] = None,
    min_remaining: Annotated[
        str,
        typer.Option(
            metavar="PERCENT",
            help="Closed where less of a budget is left, such as 10%, whatever the policy says.",
        ),
    ] = "",
    max_burn: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="Closed where a budget burns faster over an hour."),
    ] = None,
    override: Annotated[
        str, typer.Option(metavar="REASON", help="Pass a gate that is not open; say why.")
    ] = "",
    form: Annotated[str, format_option("gate format", "it is shown")] = "text",
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Moment of the gate. Default: now.")
    ] = None,
    owner: Owner = None,
    out: OutFile = None,
    env: Environment = None,
    project: ProjectFile = None,
) -> None:
    """Open or close a deploy pipeline by the error budgets.

    By error_budget_policy of slokit.yaml. Exit code: 0 open, 5 closed, 6 not known.
    """
    from slokit import api

    moment = moment_of(at, time.time())
    bundle = api.bundle_file(project)
    loaded = api.load(specs or [], bundle, env=api.chosen_environment(env, bundle))
    if loaded.errors:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    loaded = loaded.owned_by(owner)
    report = api.report(loaded, server.settings(loaded), at=moment, slos=service, series=0)
    gate = api.gate(
        loaded, report, min_remaining=min_remaining, max_burn=max_burn, override=override
    )
    text = api.render_gate(gate, form)
    print(text, end="")
    if out is not None:
        api.save(out, text)
    if not gate.override:
        raise typer.Exit(_CODES[gate.state])
