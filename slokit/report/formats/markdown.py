"""The report as Markdown, for a chat, a wiki or a pull request."""

from slokit.findings.markdown_text import escape
from slokit.report.budget import STATES
from slokit.report.formats import figures
from slokit.report.formats.base import Format
from slokit.report.model import Report, Row


def render(report: Report, width: int) -> str:
    """The whole report."""
    parts = [_head(report), _warnings(report), _table(report), _incidents(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    start, end = figures.moment(report.period.start), figures.moment(report.period.end)
    counted = {state: sum(row.state == state for row in report.rows) for state in STATES}
    states = ", ".join(f"{number} {state}" for state, number in counted.items() if number)
    return (
        f"# Error budgets of {escape(report.bundle)}\n\n"
        f"{start} to {end}. {states[:1].upper()}{states[1:] or 'No SLOs'}."
    )


def _warnings(report: Report) -> str:
    return "\n".join(f"> **Note:** {escape(warning)}" for warning in report.warnings)


def _table(report: Report) -> str:
    if not report.rows:
        return ""
    head = [
        "State", "SLO", "Group", "Objective", "SLI", "Bad", "Total", "Budget left",
        "This period", "Burn 1h", "Coverage",
    ]  # fmt: skip
    rows = [_cells(row) for row in by_urgency(report.rows)]
    align = ["---", "---", "---", *["--:"] * (len(head) - 3)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, align, *rows])


def _cells(row: Row) -> list[str]:
    window, period = row.window_measure, row.period_measure
    return [
        f"**{row.state}**" if row.state in STATES[:3] else row.state,
        escape(row.id),
        escape(figures.group(row)),
        escape(f"{row.objective} over {row.window}")
        if "%" in row.objective
        else escape(row.objective),
        figures.sli(row, window.sli),
        figures.bad_amount(row, window.bad),
        figures.bad_amount(row, window.total),
        figures.left(row),
        figures.bad_amount(row, period.bad),
        figures.burn(row.burn.get("1h")),
        figures.percent(row.coverage, 0),
    ]


def _incidents(report: Report) -> str:
    told = [(row, i) for row in report.rows for i in row.incidents]
    if not told:
        return ""
    told.sort(key=lambda pair: pair[1].budget_share or 0.0, reverse=True)
    lines = [
        f"| {figures.moment(i.start)} | {figures.duration(i.end - i.start)} | {escape(row.id)} |"
        f" {escape(figures.group(row))} | {figures.bad_amount(row, i.bad)} |"
        f" {figures.share(row, i)} | {figures.burn(i.peak_burn)} |"
        f" {escape(', '.join(i.alerts)) or figures.UNKNOWN} |"
        for row, i in told
    ]
    head = (
        "| Start | Lasted | SLO | Group | Bad | Of the budget | Peak burn | Alerts |\n"
        "| --- | --: | --- | --- | --: | --: | --: | --- |"
    )
    return "\n".join(["## Incidents\n", head, *lines])


def by_urgency(rows: tuple[Row, ...]) -> list[Row]:
    """What needs somebody first, then the least budget left."""
    return sorted(
        rows,
        key=lambda row: (
            STATES.index(row.state),
            1.0
            if row.window_measure.budget_remaining_ratio is None
            else row.window_measure.budget_remaining_ratio,
            row.id,
        ),
    )


FORMAT = Format("md", "Markdown", render)
