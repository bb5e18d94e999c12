"""slokit check: specs against a live server."""

import os
import sys
import time

import typer

from slokit.cli.options import (
    Environment,
    FindingFormat,
    Owner,
    ProjectFile,
    ServerOptions,
    Specs,
    States,
    Strict,
    with_server_options,
)
from slokit.cli.output import Exit, has_colour, has_failed
from slokit.text.words import counted


@with_server_options
def run(
    server: ServerOptions,
    specs: Specs = None,
    form: FindingFormat = "text",
    owner: Owner = None,
    only: States = None,
    env: Environment = None,
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Check specs against a live Prometheus.

    Evaluates each SLI over the last hour and day, and looks for metrics, labels, buckets, groups
    and retention that the specs expect and the server does not have.
    """
    from slokit import api

    bundle = api.bundle_file(project)
    loaded = api.load(specs or [], bundle, env=api.chosen_environment(env, bundle)).owned_by(owner)
    settings, now = server.settings(loaded), time.time()
    loaded = api.in_states(loaded, settings, only, at=now) if only else loaded
    checked = api.check_live(loaded, settings, at=now)
    if text := api.render_check(checked, form, colour=has_colour(sys.stdout, os.environ)):
        print(text.rstrip("\n"))
    services = counted(len({slo.service for slo in loaded.slos}), "service")
    print(
        f"checked {counted(checked.slos, 'SLO')} of {services} against {checked.url}"
        f" in {counted(checked.requests, 'request')}"
        f"{'' if checked.loaded.findings else ': no findings'}",
        file=sys.stdout if form == "text" else sys.stderr,
    )
    if has_failed(checked.loaded, strict=strict):
        raise typer.Exit(Exit.ERRORS)
