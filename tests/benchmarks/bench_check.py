"""A live check of many SLOs: what it costs this machine, the server, and in requests."""

import time
from pathlib import Path

from tests.benchmarks.conftest import Figure
from tests.support.compile.live_specs import check_specs
from tests.support.history.history import server_with_history
from tests.support.history.live_history import NOW
from tests.support.history.two_hundred_slos import series_of_a_day, two_hundred_slos


def bench_check_of_200_slos(tmp_path: Path, figure: Figure) -> None:
    """Of four kinds, in three clusters of two members, with a day of history."""
    with server_with_history(tmp_path / "server", series_of_a_day()) as server:
        started, own, served = time.monotonic(), time.process_time(), server.seconds_worked()
        found = check_specs(tmp_path, server.url, NOW, two_hundred_slos())
        seconds = time.monotonic() - started
        own, served = time.process_time() - own, server.seconds_worked() - served
    measured = f"{seconds:.1f} s ({own:.1f} s of processor, {served:.1f} s of the server)"
    figure("check of 200 SLOs", f"{measured}, {found.requests} requests", "10 s, 60 requests")
