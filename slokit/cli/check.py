"""slokit check: specs against a live server."""

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.arguments import ProjectFile, Specs, Strict
from slokit.cli.exit_codes import Exit
from slokit.cli.server_options import ServerOptions, settings_of, with_server_options
from slokit.text.words import counted

if TYPE_CHECKING:
    from slokit.api import Loaded


@with_server_options
def run(
    server: ServerOptions,
    specs: Specs = None,
    form: Annotated[
        str, typer.Option("--format", help="text, line, json, sarif, github or gitlab.")
    ] = "text",
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Check specs against a live Prometheus: metrics, labels, buckets, groups, retention."""
    from slokit import api
    from slokit.cli import findings
    from slokit.livecheck import check
    from slokit.prometheus.client import PrometheusClient

    api.finding_format(form)
    loaded = api.load(specs or [], project)
    slos = [slo for slo in loaded.bundle.slos if slo.service in loaded.selected]
    with PrometheusClient(settings_of(server, loaded)) as client:
        found = check(slos, loaded.bundle.project, client, time.time())
    loaded = replace(loaded, findings=(*loaded.findings, *api.told(loaded, found)))
    findings.show(loaded, form, sys.stdout)
    summary = _summary(loaded, len(slos), client.url, client.requests)
    print(summary, file=sys.stdout if form == "text" else sys.stderr)
    if findings.has_failed(loaded, strict=strict):
        raise typer.Exit(Exit.ERRORS)


def _summary(loaded: "Loaded", slos: int, url: str, requests: int) -> str:
    what = f"{counted(slos, 'SLO')} of {counted(len(loaded.selected), 'service')}"
    found = "" if loaded.findings else ": nothing to complain about"
    return f"checked {what} against {url} in {counted(requests, 'request')}{found}"
