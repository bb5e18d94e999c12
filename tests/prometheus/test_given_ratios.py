"""Ratios that are given: what the ledger holds, how fast a burn shows, and what a report says."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.prometheus.ledger_cases import Case, Ledgers
from tests.support.compile.compiled import compiled
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import every, history, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

DAY, HOUR = 86_400, 3600
END = 1_767_225_600.0
CAVEAT = "a given ratio weighs time, not events: a quiet hour counts as much as a busy one"


def constant(value: str) -> str:
    """A value that stands for all samples; NaN and infinities have no steps in promtool."""
    return " ".join(61 * [value])


SERIES = {
    'errors{group="some"}': "0.25x60",
    'errors{group="none"}': "0x60",
    'errors{group="all"}': "1x60",
    'errors{group="above"}': "1.5x60",
    'errors{group="below"}': "-0.5x60",
    'errors{group="nan"}': constant("NaN"),
    'errors{group="infinite"}': constant("+Inf"),
    'errors{group="gone"}': "0.25x20 stale",
    'errors{group="several",pod="1"}': "0.25x60",
    'errors{group="several",pod="2"}': "0.75x60",
    'errors{group="mixed",pod="1"}': "0.25x60",
    'errors{group="mixed",pod="2"}': constant("NaN"),
    'errors{group="mixed",pod="3"}': "9x60",
    'failed_total{group="busy"}': "0+60x60",
    'asked_total{group="busy"}': "0+240x60",
    'failed_total{group="quiet"}': "5x60",
    'asked_total{group="quiet"}': "9x60",
    'asked_total{group="perfect"}': "0+240x60",
}
RATED = "sum by ($group_by) (rate({}[$window]))"
QUOTIENT = f"{RATED.format('failed_total')} / {RATED.format('asked_total')}"
FILLED = (
    f"({RATED.format('failed_total')} or 0 * {RATED.format('asked_total')})"
    f" / {RATED.format('asked_total')}"
)
BOTH = "some={}/1 none={}/1 all={}/1 above={}/1 below={}/1 nan=- infinite={}/1 gone=- several=0.5/1"
CASES = [
    Case(
        "bad",
        "ratio: {bad: errors}",
        # NaN takes no part, 9 is no more than 1: (0.25 + 1) / 2
        BOTH.format(0.25, 0, 1, 1, 0, 1) + " mixed=0.625/1",
    ),
    Case("good", "ratio: {good: errors}", BOTH.format(0.75, 1, 0, 0, 1, 0) + " mixed=0.375/1"),
    Case("expression", "ratio: {bad: '1 - errors'}", BOTH.format(0.75, 1, 0, 0, 1, 0)),
    # no error was ever counted, so the quotient has no sample: no data, and not a perfect service
    Case("quotient", f"ratio: {{bad: '{QUOTIENT}'}}", "busy=0.25/1 quiet=- perfect=-"),
    Case("filled", f"ratio: {{bad: '{FILLED}'}}", "busy=0.25/1 quiet=- perfect=0/1"),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    """All cases in one replay."""
    require_programs("promtool")
    return Ledgers(tmp_path_factory.mktemp("ratios"), CASES, SERIES, ["group"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_ledger_holds_the_ratio_where_there_is_one(case: Case, ledgers: Ledgers) -> None:
    """1 and the ratio, clamped; absent and NaN are no data; several series count alike."""
    assert ledgers.rows(case) == case.expected


BURNS = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - {name: instant, objective: 90%, sli: {ratio: {bad: now_ratio}}}
      - name: mean
        objective: 90%
        sli: {ratio: {bad: 'rate(failed_total[$window]) / rate(asked_total[$window])'}}
"""


def test_a_mean_over_the_ledger_window_is_not_averaged_again(tmp_path: Path) -> None:
    """After three minutes of a total outage 3 of 5 minutes are bad: a burn rate of 6 at 90 %.

    An instant, 1 or 0, becomes that mean in the fast window; a rate over $window is it already.
    """
    made = compiled(tmp_path / "c", BURNS)
    history = {
        "now_ratio": "0x39 1x60",
        "failed_total": "0x40 30+30x60",
        "asked_total": "0+30x100",
    }
    replay = RuleReplay(tmp_path / "replay", made.files, history)

    samples = replay.samples("slokit:burn:5m", "23m")
    burns = {sample.labels["slo"]: sample.value for sample in samples}
    # one evaluation is a tenth of the window
    assert burns["instant"] == pytest.approx(6, abs=1.01)
    assert burns["mean"] == pytest.approx(6, abs=1.01)
    # the count of 25m holds the ten evaluations up to 24m30s
    (mean,) = (s for s in replay.samples("slokit:bad:events5m", "25m") if s.labels["slo"] == "mean")
    assert mean.value == pytest.approx(300 * np.mean(np.arange(0, 0.91, 0.1)), abs=1)


SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: given
    objective: 95%
    window: 1d
    alert_policy: none
    sli: {ratio: {bad: 'job:errors:ratio'}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A day with a ratio: half of an hour's events fail; six hours without any, one of NaN."""
    times = every(END - DAY - HOUR, END + 1, 30)
    values = np.where((times > END - 10 * HOUR) & (times <= END - 9 * HOUR), 0.5, 0.0)
    values = np.where((times > END - 8 * HOUR) & (times <= END - 7 * HOUR), np.nan, values)
    there = (times <= END - 16 * HOUR) | (times > END - 10 * HOUR)
    series = [
        history({"__name__": "job:errors:ratio"}, times[there], values[there]),
        history({"__name__": "errors_percent"}, times, 100 * np.nan_to_num(values) + 2),
        history({"__name__": "skewed_ratio"}, times, 1.2),
        history({"__name__": "marked_ratio"}, times, np.where(there, 0.5, -1.0)),
    ]
    require_programs("prometheus", "promtool")
    with server_with_history(tmp_path_factory.mktemp("given"), series) as running:
        yield running


def reported(server: PrometheusServer, directory: Path, form: str) -> str:
    (directory / "slokit.yaml").write_text("bundle: shop\nspecs: spec.yaml\n")
    (directory / "spec.yaml").write_text(SPEC)
    arguments = ["report", "--prometheus", server.url, "--at", str(END), "--format", form]
    result = CliRunner().invoke(app, [*arguments, "--project", str(directory / "slokit.yaml")])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_report_weighs_time_where_there_is_a_ratio(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """17 hours with a ratio, half an hour of them bad: 1/34, of which 5 % may be: 41 % are left.

    Each of the four edges of what is missing may cost or gain a ledger window.
    """
    data = json.loads(reported(server, tmp_path, "json"))
    (row,) = data["rows"]
    window = row["window_measure"]

    assert row["sli"] == "ratio"
    assert window["total"] == pytest.approx(17 * HOUR, abs=600)
    assert window["bad"] == pytest.approx(HOUR / 2, abs=15)
    assert window["sli"] == pytest.approx(1 - 1 / 34, abs=0.0005)
    assert window["budget_remaining_ratio"] == pytest.approx(1 - 1 / 34 / 0.05, abs=0.01)
    assert row["coverage"] == pytest.approx(17 / 24, abs=0.02)
    assert f"{CAVEAT}: shop/given" in data["warnings"]


@pytest.mark.parametrize("form", ["table", "md"])
def test_a_report_says_that_a_ratio_weighs_time(
    server: PrometheusServer, tmp_path: Path, form: str
) -> None:
    """In both formats for people; amounts are times, not events."""
    text = " ".join(reported(server, tmp_path, form).split())

    assert CAVEAT in text
    assert " % 30m 17h" in text if form == "table" else "| 30m |" in text


def checked(tmp_path: Path, server: PrometheusServer, sli: str) -> Checked:
    return check_specs(tmp_path, server.url, END, service(slo(sli)))


def test_a_percentage_is_no_ratio(server: PrometheusServer, tmp_path: Path) -> None:
    """Clamped, it would be all bad; the finding says how large it was and what to do."""
    found = checked(tmp_path, server, "ratio: {bad: errors_percent}")
    finding = found.only("SLK622")
    assert finding.level is Severity.ERROR
    assert finding.message == "'errors_percent' is no ratio: it was 52 within 1d"
    assert "divide a percentage by 100" in finding.hint
    assert checked(tmp_path, server, "ratio: {bad: errors_percent / 100}").of("SLK622") == []


def test_a_ratio_beyond_its_range_is_a_warning(server: PrometheusServer, tmp_path: Path) -> None:
    """A little above 1, or a marker below 0, counts as something that it may not mean."""
    above = checked(tmp_path, server, "ratio: {bad: skewed_ratio}").only("SLK622")
    below = checked(tmp_path, server, "ratio: {good: marked_ratio}").only("SLK622")

    assert above.level is below.level is Severity.WARNING
    assert "it was 1.2 within 1d" in above.message
    assert "it was -1 within 1d" in below.message


def test_a_ratio_is_fine(server: PrometheusServer, tmp_path: Path) -> None:
    """From 0 to 1, with gaps and NaN: nothing to say."""
    assert checked(tmp_path, server, "ratio: {bad: 'job:errors:ratio'}").numbers() == set()
