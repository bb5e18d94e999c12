"""A month of counters: the ledger's bad ratio against raw `increase()` over the same 30 days."""

from pathlib import Path

import numpy as np
import pytest

from tests.prometheus.traffic import (
    DAY,
    START,
    by_case,
    counted,
    increase,
    raw_server,
    recorded,
    replayed,
)
from tests.support.compile.compiled import compiled
from tests.support.history.history import Floats
from tests.support.history.scrapes import Scraped

pytestmark = pytest.mark.programs("prometheus", "promtool")

BAD, TOTAL = 'http_requests_total{code="500"}', "http_requests_total"
WINDOW = "29d23h59m"
STEP = 60
# Half an hour before the window opens, so that nothing in it starts from nothing.
LEAD = 1800
SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: requests
        objective: 99.9%
        group_by: [case]
        sli:
          events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}
"""


def month(
    rng: np.random.Generator, case: str, per_minute: Floats, failing: Floats
) -> list[Scraped]:
    """Two instances share the traffic; each is scraped at another moment of the minute."""
    return [
        counted(rng, per_minute / 2 * share, STEP, 15 * i, case=case, instance=f"i{i}", code=code)
        for i in range(2)
        for code, share in (("200", 1 - failing), ("500", failing))
    ]


def traffic() -> list[Scraped]:
    rng = np.random.default_rng(30)
    minute = np.arange((30 * DAY + LEAD) // STEP + 1)
    hour = (minute - LEAD // STEP) / 60 % 24
    night, peak = (hour >= 1) & (hour < 6), (hour >= 12) & (hour < 13)
    diurnal = 20 + 3000 * np.sin(np.pi * np.clip(hour - 6, 0, 18) / 18) ** 2
    return [
        *month(rng, "errors at night", diurnal, np.where(night, 0.2, 0)),
        *month(rng, "errors at the peak", np.where(peak, 6000.0, 10.0), np.where(peak, 0.05, 0)),
    ]


def test_thirty_days_of_diurnal_traffic_match_raw_increase(tmp_path: Path) -> None:
    """Over 30 days of strongly diurnal traffic the ledger's bad ratio is raw `increase()`'s.

    Tolerance 0.1 %: a rate over 5 minutes of 60 s scrapes weighs an event by how its scrapes fall
    into the ledger's windows, 8 % of one event; over 36,000 events at night and 540,000 at the
    peak that is 0.05 % and less. The mean of ratios would be 332 times too high in the first case
    and 23 times too low in the second.
    """
    made = compiled(tmp_path / "c", SPEC, interval="60s", scrape_interval="60s")
    series, end = traffic(), 30 * DAY + LEAD
    with raw_server(tmp_path, series) as server:
        bad = by_case(server.query(increase(BAD, "30d"), START + end))
        total = by_case(server.query(increase(TOTAL, "30d"), START + end))
    replay, now = replayed(tmp_path, [made], series), f"{end}s"
    replay.ask(recorded("total", WINDOW), now)
    spoilt = by_case(replay.samples(recorded("bad", WINDOW), now))
    seen = by_case(replay.samples(recorded("total", WINDOW), now))

    assert min(bad.values()) >= 2500
    assert {case: spoilt[case] / seen[case] for case in seen} == pytest.approx(
        {case: bad[case] / total[case] for case in bad}, rel=1e-3
    )
