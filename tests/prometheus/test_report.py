"""The report against what the generator of the history knows."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, STEP = 86_400, 3600, 30
END = 1_767_225_600.0
PER_SECOND, BAD_PER_SECOND = 10.0, 2.0
BAD = BAD_PER_SECOND * HOUR
SPEC = """\
apiVersion: slokit/v1
service: api
slos:
  - name: availability
    objective: 99.9%
    window: 3d
    group_by: [cluster]
    selector: {job: api}
    sli: {events: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Three days at ten requests a second; one hour, a day before the end, with errors."""
    times = every(END - 3 * DAY - HOUR, END, STEP)
    total = np.cumsum(np.full(len(times), PER_SECOND * STEP))
    hour = (times > END - DAY) & (times <= END - DAY + HOUR)
    bad = np.cumsum(np.where(hour, BAD_PER_SECOND * STEP, 0.0))
    labels = {"__name__": "http_requests_total", "job": "api", "cluster": "a"}
    series = [
        history({**labels, "code": "200"}, times, total - bad),
        history({**labels, "code": "500"}, times, bad),
    ]
    with server_with_history(tmp_path_factory.mktemp("report"), series) as running:
        yield running


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one SLO, as the working directory."""
    (tmp_path / "slokit.yaml").write_text("bundle: shop\nspecs: [specs]\n")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "api.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _report(server: PrometheusServer, *options: str) -> str:
    arguments = ["report", "--prometheus", server.url, "--at", str(END), *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("specs")
def test_raw_history_gives_the_events_of_the_generator(server: PrometheusServer) -> None:
    """Bad events, total events and budget agree with the generator within 0.1 %.

    The noise of rate() at the edges of an error hour is below one event in a thousand.
    """
    report = json.loads(_report(server, "--format", "json"))
    (row,) = report["rows"]
    window = row["window_measure"]

    assert row["group"] == {"cluster": "a"}
    assert any("raw history: api/availability" in text for text in report["warnings"])
    assert row["state"] == "exhausted"
    assert window["bad"] == pytest.approx(BAD, rel=1e-3)
    assert window["total"] == pytest.approx(PER_SECOND * 3 * DAY, rel=1e-3)
    allowed = PER_SECOND * 3 * DAY * 0.001
    assert window["budget_spent_ratio"] == pytest.approx(BAD / allowed, rel=2e-3)
    assert row["coverage"] == pytest.approx(1.0)


@pytest.mark.usefixtures("specs")
def test_the_error_hour_is_the_one_incident(server: PrometheusServer) -> None:
    """The incident begins and ends with the errors, to the ledger window, and holds all of them."""
    (row,) = json.loads(_report(server, "--format", "json"))["rows"]
    (incident,) = row["incidents"]

    assert incident["bad"] == pytest.approx(BAD, rel=1e-3)
    assert incident["peak_burn"] == pytest.approx(BAD_PER_SECOND / PER_SECOND / 0.001, rel=1e-2)


@pytest.mark.usefixtures("specs")
def test_without_a_ledger_the_recorded_report_has_no_numbers(server: PrometheusServer) -> None:
    """An unknown number is null and the state no-data: never 0, never ok."""
    text = _report(server, "--format", "json", "--source", "recorded")
    (row,) = json.loads(text)["rows"]

    assert row["state"] == "no-data"
    assert row["window_measure"]["sli"] is None
    assert row["window_measure"]["budget_remaining_ratio"] is None


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("form", ["table", "md"])
def test_formats_for_people_say_that_it_is_raw_history(server: PrometheusServer, form: str) -> None:
    """Both formats for people show the row and say where the numbers come from."""
    text = _report(server, "--format", form)

    assert "api/availability" in text
    assert "raw history" in text
    assert "exhausted" in text.lower()


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize(
    ("at", "now", "before", "change"),
    [
        (END, BAD, 0.0, "worse"),
        (END - DAY + 2 * HOUR, BAD, 0.0, "worse"),
        (END - DAY, 0.0, 0.0, "same"),
    ],
)
def test_raw_history_is_compared(
    server: PrometheusServer, at: float, now: float, before: float, change: str
) -> None:
    """The day with the error hour beside the day before it, of which there is no ledger."""
    options = ("--period", "1d", "--compare", "previous", "--source", "raw", "--at", str(at))
    (row,) = json.loads(_report(server, *options, "--format", "json"))["rows"]

    assert row["period_measure"]["bad"] == pytest.approx(now, rel=1e-3)
    assert row["compare_measure"]["bad"] == pytest.approx(before, abs=1e-6)
    assert row["compare_measure"]["total"] == pytest.approx(PER_SECOND * DAY, rel=1e-3)
    assert f": {change}" in _report(server, *options)
