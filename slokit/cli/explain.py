"""slokit explain: the formulas with one SLO's values in them, and alerts as they came."""

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import (
    URL_VARIABLE,
    Environment,
    Owner,
    ProjectFile,
    ServerOptions,
    States,
    completed,
    format_option,
    names_in_project,
    with_server_options,
)
from slokit.cli.output import Exit, say, screen_width, show_findings
from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.text.words import counted, first_few, joined

if TYPE_CHECKING:
    from slokit.api import Loaded

_PIPED_WIDTH = 100


@with_server_options
def run(
    server: ServerOptions,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="SLOs such as etcd/db-space, services, files, or the code of a finding. SLOs and"
            " services are also looked for in the files that are named beside them.",
            autocompletion=completed(names_in_project),
        ),
    ] = None,
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
    owner: Owner = None,
    only: States = None,
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
        _explain_alerts(server, names or [], alert, alertmanager, form, env, project)
        return
    if not (names or owner or only):
        raise UsageError("nothing to explain: name an SLO, a service or a code, or give --alert")
    named = list(dict.fromkeys(names or ()))
    pages = [page for name in named if (page := api.explain_code(name))]
    if pages and len(pages) == len(named):
        print("\n".join(pages), end="")
        return
    bundle = api.bundle_file(project)
    files = [name for name in named if api.is_path(name)]
    loaded = api.load(files, bundle, env=api.chosen_environment(env, bundle))
    known = {slo.id for slo in loaded.bundle.slos} | {s.name for s in loaded.bundle.services}
    ids = {slo.id for slo in loaded.slos} | loaded.selected
    wanted = [name for name in named if name not in files or name in ids] or sorted(loaded.selected)
    if loaded.errors and not (wanted and known.issuperset(wanted)):
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    if owner or only:
        loaded = loaded.naming(wanted).owned_by(owner)
        if only:
            loaded = api.in_states(loaded, server.settings(loaded), only, at=time.time())
        left = {slo.service for slo in loaded.slos} | {slo.id for slo in loaded.slos}
        wanted = [name for name in wanted if name in left]
        if not left:
            state = f" is {joined(only, 'or')}" if only else ""
            print(f"no SLO of these{state or ' can be read'}", file=sys.stderr)
    explained = [
        api.render_explanation(api.explain(loaded, one), form, screen_width(_PIPED_WIDTH))
        for one in wanted
    ]
    print("\n".join(explained), end="")
    _mention_errors(loaded)


def _explain_alerts(
    server: ServerOptions,
    names: list[str],
    alert: str | None,
    alertmanager: str | None,
    form: str,
    env: str | None,
    project: str | None,
) -> None:
    """An alert as it came, or those that an Alertmanager holds, of all or one SLO or service."""
    from slokit import api

    if len(names) > 1:
        raise UsageError(
            f"{first_few(names, 3)}: alerts are those of one SLO or service, or of all"
        )
    bundle = api.bundle_file(project)
    loaded = api.load([], bundle, env=api.chosen_environment(env, bundle))
    asks = server.prometheus or os.environ.get(URL_VARIABLE)
    faults: list[BrokenEnvironmentError] = []
    explanations = api.explain_alerts(
        loaded,
        alert or "",
        alertmanager=alertmanager or "",
        prometheus=server.settings(loaded) if asks else None,
        slo=names[0] if names else "",
        at=time.time(),
        timeout=server.seconds,
        unanswered=faults.append,
    )
    if not explanations and not faults:
        print("no alert of this bundle fires there", file=sys.stderr)
    print(api.render_alerts(explanations, form, screen_width(_PIPED_WIDTH)), end="")
    _mention_errors(loaded)
    for fault in faults[:-1]:
        say(f"slokit: {fault}", sys.stderr)
    if faults:
        raise faults[-1]


def _mention_errors(loaded: "Loaded") -> None:
    if loaded.errors:
        errors = counted(len(loaded.errors), "error")
        print(f"{errors} in the specs: run `slokit validate`", file=sys.stderr)
