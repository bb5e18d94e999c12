"""The report as a table for a terminal."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from slokit.findings.terminal_text import visible
from slokit.report.budget import BURNING, EXHAUSTED, NO_DATA
from slokit.report.formats import figures
from slokit.report.formats.base import Format
from slokit.report.formats.markdown import by_urgency
from slokit.report.model import Report, Row

_WIDE = 120


def render(report: Report, width: int) -> str:
    """The table, as wide as the screen; narrow screens get fewer columns."""
    console = Console(file=StringIO(), width=width, color_system=None, highlight=False)
    start, end = figures.moment(report.period.start), figures.moment(report.period.end)
    console.print(Text(f"Error budgets of {report.bundle}, {start} to {end}"))
    for warning in report.warnings:
        console.print(Text(f"note: {visible(warning)}"))
    if not report.rows:
        console.print(Text("no SLOs"))
    else:
        console.print(_table(report, is_wide=width >= _WIDE))
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _table(report: Report, *, is_wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column("STATE", no_wrap=True)
    table.add_column("SLO", overflow="fold")
    table.add_column("GROUP", overflow="fold")
    columns = ["OBJECTIVE", "SLI", "LEFT", "BURN 1H"]
    columns += ["BAD", "TOTAL", "COVERED"] if is_wide else []
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for row in by_urgency(report.rows):
        table.add_row(*(Text(cell) for cell in _cells(row, is_wide=is_wide)))
    return table


def _cells(row: Row, *, is_wide: bool) -> list[str]:
    window = row.window_measure
    loud = row.state in (EXHAUSTED, BURNING, NO_DATA)
    cells = [
        row.state.upper() if loud else row.state,
        row.id,
        visible(figures.group(row)),
        row.objective,
        figures.sli(row, window.sli),
        figures.left(row),
        figures.burn(row.burn.get("1h")),
    ]
    if is_wide:
        cells += [
            figures.bad_amount(row, window.bad),
            figures.bad_amount(row, window.total),
            figures.percent(row.coverage, 0),
        ]
    return cells


FORMAT = Format("table", "a table for the terminal", render)
