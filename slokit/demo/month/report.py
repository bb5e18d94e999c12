"""The month of three clusters: its slokit project, its data in a real Prometheus, and the report.

What each incident cost is shown by the simulation and by the report, side by side.
"""

import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from slokit.api import Artifact, BrokenEnvironmentError, Loaded, catalog_entry, compile, load
from slokit.demo.month import api, etcd, postgresql
from slokit.demo.month.backfill import Backfill
from slokit.demo.month.incidents import Calendar, Cost, calendar_of, costs, incidents
from slokit.demo.month.simulated import DAY, MINUTE, Simulated, Timeline
from slokit.demo.processes import Children
from slokit.demo.servers import Prometheus
from slokit.model.bundle import FILE_NAME
from slokit.project import output
from slokit.reporting import ReportRequest, build_report
from slokit.reporting.formats import FORMATS, figures
from slokit.reporting.model import Report, Row
from slokit.reporting.plan.request import RECORDED
from slokit.text.format import format_named

# The month is scraped once a minute; the ledger is written as often.
_SETTINGS = """\
# Written by `slokit demo`.
bundle: demo
specs: [slo-specs]
interval: 60s
scrape_interval: 60s
"""
_CATALOG = ("etcd", "postgresql")
_OWN = ("shop-api",)


def write_project(directory: Path, days: int = 30) -> tuple[Loaded, list[Artifact]]:
    """Write slokit.yaml, the specs and the default output into a new directory, and load them.

    The specs' windows are as long as the month: ``days``.
    """
    specs = directory / "slo-specs"
    specs.mkdir(parents=True)
    settings = directory / FILE_NAME
    settings.write_text(_SETTINGS)
    for name in _CATALOG:
        (specs / f"{name}.yaml").write_text(_spec(catalog_entry(name).text, days))
    for name in _OWN:
        text = resources.files("slokit.demo").joinpath("specs", f"{name}.yaml").read_text()
        (specs / f"{name}.yaml").write_text(_spec(text, days))
    loaded = load(project=str(settings))
    artifacts = compile(loaded.bundle)
    # not api.write: in a month of days some alerts are longer than the windows, which is an error
    output.create_files({artifact.path: artifact.text for artifact in artifacts}, directory)
    return loaded, artifacts


def refuse_foreign(out: Path) -> None:
    """Make sure that a directory is new or an earlier demo's.

    Raises:
        BrokenEnvironmentError: it holds another project.
    """
    settings = out / FILE_NAME
    if settings.exists() and settings.read_text() != _SETTINGS:
        raise BrokenEnvironmentError(
            f"{settings} is not the demo's: name another directory with --out"
        )


def deliver(directory: Path, out: Path) -> None:
    """Put a finished project where the user wants it."""
    refuse_foreign(out)
    shutil.copytree(directory, out, dirs_exist_ok=True)


def _spec(text: str, days: int) -> str:
    return text.replace("window: 30d", f"window: {days}d")


# An event shows for five minutes in a rate of five minutes, and then in the slot it falls into.
_SMEARED = 10 * MINUTE


@dataclass(frozen=True)
class Line:
    """One incident and one group of an SLO: bad events or seconds, and the share of the budget."""

    cost: Cost
    row: Row
    reported: float
    share: float | None

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """SLO and group, cost by the simulation, cost by the report, share of the budget."""
        return (
            f"{self.row.id} {figures.group(self.row)}",
            self._amount(self.cost.bad),
            self._amount(self.reported),
            "unmeasured" if self.cost.incident.blind else figures.percent(self.share),
        )

    def _amount(self, bad: float) -> str:
        if self.cost.incident.blind:
            return figures.duration(bad)
        return figures.bad_amount(self.row, bad)


def compare(report: Report, costs: Iterable[Cost], timeline: Timeline) -> list[Line]:
    """Each cost beside what the report says of the same stretch of time."""
    rows = {(row.service, row.slo, tuple(sorted(row.group.items()))): row for row in report.rows}
    return [_line(cost, rows[cost.key], timeline) for cost in costs]


def _line(cost: Cost, row: Row, timeline: Timeline) -> Line:
    measure = row.window_measure
    if cost.incident.blind:
        return Line(cost, row, measure.time_range.seconds - measure.covered_seconds, None)
    start, end = timeline.seconds(cost.incident.stretch)
    found = [i for i in row.incidents if i.start < end + _SMEARED and i.end > start]
    shares = [i.budget_share for i in found if i.budget_share is not None]
    return Line(cost, row, sum(i.bad for i in found), sum(shares) if shares else None)


_SYSTEMS = (api, etcd, postgresql)
_SEED = 20_260_101


def simulate(timeline: Timeline, calendar: Calendar) -> Simulated:
    """The same month for the same ``at``: a change to one system leaves the others as they are."""
    found = Simulated()
    for system in _SYSTEMS:
        rng = np.random.default_rng([_SEED, zlib.crc32(system.SERVICE.encode())])
        found.add(system.simulate(timeline, calendar, rng))
    return found


Say = Callable[[str], None]
_LONGEST = 47
_FILES = {"html": "report.html", "md": "report.md", "json": "report.json"}
_DRAWN = 100  # groups: more than there are


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
            loaded.bundle, loaded.bundle.slos, timeline.at, timeline.days * DAY, RECORDED, _DRAWN
        )
        report = build_report(request, client)
    lines = compare(report, costs(simulated, calendar, timeline), timeline)
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
    for name, file in _FILES.items():
        form = format_named(name, FORMATS)
        (project / file).write_text(form.inert(form.render(report, 160)), encoding="utf-8")
        found.append(file)
    return found
