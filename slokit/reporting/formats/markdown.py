"""The report as Markdown, for a chat, a wiki or a pull request."""

from datetime import UTC, datetime

from slokit.reporting import summary
from slokit.reporting.budget import STATES, URGENT
from slokit.reporting.formats import figures
from slokit.reporting.model import Chain, Report, Row
from slokit.text.escaping import escape, visible
from slokit.text.format import Format

_MOST = 20
_HEAD = [
    "State", "SLO", "Group", "Budget left", "Burn 1h", "SLI", "Objective", "Bad", "Total",
    "Covered",
]  # fmt: skip
_PERIOD_HEAD = ["Bad, SLI in the period"]
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
    is_partial, is_compared = figures.is_partial(report), report.compare is not None
    window = figures.shared_window(report)
    own = f" in {window}" if window else ""
    named = [f"{name}{own}" if name in ("SLI", "Bad") else name for name in _HEAD]
    head = [*named, *(_PERIOD_HEAD if is_partial else []), *(_COMPARED_HEAD if is_compared else [])]
    has_window = not figures.windows(report)
    align = ["---", "---", "---", *["--:"] * (len(head) - 3)]
    tables, has_owners = [], any(row.owner for row in report.rows)
    for part in summary.by_owner(report):
        rows = [
            [
                *_cells(row, has_window=has_window),
                *(_period_cells(row) if is_partial else []),
                *(_compared_cells(row) if is_compared else []),
            ]
            for row in part.rows
        ]
        lines = "\n".join(f"| {' | '.join(cells)} |" for cells in [head, align, *rows])
        tables.append(f"## {_text(part.owner)}\n\n{lines}" if has_owners else lines)
    return "\n\n".join(tables)


def _cells(row: Row, *, has_window: bool) -> list[str]:
    """All cells; ``has_window`` puts the window beside the objective, where the head has none."""
    window = row.window_measure
    objective = f"{row.objective} over {row.window}" if has_window else row.objective
    return [
        f"**{row.state}**" if row.state in URGENT else row.state,
        _text(f"{row.id}: {row.description}" if row.description else row.id),
        _text(figures.group(row)),
        _whole(figures.left(row)),
        _whole(figures.burn(row.burn.get("1h"))),
        _whole(figures.sli(row, window.sli)),
        _text(objective),
        _whole(figures.bad_amount(row, window.bad)),
        figures.total_amount(row, window.total),
        _whole(figures.percent(row.coverage, 0)),
    ]


def _period_cells(row: Row) -> list[str]:
    period = row.period_measure
    bad = _whole(figures.bad_amount(row, period.bad))
    # on two lines, so that the table fits a page
    return [bad if period.sli is None else f"{bad}, {_whole(figures.sli(row, period.sli))}"]


def _compared_cells(row: Row) -> list[str]:
    now, before = figures.spent(row.period_measure), figures.spent(row.compare_measure)
    return [_whole(now), _whole(before), figures.change(row)]


def _whole(text: str) -> str:
    """Text that no line break takes apart."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _incidents(report: Report) -> str:
    costliest, more = figures.costliest(report, _MOST)
    if not costliest:
        return ""
    lines = [f"| {' | '.join(_incident_cells(chain))} |" for chain in costliest]
    head = (
        "| Start (UTC) | Lasted | SLO | Group | Bad | Of the budget | Peak burn | Alerts |\n"
        "| --- | --: | --- | --- | --: | --: | --: | --- |"
    )
    last = [f"\nAnd {more} that cost less."] if more else []
    chained = [line for chain in costliest if len(chain.links) > 1 for line in _links(chain)]
    return "\n".join(["## Incidents\n", head, *lines, *last, *chained])


def _incident_cells(chain: Chain) -> list[str]:
    """An incident: of a chain the numbers of the link that cost most."""
    row, worst = chain.worst.row, chain.worst.incident
    return [
        _when(chain.over.start),
        _whole(figures.lasted(chain.over, is_ongoing=chain.is_ongoing)),
        _text(figures.chain_name(chain)),
        _text(figures.hit(chain.worst)),
        _whole(figures.bad_with_unit(row, worst.bad)),
        _whole(figures.share(row, worst)),
        figures.burn(max(link.incident.peak_burn for link in chain.links)),
        _text(figures.alerted(chain.alerts_after)),
    ]


def _links(chain: Chain) -> list[str]:
    """The links of a chain, as a list below its start."""
    start = _when(chain.over.start)
    lines = [f"- {_text(figures.link_line(link))}" for link in chain.links]
    return [f"\n{start}, {_text(figures.chain_name(chain))}:\n", *lines]


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


FORMAT = Format("md", render)
