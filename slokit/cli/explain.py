"""slokit explain: the formulas with one SLO's values in them, and alerts as they came."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import (
    URL_VARIABLE,
    Environment,
    ProjectFile,
    ServerOptions,
    Specs,
    completed,
    format_option,
    names_in_project,
    with_server_options,
)
from slokit.cli.output import Exit, screen_width, show_findings
from slokit.diagnostics.errors import UsageError
from slokit.text.words import counted

if TYPE_CHECKING:
    from slokit.api import Loaded

_PIPED_WIDTH = 100


@with_server_options
def run(
    server: ServerOptions,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="An SLO such as etcd/db-space, a service, a file of specs, or the code of a"
            " finding.",
            autocompletion=completed(names_in_project),
        ),
    ] = None,
    specs: Specs = None,
    alert: Annotated[
        str | None,
        typer.Option(
            metavar="ALERT",
            help="Explain an alert: its labels as they are pasted, a file with JSON of"
            " Alertmanager, of its webhook or of Prometheus, or - for standard input.",
        ),
    ] = None,
    alertmanager: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Explain the alerts that this Alertmanager holds, or with --alert what it makes of"
            " that one.",
        ),
    ] = None,
    form: Annotated[str, format_option("explanation format", "it is shown")] = "text",
    env: Environment = None,
    project: ProjectFile = None,
) -> None:
    """Explain an SLO, a service, the code of a finding, or alerts.

    Of an SLO: what counts, its budget, alerts and series. Of a service or file: its SLOs. Of an
    alert: what fired it, who is notified and why, what silences it, and with --prometheus what the
    ledger said.
    """
    from slokit import api

    if alert is not None or alertmanager is not None:
        bundle = api.bundle_file(project)
        loaded = api.load([], bundle, env=api.chosen_environment(env, bundle))
        explanations = api.explain_alerts(
            loaded,
            alert or "",
            alertmanager=alertmanager or "",
            prometheus=server.settings(loaded)
            if server.prometheus or os.environ.get(URL_VARIABLE)
            else None,
            slo=name or "",
            at=time.time(),
        )
        if not explanations:
            print("no alert of this bundle fires there", file=sys.stderr)
        print(api.render_alerts(explanations, form, screen_width(_PIPED_WIDTH)), end="")
        _mention_errors(loaded)
        return
    if name is None:
        raise UsageError("nothing to explain: name an SLO, a service or a code, or give --alert")
    if page := api.explain_code(name):
        print(page, end="")
        return
    bundle = api.bundle_file(project)
    loaded = api.load(specs or [], bundle, env=api.chosen_environment(env, bundle))
    known = {slo.id for slo in loaded.bundle.slos} | {s.name for s in loaded.bundle.services}
    names = [name]
    if name not in known and Path(name).exists():
        # a file stands for its services, as it does to check and report
        loaded = api.load([name], bundle, env=api.chosen_environment(env, bundle))
        names = sorted(loaded.selected)
    if loaded.errors and not known.issuperset(names):
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    explained = [
        api.render_explanation(api.explain(loaded, one), form, screen_width(_PIPED_WIDTH))
        for one in names
    ]
    print("\n".join(explained), end="")
    _mention_errors(loaded)


def _mention_errors(loaded: "Loaded") -> None:
    if loaded.errors:
        errors = counted(len(loaded.errors), "error")
        print(f"{errors} in the specs: run `slokit validate`", file=sys.stderr)
