"""Reports where the ledger covers the newer part of a window: raw history is asked for the rest.

The ledger and the raw series of one SLO hold numbers that differ, so that a sum says how much of
it came from where.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from slokit.model.bundle import Project
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command_here import slokit
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.prometheus_proxy import PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

HOUR, DAY, SLOT = 3600, 86_400, 300
END = 1_767_225_600.0
TOTAL, BAD, RAW_BAD = 3000.0, 6.0, 12.0
OUTAGE = END - 7 * DAY
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 8d, group_by: []}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""


def _ledgers() -> Iterator[History]:
    """Five days of one bundle, two of another, and five with a gap a day ago."""
    yield from Ledger(Project(bundle="part"), END - 5 * DAY, END + 1200, TOTAL, BAD).series()
    yield from Ledger(Project(bundle="young"), END - 2 * DAY, END + 1200, TOTAL, BAD).series()
    gap = Project(bundle="gap")
    yield from Ledger(gap, END - 5 * DAY, END - DAY, TOTAL, BAD).series()
    yield from Ledger(gap, END - 6 * HOUR, END + 1200, TOTAL, BAD).series()


def _raw() -> Iterator[History]:
    """Nine days of counters, with an outage of an hour seven days ago."""
    times = every(END - 9 * DAY, END + 1200, 60)
    seconds = times - times[0]
    bad = seconds * RAW_BAD / SLOT + 10 * np.clip(times - OUTAGE, 0, HOUR)
    yield history({"__name__": "requests_total", "job": "edge"}, times, 10 * seconds)
    yield history({"__name__": "errors_total", "job": "edge"}, times, bad)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    once = {(*sorted(row.labels.items()), row.times[0]): row for row in [*_ledgers(), *_raw()]}
    with server_with_history(tmp_path_factory.mktemp("parts"), list(once.values())) as running:
        yield running


class Made:
    """A report of one row, and the days that the queries about raw history were about."""

    def __init__(self, server: PrometheusServer, directory: Path, bundle: str) -> None:
        (directory / "slokit.yaml").write_text(f"bundle: {bundle}\nspecs: s.yaml\n")
        (directory / "s.yaml").write_text(SPEC)
        with PrometheusProxy(server.url) as proxy:
            options = ["--prometheus", proxy.url, "--at", str(END), "--format", "json"]
            ran = slokit(directory, "report", *options)
            paths = list(proxy.log.paths)
        assert ran.code == 0, ran.err
        self.report: dict[str, Any] = json.loads(ran.out)
        (self.row,) = self.report["rows"]
        asked = [parse_qs(urlsplit(path).query) for path in paths]
        self.raw_days = [
            (float(query["end"][0]) - float(query["start"][0]) + SLOT) / DAY
            for query in asked
            if "errors_total" in query.get("query", [""])[0] and "step" in query
        ]


def _bad(days_recorded: float, days_raw: float) -> float:
    return DAY / SLOT * (days_recorded * BAD + days_raw * RAW_BAD) + 10 * HOUR


def test_what_the_ledger_lacks_comes_from_raw_history(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """Five days of ledger in a window of eight: three days are asked raw, each number is whole."""
    made = Made(server, tmp_path, "part")
    window, period = made.row["window_measure"], made.row["period_measure"]

    assert made.raw_days == [pytest.approx(3)]
    assert window["total"] == pytest.approx(8 * DAY * 10, rel=1e-3)
    assert window["bad"] == pytest.approx(_bad(5, 3), rel=1e-3)
    assert made.row["coverage"] == 1
    assert period["bad"] == pytest.approx(_bad(5, 2), rel=1e-3)
    assert "computed from raw history: edge/one" in made.report["warnings"][0]


def test_incidents_before_the_ledger_are_found(server: PrometheusServer, tmp_path: Path) -> None:
    """What burned fast is listed, whichever source knows it; burn rates now are the ledger's."""
    made = Made(server, tmp_path, "part")
    (incident,) = made.row["incidents"]

    assert incident["bad"] == pytest.approx(10 * HOUR, rel=0.01)
    assert made.row["burn"]["3d"] == pytest.approx(BAD / TOTAL / 0.01, rel=1e-3)


@pytest.mark.parametrize("bundle", ["young", "gap"])
def test_a_ledger_too_short_for_its_burn_rates_gives_nothing(
    server: PrometheusServer, tmp_path: Path, bundle: str
) -> None:
    """Less than three days without a gap: all numbers are from raw history, as one piece."""
    made = Made(server, tmp_path, bundle)

    assert made.raw_days == [pytest.approx(8)]
    assert made.row["window_measure"]["bad"] == pytest.approx(_bad(0, 8), rel=1e-3)
    assert made.row["burn"]["3d"] == pytest.approx(RAW_BAD / TOTAL / 0.01, rel=1e-3)
