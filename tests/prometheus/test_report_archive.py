"""Reports from an archive and a server that has forgotten: against arithmetic on the ledger."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from slokit.cli.output import Exit
from slokit.prometheus.settings import PrometheusSettings
from slokit.reporting.model import Measure, Report, TimeRange
from tests.prometheus.recorded_ledger import Ledger
from tests.support.history.history import backfill
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR = 86_400, 3600
AT = 1_767_225_600.0
KEPT_DAYS = 12
OUTAGE = (AT - 25 * DAY - 20 * 60, AT - 25 * DAY + 100 * 60)
SETTINGS = "bundle: shop\nspecs: [spec.yaml]\n"
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 30d, group_by: [shard]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


class Forgetting(PrometheusServer):
    """A Prometheus that drops what is older than some days when it starts."""

    def _command(self, extra: Sequence[str]) -> list[str]:
        kept = f"--storage.tsdb.retention.time={KEPT_DAYS}d"
        return [
            kept if flag.startswith("--storage.tsdb.retention") else flag
            for flag in super()._command(extra)
        ]


def forgetting(directory: Path, whole: PrometheusServer) -> Forgetting:
    """One with the data of another."""
    server = Forgetting(directory)
    shutil.copytree(whole.data, server.data, ignore=shutil.ignore_patterns("lock", "queries.*"))
    return server


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SLO, grouped by shard."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text(SETTINGS)
    (root / "spec.yaml").write_text(SPEC)
    return root


@pytest.fixture(scope="module")
def ledgers(project: Path) -> list[Ledger]:
    """Shard a has an outage in what will be forgotten; shard b is always a bit bad."""
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    one = Ledger(settings, AT - 50 * DAY, AT, 100.0, 40.0, OUTAGE, labels={"shard": "a"})
    return [one, replace(one, total=50.0, bad=0.1, between=None, labels={"shard": "b"})]


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, ledgers: list[Ledger]
) -> Iterator[PrometheusServer]:
    """A Prometheus that remembers everything."""
    server = PrometheusServer(tmp_path_factory.mktemp("whole"))
    every = [each for ledger in ledgers for each in ledger.series()]
    once = {tuple(sorted(each.labels.items())): each for each in every}
    backfill(server.data, list(once.values()))
    with server:
        yield server


@pytest.fixture(scope="module")
def archive(
    tmp_path_factory: pytest.TempPathFactory, project: Path, whole: PrometheusServer
) -> Path:
    """The archive of the first 45 days and a bit, as weekly reports would have left it."""
    directory = tmp_path_factory.mktemp("archive")
    loaded = api.load(project=str(project / "slokit.yaml"))
    for weeks in range(7):
        at = AT - (5 + 7 * weeks) * DAY - 1000
        api.keep_slots(
            loaded, PrometheusSettings(whole.url), start=at - 8 * DAY, end=at, archive=directory
        )
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
    project: Path, server: PrometheusServer, archive: Path | None, at: float = AT, series: int = 0
) -> Report:
    loaded = api.load(project=str(project / "slokit.yaml"))
    return api.report(loaded, server.url, at=at, source="recorded", archive=archive, series=series)


def _expected(ledger: Ledger, over: TimeRange) -> tuple[float, float, float]:
    """Total, bad, and the seconds that were measured."""
    ends = [end for end in ledger.slots() if over.start < end <= over.end]
    start, end = ledger.between or (ledger.start, ledger.end)
    bad = sum(ledger.bad for moment in ends if start < moment <= end)
    return ledger.total * len(ends), bad, 300.0 * len(ends)


def _measured(measure: Measure) -> tuple[float | None, float | None, float]:
    return measure.total, measure.bad, measure.covered_seconds


def test_a_retention_drops_what_the_archive_keeps(
    project: Path, forgetful: PrometheusServer, archive: Path, ledgers: list[Ledger]
) -> None:
    """Alone, the server counts some two weeks; with the archive, every event of the month."""
    alone = _report(project, forgetful, None)
    both = _report(project, forgetful, archive)

    for ledger, short, long in zip(ledgers, alone.rows, both.rows, strict=True):
        window = long.window_measure
        expected = _expected(ledger, window.time_range)
        assert short.window_measure.covered_seconds < 16 * DAY
        assert _measured(window) == pytest.approx(expected)
        assert _measured(long.period_measure) == pytest.approx(
            _expected(ledger, long.period_measure.time_range)
        )
        assert long.state == "ok"
    assert "from the archive" in both.warnings[0]
    assert both.archived[0].start <= AT - 30 * DAY
    assert AT - 16 * DAY < both.archived[-1].end < AT - 10 * DAY


def test_no_slot_is_counted_twice_at_any_minute(
    project: Path, forgetful: PrometheusServer, archive: Path, ledgers: list[Ledger]
) -> None:
    """Of a window that begins within an hour, that hour is left out, and nothing else."""
    at = AT - 1234.0
    for ledger, row in zip(ledgers, _report(project, forgetful, archive, at).rows, strict=True):
        over = row.window_measure.time_range
        whole_hours = TimeRange(-(-over.start // HOUR) * HOUR, over.end)
        assert _measured(row.window_measure) == pytest.approx(_expected(ledger, whole_hours))


def test_an_archive_beside_a_server_that_remembers_changes_nothing(
    project: Path, whole: PrometheusServer, archive: Path
) -> None:
    """The server's hours are taken where both have the same."""
    alone, both = _report(project, whole, None), _report(project, whole, archive)

    assert both.archived == ()
    assert [row.window_measure for row in both.rows] == [row.window_measure for row in alone.rows]


def test_a_report_on_a_past_that_the_server_has_forgotten(
    project: Path, forgetful: PrometheusServer, archive: Path, ledgers: list[Ledger]
) -> None:
    """All of it is the archive's: budgets are known, and so is that there was traffic."""
    at = AT - 20 * DAY
    made = _report(project, forgetful, archive, at)

    for ledger, row in zip(ledgers, made.rows, strict=True):
        # the archive begins 48 days back, which is 28 before this report
        over = TimeRange(made.archived[0].start, at)
        assert _measured(row.window_measure) == pytest.approx(_expected(ledger, over))
        assert row.window_measure.budget_remaining_ratio is not None
        assert row.state == "ok"


def test_what_is_drawn_is_made_of_both(
    project: Path, forgetful: PrometheusServer, archive: Path, ledgers: list[Ledger]
) -> None:
    """The slots of a window add up to it, and the forgotten outage is where it was."""
    row = _report(project, forgetful, archive, series=10).rows[0]
    inside = [slot for slot in row.series if slot.end > AT - 30 * DAY]

    assert sum(slot.bad for slot in inside) == pytest.approx(row.window_measure.bad)
    assert sum(slot.total for slot in inside) == pytest.approx(row.window_measure.total)
    assert max(inside, key=lambda slot: slot.bad).end == pytest.approx(OUTAGE[1], abs=3 * HOUR)


def test_a_second_run_keeps_nothing_anew(
    project: Path, whole: PrometheusServer, archive: Path
) -> None:
    """Hours that are there whole stay as they are, to the byte."""
    before = {path: path.read_bytes() for path in archive.rglob("*.parquet")}
    loaded = api.load(project=str(project / "slokit.yaml"))

    assert (
        api.keep_slots(
            loaded,
            PrometheusSettings(whole.url),
            start=AT - 13 * DAY,
            end=AT - 6 * DAY,
            archive=archive,
        )
        == 0
    )
    assert {path: path.read_bytes() for path in archive.rglob("*.parquet")} == before


def _ran(project: Path, server: PrometheusServer, *given: str) -> Any:
    base = ["report", "--project", str(project / "slokit.yaml"), "--prometheus", server.url]
    return CliRunner().invoke(app, [*base, "--at", str(AT), "--source", "recorded", *given])


def test_a_command_keeps_the_period_and_reads_it_back(
    project: Path, whole: PrometheusServer, forgetful: PrometheusServer, tmp_path: Path
) -> None:
    """A run with the whole server, and one with the other: the JSON says which times are whose."""
    archive = ["--archive", str(tmp_path / "kept")]
    first = _ran(project, whole, *archive, "--period", "40d", "--format", "json")
    second = _ran(project, forgetful, *archive, "--period", "40d", "--format", "json")

    assert (first.exit_code, second.exit_code) == (Exit.FINE, Exit.FINE), second.output
    one, other = json.loads(first.stdout), json.loads(second.stdout)
    assert one["archived"] == []
    assert len(other["archived"]) == 1
    for before, after in zip(one["rows"], other["rows"], strict=True):
        for name in ("window_measure", "period_measure"):
            assert after[name] == pytest.approx(before[name])
    assert len(list((tmp_path / "kept" / "shop").glob("*.parquet"))) == 40
