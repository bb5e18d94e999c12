"""slokit report: error budgets from live metrics."""

import gc
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import (
    Environment,
    OutFile,
    Owner,
    ProjectFile,
    ServerOptions,
    Specs,
    format_option,
    one_of,
    state_option,
    with_server_options,
)
from slokit.cli.output import Exit, Progress, say, screen_width, show_findings
from slokit.cli.periods import PeriodOptions
from slokit.diagnostics.errors import UsageError

if TYPE_CHECKING:
    from slokit.api import Loaded

_PIPED_WIDTH = 160
_SERIES = 100  # groups, those that spent most
_CHARTS = "slokit.reporting.trends"
_EARLIEST = 366 * 86_400.0  # a year after 1970, long before any metrics
_MOST_BREACHED = 20  # lines
_SKEW = 60.0  # by how much the clocks of two machines may differ

Concurrency = Annotated[
    int,
    typer.Option(
        min=1,
        max=32,
        metavar="NUMBER",
        help="How many queries about raw history are sent at once; about the ledger two at most.",
    ),
]
Source = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        help="Where numbers come from: recorded (the ledger), raw (history), or auto (raw only"
        " where the ledger does not reach).",
        **one_of("source"),
    ),
]
Only = Annotated[
    list[str] | None, state_option("--only", "Only rows in this state, {report state}")
]
FailOn = Annotated[
    list[str] | None,
    state_option("--fail-on", "End with 5 if a row is in this state, such as exhausted"),
]
Plan = Annotated[
    bool,
    typer.Option("--plan", help="Print the queries instead of sending them; needs no server."),
]
Archive = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Keep the period's hours of the ledger in this directory, as Parquet, and take"
        " from it what the server has forgotten. Default: slokit.yaml's.",
    ),
]
Send = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND:FILE",
        help="Send the report, once written: slack, webhook or email, and the file that holds"
        " the address; repeatable.",
    ),
]
Link = Annotated[str, typer.Option(metavar="URL", help="Where the report can be read: sent along.")]


@with_server_options
def run(
    server: ServerOptions,
    chosen: PeriodOptions,
    specs: Specs = None,
    form: Annotated[str, format_option("report format", "the report is shown")] = "table",
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Moment of the report: RFC 3339, UTC without an offset, or Unix seconds."
            " Default: now.",
        ),
    ] = None,
    source: Source = "auto",
    concurrency: Concurrency = 4,
    owner: Owner = None,
    only: Only = None,
    fail_on: FailOn = None,
    plan: Plan = False,
    archive: Archive = None,
    send: Send = None,
    link: Link = "",
    out: OutFile = None,
    env: Environment = None,
    project: ProjectFile = None,
) -> None:
    """Report error budgets: what is spent, left and burning."""
    from slokit import api

    moment = moment_of(at, time.time())
    loaded = _load(specs, project, env).owned_by(owner)
    api.check_destinations(send or ())
    charts = _has_charts(form, send)
    if plan:
        queries = api.plan_report(
            loaded,
            at=moment,
            period=chosen.period_until(moment),
            compare=chosen.compare,
            timezone=chosen.timezone,
            source=source,
            series=_SERIES,
            charts=charts,
            archive=archive,
        )
        _write(str(queries), out, f"{sum(1 for _ in queries.queries())} queries")
        return
    with Progress() as progress:
        report = api.report(
            loaded,
            server.settings(loaded),
            at=moment,
            period=chosen.period_until(moment),
            compare=chosen.compare,
            timezone=chosen.timezone,
            source=source,
            concurrency=concurrency,
            series=_SERIES,
            charts=charts,
            archive=archive,
            progress=progress,
        )
    report = report if at else report.of_now()
    shown = report.only(only) if only else report
    text = api.render_report(shown, form, screen_width(_PIPED_WIDTH))
    for warning in shown.warnings if form in api.names_of("bare format") else ():
        say(f"note: {warning}", sys.stderr)
    _write(text, out, f"{len(shown.rows)} rows in {shown.requests} requests")
    # after the report is written: neither an archive nor a chat keeps it from anybody
    try:
        api.send_report(shown, send or (), link)
    finally:
        if archive is not None or loaded.bundle.project.archive:
            over, there = report.period, server.settings(loaded)
            start, end = over.start, over.end
            api.keep_slots(loaded, there, start=start, end=end, archive=archive, source=source)
    if breached := [row for row in report.rows if row.state in (fail_on or ())]:
        for row in breached[:_MOST_BREACHED]:
            say(f"{row.state}: {row.name}", sys.stderr)
        raise typer.Exit(Exit.BREACHED)


def _has_charts(form: str, destinations: list[str] | None) -> bool:
    """Whether a format draws, or the page is attached to a mail; if so, begins to load pandas."""
    from slokit import api

    has_mail = any(each.startswith("email:") for each in destinations or ())
    charts = form in api.names_of("drawn format") or has_mail
    if charts:
        # it takes half a second to load, and servers take longer to answer
        Thread(target=import_module, args=(_CHARTS,)).start()
    return charts


def _load(specs: list[str] | None, project: str | None, env: str | None) -> "Loaded":
    """The specs; their errors are shown, and end the command."""
    from slokit import api

    gc.disable()  # specs live to the end: collecting while they are read is in vain
    bundle = api.bundle_file(project)
    loaded = api.load(specs or [], bundle, env=api.chosen_environment(env, bundle))
    gc.freeze()
    gc.enable()
    if loaded.errors:
        show_findings(loaded)
        raise typer.Exit(Exit.ERRORS)
    return loaded


def _write(text: str, out: str | None, summary: str) -> None:
    """To standard output, or to a file, and the summary to standard error."""
    from slokit import api

    if out is None:
        print(text, end="")
    else:
        api.save(out, text)
        print(f"{summary}: {out}", file=sys.stderr)


def moment_of(text: str | None, now: float) -> float:
    """Unix seconds of a time as given; now, to the second, without one.

    Raises:
        UsageError: the text is no time, or one that no server knows anything about.
    """
    if text is None:
        return float(int(now))
    moment = unix_seconds(text)
    if moment > now + _SKEW:
        raise UsageError(f"--at: {text} lies in the future")
    if moment < _EARLIEST:
        raise UsageError(f"--at: {text} lies before any metrics; write 2026-05-04T12:00:00Z")
    return moment


def unix_seconds(text: str) -> float:
    """A time as given, UTC without an offset.

    Raises:
        UsageError: the text is no time.
    """
    try:
        if text.isascii() and text.removeprefix("-").replace(".", "", 1).isdigit():
            return float(text)
        moment = datetime.fromisoformat(text)
    except ValueError as cause:
        raise UsageError(f"--at: {text!r} is no time; write 2026-05-04T12:00:00Z") from cause
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
