"""slokit gate: whether error budgets let a deployment through."""

import time
from dataclasses import dataclass
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
from slokit.diagnostics.errors import UsageError


@dataclass(frozen=True, slots=True)
class CanaryOptions:
    """Which two groups are compared, as given on the command line; a field is one option."""

    match: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MATCHER",
            help="Compare the groups with this label, such as version=v2, with those of --against,"
            " instead of asking budgets; repeatable.",
        ),
    ] = None
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="MATCHER", help="What --match is compared with; repeatable."),
    ] = None
    over: Annotated[
        str, typer.Option(metavar="DURATION", help="Compare what was counted in this time.")
    ] = "1h"
    max_worse: Annotated[
        float,
        typer.Option(metavar="RATE", help="By how much the one may burn faster than the other."),
    ] = 1.0
    confidence: Annotated[
        str, typer.Option(metavar="PERCENT", help="How sure the comparison must be.")
    ] = "95%"


_CODES = {"open": Exit.FINE, "closed": Exit.BREACHED, "unknown": Exit.UNKNOWN}


@with_server_options
def run(
    server: ServerOptions,
    canary: CanaryOptions,
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
    log: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Add the answer to this file, a line of JSON, and show its last overrides.",
        ),
    ] = None,
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

    By error_budget_policy of slokit.yaml, or by comparing two groups.
    Exit code: 0 open, 5 closed, 6 not known.
    """
    from slokit import api

    moment = moment_of(at, time.time())
    bundle = api.bundle_file(project)
    loaded = api.load(specs or [], bundle, env=api.chosen_environment(env, bundle))
    if loaded.errors:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    loaded = loaded.owned_by(owner)
    there = server.settings(loaded)
    if canary.match or canary.against:
        if min_remaining or max_burn is not None:
            raise UsageError("--match compares two groups: ask budgets in a gate of their own")
        comparison = api.Comparison(
            canary.match or (),
            canary.against or (),
            canary.over,
            canary.max_worse,
            canary.confidence,
        )
        gate = api.compare_groups(
            loaded, there, comparison, at=moment, slos=service, override=override
        )
    else:
        report = api.report(loaded, there, at=moment, slos=service, series=0)
        gate = api.gate(
            loaded, report, min_remaining=min_remaining, max_burn=max_burn, override=override
        )
    if log is not None:
        gate = api.log_gate(log, gate)
    text = api.render_gate(gate, form)
    print(text, end="")
    if out is not None:
        api.save(out, text)
    if not gate.override:
        raise typer.Exit(_CODES[gate.state])
