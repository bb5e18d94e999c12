"""slokit report: error budgets from live metrics."""

import gc
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from slokit.cli.options import (
    ProjectFile,
    ServerOptions,
    Specs,
    with_server_options,
)
from slokit.cli.output import Exit, Progress, screen_width, show_findings
from slokit.diagnostics.errors import UsageError

_PIPED_WIDTH = 160
_EARLIEST = 366 * 86_400.0
_SKEW = 60.0


@with_server_options
def run(
    server: ServerOptions,
    specs: Specs = None,
    form: Annotated[str, typer.Option("--format", help="table, md or json.")] = "table",
    period: Annotated[str, typer.Option(help="What the report is about, such as 7d.")] = "7d",
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="RFC 3339 (UTC without an offset) or Unix seconds. Default: now."
        ),
    ] = None,
    origin: Annotated[
        str, typer.Option("--source", help="auto, recorded (the ledger) or raw (raw history).")
    ] = "auto",
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write there instead of the screen.")
    ] = None,
    project: ProjectFile = None,
) -> None:
    """Report error budgets: what was spent, what is left, what burns."""
    from slokit import api
    from slokit.project import workspace
    from slokit.prometheus.client import PrometheusClient
    from slokit.reporting.build import SOURCES, ReportRequest, build_report
    from slokit.reporting.formats import FORMATS
    from slokit.text.format import format_named

    chosen = format_named(form, FORMATS)
    if origin not in SOURCES:
        raise UsageError(f"there is no source {origin!r}; there are {', '.join(SOURCES)}")
    moment, seconds = moment_of(at, time.time()), _period(period)
    gc.disable()  # specs live to the end: collecting while they are read is in vain
    loaded = api.load(specs or [], project)
    gc.freeze()
    gc.enable()
    if loaded.errors:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    slos = tuple(slo for slo in loaded.bundle.slos if slo.service in loaded.selected)
    progress = Progress()
    request = ReportRequest(loaded.bundle, slos, moment, seconds, origin, progress)
    with PrometheusClient(server.settings(loaded)) as client, progress:
        report = build_report(request, client)
    text = chosen.render(report, screen_width(_PIPED_WIDTH))
    if out is None:
        print(text, end="")
    else:
        workspace.write_text(Path(out), text)
        print(f"{len(report.rows)} rows in {report.requests} requests: {out}", file=sys.stderr)


def moment_of(text: str | None, now: float) -> float:
    """Unix seconds of a time as given; now, to the second, without one.

    Raises:
        UsageError: the text is no time, or one that no server knows anything about.
    """
    if text is None:
        return float(int(now))
    moment = _moment(text)
    if moment > now + _SKEW:
        raise UsageError(f"--at: {text} lies in the future")
    if moment < _EARLIEST:
        raise UsageError(f"--at: {text} lies before any metrics; write 2026-05-04T12:00:00Z")
    return moment


def _moment(text: str) -> float:
    try:
        if text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit():
            return float(text)
        moment = datetime.fromisoformat(text)
    except ValueError as cause:
        raise UsageError(f"--at: {text!r} is no time; write 2026-05-04T12:00:00Z") from cause
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _period(text: str) -> float:
    from slokit.text import InvalidTextError
    from slokit.text.durations import parse_duration

    try:
        seconds = float(parse_duration(text))
    except InvalidTextError as cause:
        raise UsageError(f"--period: {cause}; write it like 7d") from cause
    if not 3600 <= seconds <= 366 * 86_400:
        raise UsageError("--period: between 1h and 1y")
    return seconds
