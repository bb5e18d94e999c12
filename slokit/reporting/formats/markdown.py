"""The report as Markdown, for a chat, a wiki or a pull request."""

from datetime import UTC, datetime

from slokit.reporting import summary
from slokit.reporting.budget import STATES, URGENT
from slokit.reporting.formats import figures
from slokit.reporting.model import Report, Row
from slokit.text.escaping import escape, visible
from slokit.text.format import Format

_MOST = 20
_HEAD = [
    "State", "SLO", "Group", "Budget left", "Burn 1h", "SLI", "Objective", "Bad", "Total",
    "Covered",
]  # fmt: skip
_PERIOD_HEAD = ["Bad in the period"]
_COMPARED_HEAD = ["Spent in the period", "Spent before", "Change"]


def render(report: Report, width: int) -> str:
    """The whole report."""
    parts = [
        _head(report),
        _warnings(report),
        _table(report),
        _forecasts(report),
        _incidents(report),
        _policy(report),
        _maintenance(report),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    counted = {state: sum(row.state == state for row in report.rows) for state in STATES}
    states = ", ".join(f"{number} {state}" for state, number in counted.items() if number)
    return (
        f"# Error budgets of {_text(report.bundle)}\n\n"
        f"{_text(figures.heading(report))} {states[:1].upper()}{states[1:] or 'No SLOs'}."
        f"{figures.windows(report)}\n\n"
        f"{_text(summary.what_happened(report))}\n"
        f"**{_text(summary.what_to_decide(report))}**"
    )


def _warnings(report: Report) -> str:
    return "\n".join(f"> **Note:** {_text(warning)}" for warning in report.warnings)


def _table(report: Report) -> str:
    if not report.rows:
        return ""
    is_partial, is_compared = _is_partial(report), report.compare is not None
    head = [*_HEAD, *(_PERIOD_HEAD if is_partial else []), *(_COMPARED_HEAD if is_compared else [])]
    has_window = not figures.windows(report)
    rows = [
        [
            *_cells(row, has_window=has_window),
            *(_period_cells(row) if is_partial else []),
            *(_compared_cells(row) if is_compared else []),
        ]
        for row in figures.by_urgency(report.rows)
    ]
    align = ["---", "---", "---", *["--:"] * (len(head) - 3)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, align, *rows])


def _is_partial(report: Report) -> bool:
    """Whether the period is another one than the windows."""
    return any(
        row.window_measure.time_range != row.period_measure.time_range for row in report.rows
    )


def _cells(row: Row, *, has_window: bool) -> list[str]:
    """All cells; ``has_window`` puts the window beside the objective, where the head has none."""
    window = row.window_measure
    objective = f"{row.objective} over {row.window}" if has_window else row.objective
    return [
        f"**{row.state}**" if row.state in URGENT else row.state,
        _text(row.id),
        _text(figures.group(row)),
        _whole(figures.left(row)),
        _whole(figures.burn(row.burn.get("1h"))),
        _whole(figures.sli(row, window.sli)),
        _whole(_text(objective)),
        _whole(figures.bad_amount(row, window.bad)),
        _whole(figures.total_amount(row, window.total)),
        _whole(figures.percent(row.coverage, 0)),
    ]


def _period_cells(row: Row) -> list[str]:
    return [_whole(figures.bad_amount(row, row.period_measure.bad))]


def _compared_cells(row: Row) -> list[str]:
    now, before = figures.spent(row.period_measure), figures.spent(row.compare_measure)
    return [_whole(now), _whole(before), figures.change(row)]


def _whole(text: str) -> str:
    """Text that no line break takes apart."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _incidents(report: Report) -> str:
    costliest = figures.costliest(report, _MOST)
    if not costliest:
        return ""
    lines = [
        f"| {_when(i.start)} | {_whole(figures.duration(i.end - i.start))} |"
        f" {_text(row.id)} | {_text(figures.group(row))} |"
        f" {_whole(figures.bad_amount(row, i.bad))} | {_whole(figures.share(row, i))} |"
        f" {figures.burn(i.peak_burn)} | {_text(', '.join(i.alerts)) or figures.UNKNOWN} |"
        for row, i in costliest
    ]
    head = (
        "| Start (UTC) | Lasted | SLO | Group | Bad | Of the budget | Peak burn | Alerts |\n"
        "| --- | --: | --- | --- | --: | --: | --: | --- |"
    )
    return "\n".join(["## Incidents\n", head, *lines, *_left_out(report)])


def _forecasts(report: Report) -> str:
    found, more = figures.exhaustions(report, _MOST)
    lines = [
        f"- {_text(row.id)} {_text(figures.group(row))}".rstrip() + f": {w}" for row, w in found
    ]
    last = [f"\nAnd {more} later."] if more else []
    return "\n".join(["## When budgets run out\n", *lines, *last]) if lines else ""


def _policy(report: Report) -> str:
    lines = [f"- {_text(line)}" for line in figures.policy(report)]
    return "\n".join(["## Error budget policy\n", *lines]) if lines else ""


def _maintenance(report: Report) -> str:
    lines = [f"- {_text(line)}" for line in figures.maintenance(report)]
    return "\n".join(["## Maintenance\n", *lines]) if lines else ""


def _text(text: str) -> str:
    """A user's text: none of it markup, and none of it steers how the rest is shown."""
    return escape(visible(" ".join(text.split())))


def _when(unix: float) -> str:
    """A time to the minute, without the hyphens that a browser breaks dates at."""
    return _whole(datetime.fromtimestamp(unix, UTC).strftime("%-d %b %Y %H:%M"))


def _left_out(report: Report) -> list[str]:
    more = sum(len(row.incidents) for row in report.rows) - _MOST
    return [f"\nAnd {more} that cost less."] if more > 0 else []


FORMAT = Format("md", render)
