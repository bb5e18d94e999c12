"""The report as a table for a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slokit.reporting import summary
from slokit.reporting.budget import URGENT
from slokit.reporting.formats import figures
from slokit.reporting.model import Chain, Report, Row
from slokit.text.escaping import visible
from slokit.text.format import Format

# Columns from which a screen shows all, the objective beside the SLI, and two facts on a line.
_WIDE, _NARROW, _FOLDED = 140, 100, 80
_MOST = 5
_PERIOD = "IN PERIOD"


def render(report: Report, width: int) -> str:
    """The table, as wide as the screen: what finds no column of its own stands below its SLO."""
    console = Console(file=StringIO(), width=width, color_system=None, highlight=False)
    windows = figures.windows(report)
    console.print(
        Text(f"Error budgets of {report.bundle}, {visible(figures.heading(report))}{windows}")
    )
    console.print(Text(visible(summary.what_happened(report))))
    console.print(Text(visible(summary.what_to_decide(report))))
    for warning in report.warnings:
        console.print(Text(f"note: {visible(warning)}"))
    if not report.rows:
        console.print(Text("no SLOs"))
    else:
        console.print(_table(report, width))
        _print_forecasts(report, console)
        _print_incidents(report, console)
    if standing := figures.policy(report):
        console.print(Text("\nError budget policy:"))
    for line in standing:
        console.print(Text(visible(line)))
    if planned := figures.maintenance(report):
        console.print(Text("\nMaintenance:"))
    for line in planned:
        console.print(Text(visible(line)))
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _table(report: Report, width: int) -> Table:
    names = ["LEFT", "BURN 1H", "SLI"]
    names += ["OBJECTIVE"] if width >= _NARROW else []
    has_period = figures.is_partial(report) and not report.compare
    names += [_PERIOD] if has_period and width >= _WIDE else []
    names += ["BAD", "TOTAL", "COVERED"] if width >= _WIDE else []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column("STATE", no_wrap=True)
    table.add_column("SLO", overflow="fold")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    has_owners = any(row.owner for row in report.rows)
    for part in summary.by_owner(report):
        if has_owners:
            table.add_row(Text(""), Text(f"{visible(part.owner)}:"))
        for row in part.rows:
            cells = _cells(row)
            about = [f"  {visible(row.description)}"] if row.description else []
            period = figures.period_stand(row, row.period_measure)
            own = [f"  in the period {period}"] if has_period and width < _WIDE else []
            below = [*about, *_folded(row, cells, names, width), *own, *_compared(row, width)]
            slo = Text("\n".join([cells["SLO"], *below]))
            table.add_row(Text(cells["STATE"]), slo, *(Text(cells[name]) for name in names))
    return table


def _folded(row: Row, cells: dict[str, str], names: list[str], width: int) -> list[str]:
    """The lines below an SLO on a screen without room for these columns; none on a wide one."""
    if "BAD" in names:
        return []
    covered = f"covered {cells['COVERED']}"
    # elections happen in a time, and are no part of it
    is_rate = row.total_unit.is_time and not row.bad_unit.is_time
    amount = f"{cells['BAD']} {'in' if is_rate else 'bad of'} {cells['TOTAL']}"
    amounts = [] if cells["BAD"] == figures.UNKNOWN else [amount]
    if "OBJECTIVE" in names:
        return [f"  {', '.join([*amounts, covered])}"]
    objective = f"objective {cells['OBJECTIVE']}"
    first = [objective, covered] if width < _FOLDED else [f"{objective}, {covered}"]
    return [f"  {line}" for line in (*first, *amounts)]


def _compared(row: Row, width: int) -> list[str]:
    """How the period stands beside an earlier one, on lines below the SLO; none without one."""
    before = row.compare_measure
    if before is None:
        return []
    now = f"period {figures.period_stand(row, row.period_measure)}"
    then = f"before {figures.period_stand(row, before)}: {figures.change(row)}"
    lines = [f"{now},", then] if width < _WIDE else [f"{now}, {then}"]
    return [f"  {line}" for line in lines]


def _cells(row: Row) -> dict[str, str]:
    """All cells by column; a group that does not fit beside its SLO stands below it."""
    window = row.window_measure
    return {
        "STATE": row.state.upper() if row.state in URGENT else row.state,
        "SLO": f"{row.id} {visible(figures.group(row))}".rstrip(),
        "LEFT": figures.left(row),
        "BURN 1H": figures.burn(row.burn.get("1h")),
        "SLI": figures.sli(row, window.sli),
        "OBJECTIVE": row.objective,
        _PERIOD: figures.sli(row, row.period_measure.sli),
        "BAD": figures.bad_amount(row, window.bad),
        "TOTAL": figures.total_amount(row, window.total),
        "COVERED": figures.percent(row.coverage, 0),
    }


def _print_forecasts(report: Report, console: Console) -> None:
    found, more = figures.exhaustions(report, _MOST)
    if found:
        console.print(Text("\nWhen budgets run out:"))
    for row, when in found:
        console.print(Text(f"{row.id} {visible(figures.group(row))}".rstrip() + f": {when}"))
    if more:
        console.print(Text(f"And {more} later."))


def _print_incidents(report: Report, console: Console) -> None:
    costliest, more = figures.costliest(report, _MOST)
    if costliest:
        console.print(Text("\nWhat cost most:"))
    for chain in costliest:
        for line in _chain(chain):
            console.print(Text(visible(line)))
    if more:
        console.print(Text(f"And {more} that cost less."))


def _chain(chain: Chain) -> list[str]:
    """An incident on a line, or a line for each of its links below its own."""
    lasted = figures.lasted(chain.over, is_ongoing=chain.is_ongoing)
    head = f"{figures.moment(chain.over.start)}, {lasted}"
    alerts = figures.alerted(chain.alerts_after)
    fired = "" if alerts == figures.UNKNOWN else f", {alerts}"
    row, incident = chain.worst.row, chain.worst.incident
    if len(chain.links) > 1:
        cluster = ", ".join(f"{name}={value}" for name, value in chain.cluster.items())
        links = [f"  {figures.link_line(link)}" for link in chain.links]
        return [f"{head}: {chain.service} {cluster}".rstrip() + fired, *links]
    share = figures.share(row, incident)
    of_budget = "" if share == figures.UNKNOWN else f", {share} of its budget"
    return [
        f"{head}: {row.id} {figures.hit(chain.worst)}".rstrip()
        + f", {figures.in_words(row, incident.bad)}{of_budget}{fired}"
    ]


FORMAT = Format("table", render)
