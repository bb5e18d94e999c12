"""Reports: from the recorded ledger of a large fleet, and from raw history."""

import re
import time
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from tests.benchmarks.conftest import Figure
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.ledger_history import (
    BAD_SHARE,
    DAY,
    GROUP,
    PER_SECOND,
    ledger_server,
    loaded_bundle,
    recent_slot,
    write_ledger,
)
from tests.benchmarks.whole_process import SLOKIT, Run, run, told, typical
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.browser_pages import chromium, opened

MANY, SOME, SCRAPE = 1_000, 100, 60
_AIMS = {
    (1_000, "json"): "under 2 s",
    (1_000, "html"): "under 4 s, under 25 requests",
    (10_000, "json"): "under 20 s, under 500 MB",
    (10_000, "html"): "under 30 s, under 700 MB",
}


def bench_from_the_ledger(tmp_path: Path, figure: Figure) -> None:
    """A month of ledger of a thousand SLOs."""
    write_fleet(tmp_path, MANY)
    end = recent_slot()
    with ledger_server(tmp_path / "prometheus", loaded_bundle(tmp_path), end, days=31) as server:
        _report(tmp_path, server.url, end, MANY, "recorded")
        measured, requests = _report(tmp_path, server.url, end, MANY, "auto")
    figure(
        f"report on {MANY:,} SLOs from the ledger",
        f"{told(measured)}, {requests} requests",
        "under 5 s, under 25 requests",
    )


@pytest.mark.parametrize("slos", [10, 100, 1_000, 10_000])
def bench_by_size(slos: int, tmp_path: Path, figure: Figure) -> None:
    """JSON and HTML from a month of ledger of ever more SLOs."""
    write_fleet(tmp_path, slos)
    end = recent_slot()
    with ledger_server(tmp_path / "prometheus", loaded_bundle(tmp_path), end, days=31) as server:
        # an idle machine answers in seconds: the limit is for one that others use as well
        asked = ["--prometheus", server.url, "--at", str(end), "--timeout", "10m"]
        for form in ("json", "html"):
            out, before = tmp_path / f"report.{form}", server.seconds_worked()
            measured = run(
                [SLOKIT, "report", *asked, "--format", form, "--out", str(out)], tmp_path
            )
            found = re.search(r"(\d+) rows in (\d+) requests", measured.output)
            assert found is not None, measured.output
            assert int(found[1]) == slos
            figure(
                f"report on {slos:,} SLOs, {form}",
                f"{told(measured)}, {measured.cpu:.1f} s of processor and"
                f" {server.seconds_worked() - before:.1f} s of the server, {found[2]} requests,"
                f" {out.stat().st_size / 1e6:.2f} MB",
                _AIMS.get((slos, form), "no worse than linear"),
            )


def bench_html(tmp_path: Path, figure: Figure) -> None:
    """The HTML of a thousand SLOs, from the same month of ledger: to write, and to open."""
    write_fleet(tmp_path, MANY)
    end, page = recent_slot(), tmp_path / "report.html"
    with ledger_server(tmp_path / "prometheus", loaded_bundle(tmp_path), end, days=31) as server:
        command = [SLOKIT, "report", "--prometheus", server.url, "--at", str(end)]
        measured = typical([*command, "--format", "html", "--out", str(page)], tmp_path, runs=3)
    found = re.search(r"(\d+) rows in (\d+) requests", measured.output)
    assert found is not None, measured.output
    assert page.read_text().count("data-state=") == int(found[1]) == MANY
    figure(
        f"report on {MANY:,} SLOs from the ledger, as HTML",
        f"{told(measured)}, {measured.cpu:.2f} s of processor, {found[2]} requests,"
        f" {page.stat().st_size / 1e6:.1f} MB",
        "under 4 s, under 25 requests",
    )
    figure("opening it in Chromium, to the end of loading", _opened(page), "under 2 s")


def _opened(page: Path, times: int = 5) -> str:
    """How long a fresh page takes to load the file, and then to filter its rows: medians."""
    loading, filtering = [], []
    with chromium() as browser:
        for _ in range(times):
            with opened(browser, page) as (tab, _):
                loading.append(
                    tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
                )
                begun = time.perf_counter()
                tab.locator("#filter").fill("service-0042")
                assert tab.locator("#shown").inner_text() == f"10 of {MANY} budgets"
                filtering.append(time.perf_counter() - begun)
    return f"{median(loading) / 1000:.2f} s; to filter its rows {median(filtering):.2f} s"


def bench_from_raw_history(tmp_path: Path, figure: Figure) -> None:
    """A month of raw series of a hundred SLOs, beside the ledger of the same SLOs."""
    write_fleet(tmp_path, SOME)
    bundle, end = loaded_bundle(tmp_path), recent_slot()
    raw = [
        row
        for service in bundle.services
        for route in range(len(service.slos))
        for row in _counters(service.name, route, end)
    ]
    made = server_with_history(tmp_path / "prometheus", raw)
    write_ledger(made, bundle, end, days=31)
    with made as server:
        for source in ("recorded", "raw"):
            measured, requests = _report(tmp_path, server.url, end, SOME, source)
            figure(
                f"report on {SOME} SLOs over 30 days, {source}",
                f"{told(measured)}, {requests} requests",
                "stated",
            )


def _report(directory: Path, url: str, end: float, slos: int, source: str) -> tuple[Run, int]:
    out = directory / "report.json"
    command = [SLOKIT, "report", "--prometheus", url, "--at", str(end), "--format", "json"]
    measured = run([*command, "--source", source, "--out", str(out)], directory)
    found = re.search(r"(\d+) rows in (\d+) requests", measured.output)
    assert found is not None, measured.output
    assert int(found[1]) == slos
    assert out.read_text().count('"state": "ok"') == slos
    return measured, int(found[2])


def _counters(job: str, route: int, end: float) -> list[History]:
    times = every(end - 31 * DAY, end + 1, SCRAPE)
    labels = {"__name__": "http_requests_total", "job": job, "route": f"/api/{route}", **GROUP}
    grown = PER_SECOND * SCRAPE * np.arange(len(times), dtype=float)
    shares = {"200": 1 - BAD_SHARE, "500": BAD_SHARE}
    return [history({**labels, "code": code}, times, grown * s) for code, s in shares.items()]
