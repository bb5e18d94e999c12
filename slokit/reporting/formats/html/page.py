"""The page: what the template shows, section by section, and the template itself.

Every text goes through the template's escaping and through :func:`visible`; paths of charts are
made of numbers alone. The policy of the page allows its own style and script by their hashes, and
nothing else: not an image, not a request.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from slokit.reporting import summary
from slokit.reporting.budget import NEW, STATES, URGENT
from slokit.reporting.formats import figures
from slokit.reporting.formats.html import charts
from slokit.reporting.model import Report, Row
from slokit.reporting.trends import Trend, trends
from slokit.text.escaping import visible

_MOST_DECISIONS = 12
# Charts of budgets that need nothing fill up what those that need somebody leave.
_MOST_FIGURES, _FEW_FIGURES = 12, 6
_MOST_STRIPS = 8
_MOST_INCIDENTS = 20
_MOST_FORECASTS = 20
_MOST_GAPS = 30
# Below so much spent, a chart shows a straight line.
_WORTH_DRAWING = 0.1
_NEARLY_ALL = 0.99
# A mark beside the word of a state, for whom colours look alike.
_MARKS = {
    "exhausted": "✕",
    "burning": "▲",
    "impossible": "!",
    "no-data": "?",
    "new": "◔",
    "idle": "–",
    "ok": "✓",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """The charts of one SLO: the burn-down of its worst group, strips of all, and its weeks."""

    row: Row
    burn_down: charts.BurnDown | None
    strips: tuple[charts.Strip, ...]
    more: int
    bars: tuple[charts.Bar, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: texts, numbers to sort by, and a small chart where there is one."""

    row: Row
    rank: int
    spark: str
    bar: float
    slo: str
    group: str
    left: str
    burn: str
    sli: str
    period_sli: str
    bad: str
    total: str
    period_bad: str
    covered: str
    spent: str
    before: str
    change: str


def render_page(report: Report) -> str:
    """The whole page."""
    environment = _environment()
    style, script = _source("style.css"), _source("script.js")
    found = trends(report)
    trend_of = {id(report.rows[number]): trend for number, trend in found.items()}
    windows = {row.window for row in report.rows}
    decisions = summary.decisions(report)
    incidents, more_incidents = figures.costliest(report, _MOST_INCIDENTS)
    forecasts, more_forecasts = figures.exhaustions(report, _MOST_FORECASTS)
    return environment.get_template("page.html.j2").render(
        report=report,
        style=style,
        script=script,
        policy=_policy(style, script),
        happened=summary.what_happened(report),
        to_decide=summary.what_to_decide(report),
        states=[(state, n) for state in STATES if (n := _number(report, state))],
        decisions=decisions[:_MOST_DECISIONS],
        forecasts=forecasts,
        more_forecasts=more_forecasts,
        more_decisions=max(0, len(decisions) - _MOST_DECISIONS),
        figures=_figures(report, trend_of),
        incidents=incidents,
        more_incidents=more_incidents,
        parts=[
            (part.owner, [_line(row, trend_of.get(id(row))) for row in part.rows])
            for part in summary.by_owner(report)
        ],
        window=windows.pop() if len(windows) == 1 else "",
        has_period=any(
            row.window_measure.time_range != row.period_measure.time_range for row in report.rows
        ),
        gaps=_uncovered(report),
        text=figures,
        marks=_MARKS,
        urgent=URGENT,
        plot=charts,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("slokit.reporting.formats.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["amount"] = figures.bad_with_unit
    environment.filters["unbroken"] = _unbroken
    return environment


def _shown(value: Any) -> Any:
    """A user's text on one line, with all that would steer how the rest is shown spelled out."""
    if type(value) is str and not value.isprintable():
        return visible(" ".join(value.split()))
    return value


def _unbroken(text: str) -> Markup:
    """A sentence in which no line ends between a number and its percent sign."""
    return escape(_shown(text)).replace(" %", Markup("&nbsp;%"))


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0].strip()


def _policy(style: str, script: str) -> str:
    """What the page may do: run its own script, wear its own style, and nothing else."""
    hashes = (f"'sha256-{_hash(text)}'" for text in (style, script))
    style_hash, script_hash = hashes
    return (
        f"default-src 'none'; style-src {style_hash}; script-src {script_hash};"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _number(report: Report, state: str) -> int:
    return sum(row.state == state for row in report.rows)


def _figures(report: Report, trend_of: Mapping[int, Trend]) -> list[Figure]:
    """The charts of the SLOs whose groups stand worst, or spent something worth a chart."""
    groups: dict[str, list[Row]] = {}
    for row in figures.by_urgency(report.rows):
        spent = row.window_measure.budget_spent_ratio or 0.0
        if id(row) in trend_of and (row.state in URGENT or spent >= _WORTH_DRAWING):
            groups.setdefault(row.id, []).append(row)
    urgent = sum(rows[0].state in URGENT for rows in groups.values())
    most = min(max(urgent, _FEW_FIGURES), _MOST_FIGURES)
    return [_figure(rows, trend_of, report.slot_seconds) for rows in list(groups.values())[:most]]


def _figure(rows: Sequence[Row], trend_of: Mapping[int, Trend], seconds: float) -> Figure:
    worst = rows[0]
    trend = trend_of[id(worst)]
    return Figure(
        row=worst,
        burn_down=charts.burn_down(worst, trend),
        strips=tuple(charts.strip(row, trend_of[id(row)], seconds) for row in rows[:_MOST_STRIPS]),
        more=max(0, len(rows) - _MOST_STRIPS),
        bars=charts.bars(trend.weeks),
    )


def _line(row: Row, trend: Trend | None) -> Line:
    window, period = row.window_measure, row.period_measure
    left = window.budget_remaining_ratio if row.state != NEW else None
    return Line(
        row=row,
        rank=STATES.index(row.state),
        spark=charts.spark(row, trend) if trend and len(trend.left) > 1 else "",
        bar=round(100 * max(0.0, min(1.0, left or 0.0)), 1),
        slo=row.slo,
        group=figures.group(row),
        left=figures.left(row),
        burn=figures.burn(row.burn.get("1h")),
        sli=figures.sli(row, window.sli),
        period_sli=figures.sli(row, period.sli),
        bad=figures.bad_amount(row, window.bad),
        total=figures.total_amount(row, window.total),
        period_bad=figures.bad_amount(row, period.bad),
        covered=figures.percent(row.coverage, 0),
        spent=figures.spent(period),
        before=figures.spent(row.compare_measure),
        change=figures.change(row),
    )


def _uncovered(report: Report) -> list[tuple[Row, str]]:
    """The rows of which a part of the window was not measured, the largest part first."""
    rows = [row for row in report.rows if row.coverage < _NEARLY_ALL]
    rows.sort(key=lambda row: (row.coverage, row.id))
    return [
        (row, figures.duration(row.window_measure.time_range.seconds * (1 - row.coverage)))
        for row in rows[:_MOST_GAPS]
    ]
