"""The figure of the concepts page: one day's budget by three ways to count, measured and drawn.

`python -m tests.docs.weighting` draws it anew; a test holds the committed one to it.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from tests.prometheus.traffic import DAY, START, by_case, counted, increase, raw_server, replayed
from tests.support.compile.compiled import compiled
from tests.support.history.history import Floats
from tests.support.history.scrapes import Scraped

FIGURE = Path(__file__).parents[2] / "docs" / "images" / "weighting.svg"
BURST = "23 quiet hours at 10 requests a minute, one busy hour at 6,000 with 5 % errors"
NIGHT = "16 hours at 1,000 requests a minute, 8 hours of night at 2 a minute with 10 % errors"
WAYS = ("every request (raw increase)", "slokit's ledger", "mean of 5-minute ratios")
BUDGET = 0.01
STEP, LEAD = 60, 1800
SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: requests
        objective: 99%
        group_by: [case]
        sli:
          events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}
"""


@dataclass(frozen=True)
class Day:
    """A day, and the share of its budget that is spent by each of WAYS."""

    title: str
    spent: tuple[float, float, float]


def traffic() -> list[Scraped]:
    """Both days, each of one instance."""
    rng = np.random.default_rng(24)
    hour = (np.arange((DAY + LEAD) // STEP + 1) - LEAD // STEP) / 60
    busy, night = (hour >= 12) & (hour < 13), (hour >= 0) & (hour < 8)
    return [
        *_instance(rng, BURST, np.where(busy, 6000.0, 10.0), np.where(busy, 0.05, 0.0)),
        *_instance(rng, NIGHT, np.where(night, 2.0, 1000.0), np.where(night, 0.1, 0.0)),
    ]


def _instance(
    rng: np.random.Generator, case: str, per_minute: Floats, failing: Floats
) -> list[Scraped]:
    sides = (("200", 1 - failing), ("500", failing))
    return [counted(rng, per_minute * s, STEP, 0, case=case, code=code) for code, s in sides]


def measured(directory: Path) -> list[Day]:
    """Both days, as Prometheus computes them from raw series, from the ledger, from ratios."""
    made = compiled(directory / "c", SPEC, interval="60s", scrape_interval="60s")
    series, end = traffic(), DAY + LEAD
    with raw_server(directory, series) as server:
        bad = by_case(server.query(increase('http_requests_total{code="500"}', "1d"), START + end))
        total = by_case(server.query(increase("http_requests_total", "1d"), START + end))
    replay, now = replayed(directory, [made], series), f"{end}s"
    ratio = "(slokit:bad:events5m / (slokit:total:events5m > 0))[23h59m:5m]"
    ledger = (
        "sum_over_time(slokit:bad:events5m[23h59m]) / sum_over_time(slokit:total:events5m[23h59m])"
    )
    mean = f"avg_over_time({ratio})"
    replay.ask(ledger, now).ask(mean, now)
    ours, theirs = by_case(replay.samples(ledger, now)), by_case(replay.samples(mean, now))
    return [
        Day(case, (bad[case] / total[case] / BUDGET, ours[case] / BUDGET, theirs[case] / BUDGET))
        for case in (BURST, NIGHT)
    ]


def drawn(days: Sequence[Day]) -> str:
    """Both days as bars, each against the longest of its own."""
    height = 62 + 118 * len(days)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" width="760"'
    title = "Of a day's error budget at 99 %, this much is said to be spent"
    lines = [
        f'{svg} font-family="system-ui, sans-serif" font-size="14" fill="#1f2933">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="16" font-weight="600">{title}</text>',
    ]
    for number, day in enumerate(days):
        lines += _panel(day, 62 + 118 * number)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _panel(day: Day, top: int) -> list[str]:
    lines = [f'<text x="16" y="{top}" fill="#52606d">{escape(day.title)}</text>']
    for number, (way, spent) in enumerate(zip(WAYS, day.spent, strict=True)):
        y, width = top + 12 + 28 * number, max(2.0, 380 * spent / max(day.spent))
        colour = "#c2410c" if number == len(WAYS) - 1 else "#2563a8"
        lines += [
            f'<text x="228" y="{y + 16}" text-anchor="end">{escape(way)}</text>',
            f'<rect x="240" y="{y}" width="{width:.0f}" height="20" fill="{colour}"/>',
            f'<text x="{248 + width:.0f}" y="{y + 16}">{_percent(spent)}</text>',
        ]
    return lines


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %" if ratio < 0.1 else f"{100 * ratio:.0f} %"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        FIGURE.write_text(drawn(measured(Path(scratch))), encoding="utf-8")
