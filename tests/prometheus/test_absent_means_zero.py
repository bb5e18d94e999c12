"""A gauge that exists only while it is not zero: what it costs, and what `check` says about it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.compile.compiled import compiled
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import every, history, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

DAY, HOUR = 86_400, 3600
END = 1_767_225_600.0
UP = """'up{job="web"}'"""

SPEC = f"""\
apiVersion: slokit/v1
service: web
defaults: {{window: 1d, alert_policy: none}}
slos:
  - name: good
    objective: 99%
    no_data: good
    sli: {{threshold: {{metric: ingestion_pending, at_most: 0, expected: {UP}}}}}
  - name: filled
    objective: 99%
    sli:
      threshold:
        metric: 'sum(ingestion_pending) or 0 * sum(up{{job="web"}})'
        at_most: 0
  - name: plain
    objective: 99%
    sli: {{threshold: {{metric: ingestion_pending, at_most: 0}}}}
  - name: expected
    objective: 99%
    sli: {{threshold: {{metric: ingestion_pending, at_most: 0, expected: {UP}}}}}
"""


def test_silence_that_is_good_costs_nothing(tmp_path: Path) -> None:
    """One minute of every 150 is bad: 99.33 %, of 1 % that may be bad a third is left.

    As written without `no_data: good`, the same gauge is all bad. Ten times a day two samples are
    bad, of 2,880.
    """
    made = compiled(tmp_path / "c", SPEC)
    once = "1x1 stale _x297"
    replay = RuleReplay(
        tmp_path / "replay",
        made.files,
        {
            'ingestion_pending{job="web",instance="w1",source="user"}': " ".join([once] * 11),
            'up{job="web",instance="w1"}': "1x3300",
        },
    )

    samples = replay.samples("slokit:budget_remaining:ratio", "26h")
    left = {sample.labels["slo"]: sample.value for sample in samples}
    assert left["good"] == left["filled"] == pytest.approx(1 - 1 / 150 / 0.01, abs=0.07)
    assert left["plain"] == left["expected"] == pytest.approx(1 - 1 / 0.01)


def test_without_expected_members_there_is_no_data(tmp_path: Path) -> None:
    """Silence is good as long as somebody may speak: after that the ledger ends, and it alerts."""
    spec = SPEC.replace("window: 1d, alert_policy: none", "window: 30d")
    made = compiled(tmp_path / "c", spec)
    replay = RuleReplay(
        tmp_path / "replay", made.files, {'up{job="web",instance="w1"}': "1x60 stale"}
    )
    replay.ask('slokit:total:rate5m{slo="good"}', "30m", "35m").ask_alerts("SLONoData", "1h")

    assert [
        len(replay.samples('slokit:total:rate5m{slo="good"}', at)) for at in ("30m", "35m")
    ] == [
        1,
        0,
    ]
    assert "good" in {alert.labels["slo"] for alert in replay.alerts("SLONoData", "1h")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Two days: a gauge there for six minutes of every two hours and a half, and others.

    Without stale markers a sample counts for five minutes after it.
    """
    require_programs("prometheus", "promtool")
    times = every(END - 2 * DAY, END + 1, 30)
    rare = times[(times - times[0]) % 9000 < 60]
    job = {"job": "web", "instance": "w1"}
    half = times[(times - times[0]) % HOUR < 0.3 * HOUR]
    young = times[times > END - HOUR]
    series = [
        history({"__name__": "up", **job}, times, 1.0),
        history({"__name__": "up", "job": "db", "instance": "d1"}, times, 0.0),
        history({"__name__": "ingestion_pending", **job, "source": "user"}, rare, 1.0),
        # as seldom, but not always bad; always bad, but always there; and there since an hour
        history({"__name__": "sometimes_pending", **job}, half, np.arange(len(half)) % 2),
        history({"__name__": "always_pending", **job}, times, 1.0),
        history({"__name__": "young_pending", **job}, young, 1.0),
        history({"__name__": "too_low", **job}, half, 0.0),
    ]
    with server_with_history(tmp_path_factory.mktemp("absent"), series) as running:
        yield running


def reported(server: PrometheusServer, directory: Path, form: str) -> str:
    (directory / "slokit.yaml").write_text("bundle: shop\nspecs: spec.yaml\n")
    (directory / "spec.yaml").write_text(SPEC)
    at = str(END - HOUR)  # an hour and a half after the gauge's last sample
    arguments = ["report", "--prometheus", server.url, "--at", at, "--format", form]
    result = CliRunner().invoke(app, [*arguments, "--project", str(directory / "slokit.yaml")])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_state_no_data_carries_no_budget_number(server: PrometheusServer, tmp_path: Path) -> None:
    """What was measured is said: 60 minutes, all bad; what that means for a budget is unknown."""
    rows: dict[str, Any] = {
        row["slo"]: row for row in json.loads(reported(server, tmp_path, "json"))["rows"]
    }
    plain, good = rows["plain"], rows["good"]

    assert plain["state"] == "no-data"
    for measured in (plain["window_measure"], plain["period_measure"]):
        assert measured["bad"] == measured["total"] > 0
        assert measured["budget_allowed"] is None
        assert measured["budget_spent_ratio"] is None
        assert measured["budget_remaining_ratio"] is None
    assert plain["incidents"]
    assert {incident["budget_share"] for incident in plain["incidents"]} == {None}
    assert good["state"] == rows["filled"]["state"] == "exhausted"
    assert good["window_measure"]["sli"] == rows["filled"]["window_measure"]["sli"]


@pytest.mark.parametrize("form", ["table", "md"])
def test_people_are_shown_no_budget_without_data(
    server: PrometheusServer, tmp_path: Path, form: str
) -> None:
    """A dash, not -9900 %."""
    text = reported(server, tmp_path, form)
    (line,) = (each for each in text.splitlines() if "web/plain" in each and "o-" in each.lower())

    assert "-9,900" not in line
    assert "-9900" not in line
    assert "–" in line


def checked(
    tmp_path: Path, server: PrometheusServer, sli: str, more: str = "objective: 99%"
) -> Checked:
    return check_specs(tmp_path, server.url, END - HOUR, service(slo(sli, more)))


def test_a_gauge_that_is_there_only_while_it_is_bad_is_found(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """The finding says how seldom it was there, and both ways out; so does one with `expected`."""
    found = checked(tmp_path, server, "threshold: {metric: ingestion_pending, at_most: 0}")
    finding = found.only("SLK623")
    assert finding.level is Severity.WARNING
    assert finding.message.startswith("'ingestion_pending' was there in less than ")
    assert finding.message.endswith("and always beyond its limit: is it absent while it is 0?")
    assert finding.hint == (
        "then set `no_data: good` and `expected: 'up{…} == 1'`, or write"
        " `metric: 'sum(ingestion_pending) or 0 * sum(up{…} == 1)'`"
    )
    silent = f"threshold: {{metric: ingestion_pending, at_most: 0, expected: {UP}}}"
    hint = checked(tmp_path, server, silent).only("SLK623").hint
    assert hint.startswith("then set `no_data: good`, or write")


def test_an_expression_is_looked_at_as_well(server: PrometheusServer, tmp_path: Path) -> None:
    """Of an expression the samples of a day are evaluated."""
    sli = "threshold: {metric: sum(ingestion_pending), at_most: 0}"
    finding = checked(tmp_path, server, sli).only("SLK623")
    assert "the expression of 'metric' was there" in finding.message


@pytest.mark.parametrize(
    "sli",
    [
        "threshold: {metric: sometimes_pending, at_most: 0}",
        "threshold: {metric: always_pending, at_most: 0}",
        "threshold: {metric: young_pending, at_most: 0}",
        "threshold: {metric: too_low, at_least: 1}",
        "threshold: {metric: ingestion_pending, at_most: 1}",
    ],
)
def test_other_gauges_are_left_alone(server: PrometheusServer, tmp_path: Path, sli: str) -> None:
    """Good at times, always there, just begun, bad at zero, or within the limit."""
    assert checked(tmp_path, server, sli).of("SLK623") == []


def test_silence_that_is_said_to_be_good_is_no_finding(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """Neither is the gauge missed, nor are its silent members."""
    sli = f"threshold: {{metric: ingestion_pending, at_most: 0, expected: {UP}}}"
    found = checked(tmp_path, server, sli, "objective: 99%\n  no_data: good")
    assert found.numbers() == set()


def test_a_target_that_is_down_is_not_to_be_expected(
    server: PrometheusServer, tmp_path: Path
) -> None:
    """Its silence would be good: `up` is 0, and `up == 1` is the way out."""
    sli = """threshold: {metric: ingestion_pending, at_most: 0, expected: 'up{job="db"}'}"""
    more = "objective: 99%\n  no_data: good"
    finding = checked(tmp_path, server, sli, more).only("SLK618")
    assert finding.message.startswith("1 of the expected members are 0 and have no sample")
    assert finding.hint == """expect those that are up: `expected: 'up{job="db"} == 1'`"""
    up = sli.replace("""'up{job="db"}'""", """'up{job="db"} == 1'""")
    assert checked(tmp_path, server, up, more).of("SLK618") == []


def test_a_gauge_that_never_was_is_a_warning(server: PrometheusServer, tmp_path: Path) -> None:
    """Nothing may have been pending yet."""
    sli = f"threshold: {{metric: frozen_uploads, at_most: 0, expected: {UP}}}"
    found = checked(tmp_path, server, sli, "objective: 99%\n  no_data: good")
    assert found.only("SLK601").level is Severity.WARNING


def test_a_misspelt_gauge_is_an_error(server: PrometheusServer, tmp_path: Path) -> None:
    """Its absence would be good for ever; a name that is nearly the same exists."""
    sli = f"threshold: {{metric: ingestion_pendign, at_most: 0, expected: {UP}}}"
    found = checked(tmp_path, server, sli, "objective: 99%\n  no_data: good")
    assert found.only("SLK601").level is Severity.ERROR
    assert found.only("SLK601").hint.startswith("did you mean 'ingestion_pending'")
