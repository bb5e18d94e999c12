"""An archive of raw history, where no ledger was ever recorded: against arithmetic on counters."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from slokit import api
from slokit.prometheus.settings import PrometheusSettings
from slokit.reporting.model import Measure, Report, TimeRange
from tests.prometheus.test_report_archive import SPEC, forgetting
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, WINDOW = 86_400.0, 3600.0, 300.0
AT = 1_767_225_600.0 + 17
START = AT - 40 * DAY
# Of shard a half of the requests fail for two hours which the server will have forgotten.
OUTAGE = (AT - 20 * DAY - 1200, AT - 20 * DAY + 6000)

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SLO, grouped by shard."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text("bundle: shop\nspecs: [spec.yaml]\n")
    (root / "spec.yaml").write_text(SPEC)
    return root / "slokit.yaml"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Forty days of two counters of two shards: a request each second, and errors."""
    times = every(START, AT + 1, 60)
    since = times - START
    bad = np.clip(times - OUTAGE[0], 0, OUTAGE[1] - OUTAGE[0]) / 2
    found = [
        history({"__name__": name, "shard": shard}, times, values)
        for shard, errors in (("a", bad), ("b", since / 1000))
        for name, values in (("requests_total", since), ("errors_total", errors))
    ]
    with server_with_history(tmp_path_factory.mktemp("whole"), found) as running:
        yield running


@pytest.fixture(scope="module")
def archive(
    tmp_path_factory: pytest.TempPathFactory, project: Path, whole: PrometheusServer
) -> Path:
    """What weekly reports have left, up to five days ago; kept twice, which changes nothing."""
    directory = tmp_path_factory.mktemp("archive")
    loaded, server = api.load(project=str(project)), PrometheusSettings(whole.url)
    for week in (3, 2, 1, 0):
        end = AT - (5 + 7 * week) * DAY - 1000
        start = end - 8 * DAY
        assert api.keep_slots(loaded, server, start=start, end=end, archive=directory) > 160
    before = {path: path.read_bytes() for path in directory.rglob("*.parquet")}
    assert api.keep_slots(loaded, server, start=start, end=end, archive=directory) == 0
    assert {path: path.read_bytes() for path in directory.rglob("*.parquet")} == before
    return directory


@pytest.fixture(scope="module")
def forgetful(
    tmp_path_factory: pytest.TempPathFactory, whole: PrometheusServer, archive: Path
) -> Iterator[PrometheusServer]:
    """The same Prometheus with a retention of twelve days, after the archive was written."""
    assert archive.is_dir()
    with forgetting(tmp_path_factory.mktemp("forgetful"), whole) as server:
        yield server


def _report(
    project: Path, server: PrometheusServer, archive: Path | None, source: str, at: float = AT
) -> Report:
    loaded = api.load(project=str(project))
    return api.report(loaded, server.url, at=at, source=source, archive=archive, series=10)


def _expected(shard: str, over: TimeRange) -> tuple[float, float]:
    """Total and bad of a time range; of the outage what lies in it."""
    if shard == "b":
        return over.seconds, over.seconds / 1000
    lies = min(over.end, OUTAGE[1]) - max(over.start, OUTAGE[0])
    return over.seconds, max(lies, 0.0) / 2


def _assert_counted_once(row_measure: Measure, shard: str, missing: float) -> None:
    """All of it but so many seconds, and nothing twice."""
    total, bad = _expected(shard, row_measure.time_range)
    assert row_measure.total is not None
    assert row_measure.bad is not None
    assert total - missing <= row_measure.total <= total + 1
    assert row_measure.bad == pytest.approx(bad, rel=missing / total, abs=1)
    assert total - missing <= row_measure.covered_seconds <= total


@pytest.mark.parametrize("source", ["raw", "auto"])
def test_hours_of_raw_history_outlive_it(
    project: Path, whole: PrometheusServer, forgetful: PrometheusServer, archive: Path, source: str
) -> None:
    """Alone, the server has lost the outage; with the archive, each event of the month is there."""
    alone = _report(project, forgetful, None, source)
    both = _report(project, forgetful, archive, source)
    remembered = _report(project, whole, None, source)

    # an hour at the begin that is not whole, and a ledger window where hours end
    missing = HOUR + 2 * WINDOW
    for row, short, long in zip(both.rows, alone.rows, remembered.rows, strict=True):
        shard = row.group["shard"]
        assert short.window_measure.covered_seconds < 16 * DAY
        _assert_counted_once(row.window_measure, shard, missing)
        _assert_counted_once(row.period_measure, shard, missing=0)
        assert row.state == long.state == "ok"
        assert row.source == "raw"
    assert "from the archive" in both.warnings[0]
    assert both.archived[0].start <= AT - 30 * DAY + HOUR
    assert AT - 16 * DAY < both.archived[-1].end < AT - 10 * DAY
    assert remembered.archived == ()


def test_each_slot_is_counted_once_whenever_it_is_asked(
    project: Path, forgetful: PrometheusServer, archive: Path
) -> None:
    """At moments that part hours anywhere; what is drawn adds up to the same."""
    for at in (AT - 1234.0, AT - 2701.0):
        for row in _report(project, forgetful, archive, "raw", at).rows:
            _assert_counted_once(row.window_measure, row.group["shard"], HOUR + 2 * WINDOW)
            drawn = row.series[-1].end - row.series[0].end + 10_800
            # an hour is drawn in the slot that it ends in
            assert drawn - 2 * HOUR <= sum(slot.total for slot in row.series) <= drawn + HOUR
            assert sum(slot.windows for slot in row.series) * WINDOW <= drawn + HOUR


def test_an_archive_beside_raw_history_that_is_whole_changes_nothing(
    project: Path, whole: PrometheusServer, archive: Path
) -> None:
    """The server's hours are taken where both have the same."""
    alone, both = (_report(project, whole, each, "raw") for each in (None, archive))

    assert both.archived == ()
    assert both.rows == alone.rows
