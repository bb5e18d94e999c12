"""The month of three clusters in a real Prometheus, and the report about it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slokit.demo.month.backfill import Backfill
from slokit.demo.month.comparison import Line, compare
from slokit.demo.month.incidents import calendar_of, costs, incidents
from slokit.demo.month.project import write_project
from slokit.demo.month.simulate import simulate
from slokit.demo.month.timeline import DAY, Timeline
from slokit.demo.processes import Children
from slokit.demo.prometheus import Prometheus
from slokit.reporting import ReportRequest, build_report
from slokit.reporting.formats import FORMATS, figures
from slokit.reporting.model import Report
from slokit.reporting.plan.request import RECORDED
from slokit.text.format import format_named

Say = Callable[[str], None]
_LONGEST = 47
_FILES = {"md": "report.md", "json": "report.json"}


@dataclass(frozen=True)
class Month:
    """A month that is ready: its server, the report, and what each incident cost.

    ``project`` holds specs, rules and reports; ``files`` are those that people open, below it.
    """

    timeline: Timeline
    prometheus: Prometheus
    report: Report
    lines: Sequence[Line]
    project: Path
    files: Sequence[str]


def prepare(timeline: Timeline, directory: Path, children: Children, say: Say) -> Month:
    """Simulate the month, fill a Prometheus and write the report, all below ``directory``.

    Raises:
        BrokenEnvironmentError: a program failed.
        StoppedError: the demo is at its end.
    """
    begun, project = time.monotonic(), directory / "project"
    loaded, artifacts = write_project(project, timeline.days)
    say(f"simulating {timeline.days} days of etcd, PostgreSQL and an API in two regions")
    calendar = calendar_of(timeline)
    simulated = simulate(timeline, calendar)
    filled = Backfill(directory, children, say)
    filled.fill(simulated, timeline, artifacts)
    with filled.prometheus.client() as client:
        request = ReportRequest(
            loaded.bundle, loaded.bundle.slos, timeline.at, timeline.days * DAY, RECORDED
        )
        report = build_report(request, client)
    lines = compare(report, costs(simulated, calendar), timeline)
    say(
        f"{len(simulated.series)} series, {filled.samples / 1e6:.1f} million samples, the report in"
        f" {report.requests} requests: ready after {time.monotonic() - begun:.0f} s"
    )
    files = [*_write(report, project), *(a.path for a in artifacts if a.path.endswith(".json"))]
    return Month(timeline, filled.prometheus, report, lines, project, files)


def show(month: Month, width: int, say: Say) -> None:
    """Show the report and what each incident cost."""
    table = format_named("table", FORMATS)
    say(table.render(month.report, width))
    say("What happened, what it cost by the simulation's own count, and what the report says:")
    for incident in incidents(calendar_of(month.timeline)):
        start, _ = month.timeline.seconds(incident.stretch)
        lines = [line for line in month.lines if line.cost.incident.name == incident.name]
        title = f"{incident.name}, {figures.moment(start)}: {incident.text}"
        say(f"\n{_shown(Text(title), width)}\n{_shown(_comparison(lines), width)}")


def _comparison(lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column("SLO", overflow="fold", width=_LONGEST)
    for name, least in (("SIMULATED", 9), ("REPORTED", 8), ("BUDGET", 10)):
        table.add_column(name, justify="right", no_wrap=True, min_width=least)
    for line in lines:
        table.add_row(*line.texts)
    return table


def _shown(part: Table | Text, width: int) -> str:
    console = Console(file=StringIO(), width=width, color_system=None, highlight=False)
    console.print(part)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _write(report: Report, project: Path) -> list[str]:
    found = []
    for form in FORMATS:
        if form.name in _FILES:
            found.append(_FILES[form.name])
            (project / found[-1]).write_text(form.render(report, 160))
    return found
