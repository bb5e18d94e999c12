"""Back-filled histories are what a real Prometheus then answers with."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.history.history import every, from_rows, history, server_with_history

START = 1_700_000_000.0
DAY = 86_400.0

pytestmark = pytest.mark.programs("prometheus", "promtool")


def test_a_month_of_counters_has_the_increase_that_was_written(tmp_path: Path) -> None:
    """A counter that grows by 2 a minute over 30 days has grown by 86,400 at the end."""
    times = every(START, START + 30 * DAY, 60)
    counted = history({"__name__": "m_total", "a": "x"}, times, 2.0 * np.arange(len(times)))
    with server_with_history(tmp_path, [counted]) as server:
        grown = server.value("m_total - m_total offset 29d", at=float(times[-1]))

        assert grown == 2.0 * 29 * 1440
        assert server.value("count_over_time(m_total[31d])", at=float(times[-1])) == len(times)


def test_label_values_and_gaps_survive(tmp_path: Path) -> None:
    """Quotes, backslashes and line feeds in label values and a gap in time come back as written."""
    odd = 'say "hi"\\\n'
    rows = from_rows(
        [({"__name__": "g", "odd": odd}, [(START, 1.5), (START + 15, 2.5), (START + 7200, 3.5)])]
    )
    with server_with_history(tmp_path, rows) as server:
        (series,) = server.raw_points("g[3h]", at=START + 7200)

        assert series.labels["odd"] == odd
        assert series.points == ((START, 1.5), (START + 15, 2.5), (START + 7200, 3.5))
        assert server.query("g", at=START + 3600) == []
