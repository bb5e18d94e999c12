"""`slokit check` finds SLOs that make no sense: what they are worth on a real server says so."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from slokit.diagnostics.finding import Severity
from tests.conftest import require_programs
from tests.support.command_here import slokit
from tests.support.compile.live_specs import check_specs, service, slo
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
NOW = time.time() // 60 * 60
TIMES = every(NOW - 90_000, NOW + 1800, 60)
DEFAULTS = "{selector: {job: web}}"


def series(name: str, values: ArrayLike, **labels: str) -> History:
    return history({"__name__": name, "job": "web", **labels}, TIMES, values)


def counter(name: str, per_second: float, **labels: str) -> History:
    return series(name, np.floor(per_second * (TIMES - TIMES[0])), **labels)


def ledger(slo_name: str, bad: float, total: float) -> list[History]:
    """What rules would have recorded of an SLO: so many events every five minutes."""
    own = {"bundle": "test", "service": "shop", "slo": slo_name}
    slots = every(NOW - 90_000, NOW + 1800, 300)
    return [
        history({"__name__": "slokit:bad:events5m", **own}, slots, bad),
        history({"__name__": "slokit:total:events5m", **own}, slots, total),
        history({"__name__": "slokit:total:rate5m", **own}, TIMES, total / 300),
        history({"__name__": "slokit:bad:rate5m", **own}, TIMES, bad / 300),
        history({"__name__": "slokit:budget:ratio", **own}, TIMES, 0.001),
    ]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A day of a web server with few errors, its latency, two restarts, and a lag of 5 ms."""
    require_programs("prometheus", "promtool")
    bounds = {"0.1": 8.0, "0.3": 9.99, "1.0": 9.999, "+Inf": 10.0}
    started = np.where(TIMES < NOW - 40_000, NOW - 500_000, NOW - 40_000)
    started[TIMES >= NOW - 1500] = NOW - 1500
    found = [
        counter("requests_total", 10.0, code="200"),
        counter("requests_total", 0.002, code="500"),
        counter("errors_total", 0.002),
        counter("logins_total", 0.05),
        *(counter("duration_seconds_bucket", rate, le=le) for le, rate in bounds.items()),
        counter("duration_seconds_count", 10.0),
        series("primary_since", started, instance="w1"),
        series("term", np.floor((TIMES - TIMES[0]) / 80_000) + 1.0, instance="w1"),
        series("lag_milliseconds_now", 5.0 + np.arange(len(TIMES)) % 2, instance="w1"),
        series("error_percentage", 1.5 + np.arange(len(TIMES)) % 3),
        series("ready", 3.0),
        series("wanted", 1.0),
        *ledger("wild", bad=3000.0, total=100.0),
        *ledger("edge", bad=301.0, total=300.0),
    ]
    with server_with_history(tmp_path_factory.mktemp("web"), found) as server:
        yield server


@dataclass(frozen=True)
class Mistake:
    """An SLO that makes no sense: what is found, where in its spec, and what is said."""

    sli: str
    code: str
    at: str
    says: str
    more: str = "objective: 99.9%"
    exit: int = 1


MISTAKES = {
    "bad above total": Mistake(
        "events:\n  bad: requests_total\n  total: logins_total",
        "SLK630",
        "bad: requests_total",
        "'bad' counts more than 'total': 864,173 of 4,320 events",
    ),
    "good above total": Mistake(
        "events:\n  good: requests_total\n  total: logins_total",
        "SLK630",
        "good: requests_total",
        "'good' counts more than 'total'",
    ),
    "good and total swapped": Mistake(
        "events:\n  good: requests_total\n  total: 'requests_total{code=\"500\"}'",
        "SLK630",
        "good: requests_total",
        "864,173 of 173 events",
    ),
    "levels above their whole": Mistake(
        "events:\n  of: gauges\n  good: ready\n  total: wanted",
        "SLK630",
        "good: ready",
        "'good' counts more than 'total': 259,200 of 86,400 member-seconds",
    ),
    "bad is total": Mistake(
        "events:\n  bad: requests_total\n  total: requests_total",
        "SLK631",
        "bad: requests_total",
        "'bad' and 'total' are the same",
    ),
    "good is total": Mistake(
        "events:\n  good: requests_total\n  total: requests_total",
        "SLK631",
        "good: requests_total",
        "'good' and 'total' are the same",
    ),
    "good includes bad": Mistake(
        "events:\n  good: requests_total\n  bad: 'requests_total{code=\"500\"}'",
        "SLK631",
        "good: requests_total",
        "1 series of 'requests_total' are in 'good' and in 'bad'",
    ),
    "bad is total in PromQL": Mistake(
        "events:\n  bad: sum( rate(requests_total{$selector}[$window]) )\n  total: requests_total",
        "SLK631",
        "bad: sum( rate(requests_total{$selector}[$window]) )",
        "'bad' and 'total' are the same",
    ),
    "the largest bucket is all": Mistake(
        "events:\n  good: 'duration_seconds_bucket{le=\"+Inf\"}'\n  total: duration_seconds_count",
        "SLK631",
        "good: 'duration_seconds_bucket{le=\"+Inf\"}'",
        "'good' and 'total' are the same",
    ),
    "a list that counts twice": Mistake(
        "events:\n  bad:\n    - 'requests_total{code=\"500\"}'\n"
        "    - 'requests_total{code=~\"5..\"}'\n  total: requests_total",
        "SLK631",
        "- 'requests_total{code=~\"5..\"}'",
        "1 series of 'requests_total' are twice in 'bad'",
    ),
    "good leaves nothing out": Mistake(
        "events:\n  good: 'requests_total{code!~\"9..\"}'\n  total: requests_total",
        "SLK612",
        "good: 'requests_total{code!~\"9..\"}'",
        "none of 900,180 events in 30 days was bad",
        exit=0,
    ),
    "good by a label that is not there": Mistake(
        "events:\n  good: 'requests_total{status!~\"5..\"}'\n  total: requests_total",
        "SLK612",
        "good: 'requests_total{status!~\"5..\"}'",
        'requests_total{job="web",status=~"5.."} matched nothing',
    ),
    "a member by a label that is not there": Mistake(
        "threshold:\n  metric: lag_milliseconds_now\n  at_most: 200\n  member: [pod]\n"
        "  remember: 1h",
        "SLK648",
        "member: [pod]",
        "no series of 'lag_milliseconds_now' has the label 'pod', which names its members",
    ),
    "elections of nobody": Mistake(
        "rate:\n  counter: logins_total\n  counted_by: every_member\n  member: [pod]\n"
        "  at_most: 1000/h",
        "SLK648",
        "member: [pod]",
        "no series of 'logins_total' has the label 'pod'",
        more="",
    ),
    "a moment for an age": Mistake(
        "threshold:\n  metric: primary_since\n  unit: seconds\n  at_least: 1h",
        "SLK647",
        "metric: primary_since",
        f"is a moment in time ({datetime.fromtimestamp(NOW - 1500, UTC).date()})",
    ),
    "a percentage above a ratio": Mistake(
        "threshold:\n  metric: error_percentage\n  unit: ratio\n  at_least: 1%",
        "SLK647",
        "metric: error_percentage",
        "is no ratio: it was 2.5 within 1d",
        exit=0,
    ),
    "good and bad swapped": Mistake(
        "events:\n  good: 'requests_total{code=\"500\"}'\n  bad: 'requests_total{code=\"200\"}'",
        "SLK632",
        "bad: 'requests_total{code=\"200\"}'",
        "0.02 % in the last day, 864,000 of 864,173 events bad, far below 99.9%",
        exit=0,
    ),
    "good ones named bad": Mistake(
        "events:\n  bad: 'requests_total{code=\"200\"}'\n  total: requests_total",
        "SLK632",
        "bad: 'requests_total{code=\"200\"}'",
        "it would page at once",
        exit=0,
    ),
    "le summed in the total": Mistake(
        "events:\n  good: 'duration_seconds_bucket{le=\"0.3\"}'\n  total: duration_seconds_bucket",
        "SLK633",
        "total: duration_seconds_bucket",
        "'duration_seconds_bucket' adds up 4 buckets of 'duration_seconds'",
    ),
    "le missing in the good": Mistake(
        "events:\n  good: duration_seconds_bucket\n  total: duration_seconds_count",
        "SLK633",
        "good: duration_seconds_bucket",
        "adds up 4 buckets",
    ),
    "le summed in PromQL": Mistake(
        "events:\n  good: 'duration_seconds_bucket{le=\"0.3\"}'\n"
        "  total: sum(rate(duration_seconds_bucket{$selector}[$window]))",
        "SLK633",
        "total: sum(rate(duration_seconds_bucket{$selector}[$window]))",
        "the expression of 'total' adds up 4 buckets",
    ),
    "le that no bucket has": Mistake(
        "events:\n  good: 'duration_seconds_bucket{le=\"0.25\"}'\n  total: duration_seconds_count",
        "SLK602",
        "good: 'duration_seconds_bucket{le=\"0.25\"}'",
        "no series of 'duration_seconds_bucket' matched",
    ),
    "an epoch that is a time": Mistake(
        "rate:\n  epoch: primary_since\n  at_most: 1/30d",
        "SLK634",
        "epoch: primary_since",
        f"is a time ({datetime.fromtimestamp(NOW - 1500, UTC).date()}), no epoch",
        more="",
    ),
    "a limit in another unit": Mistake(
        "threshold:\n  metric: lag_milliseconds_now\n  at_most: 0.2",
        "SLK632",
        "at_most: 0.2",
        "0.00 % in the last day, 86,400 of 86,400 seconds bad, far below 99.9%",
        exit=0,
    ),
    "a percentage as a ratio": Mistake(
        "ratio:\n  bad: error_percentage",
        "SLK622",
        "bad: error_percentage",
        "is no ratio: it was 3.5",
    ),
    "a gauge as a counter": Mistake(
        "events:\n  bad: lag_milliseconds_now\n  total: requests_total",
        "SLK616",
        "bad: lag_milliseconds_now",
        "as a gauge does and a counter does not",
        exit=0,
    ),
}
SOUND = {
    "bad of total": "events: {bad: 'requests_total{code=\"500\"}', total: requests_total}",
    "good and bad": (
        "events: {good: 'requests_total{code=\"200\"}', bad: 'requests_total{code=\"500\"}'}"
    ),
    "good without the bad": (
        "events: {good: 'requests_total{code!~\"5..\"}', total: requests_total}"
    ),
    "members by a label of theirs": (
        "threshold: {metric: lag_milliseconds_now, at_most: 200, member: [job, instance],"
        " remember: 1h}"
    ),
    "an age": (
        "threshold: {metric: 'time() - primary_since{$selector}', unit: seconds, at_least: 1m}"
    ),
    "a list": (
        "events: {bad: ['requests_total{code=\"500\"}', errors_total], total: requests_total}"
    ),
    "errors of their own": "events: {bad: errors_total, total: requests_total}",
    "latency": "latency: {histogram: duration_seconds, at_most: 300ms}",
    "buckets by hand": (
        "events: {good: 'duration_seconds_bucket{le=\"0.3\"}', total: duration_seconds_count}"
    ),
    "quantile": (
        "threshold: {metric: 'histogram_quantile(0.5, sum by (le)"
        " (rate(duration_seconds_bucket{$selector}[$window])))', at_most: 1}"
    ),
    "threshold": "threshold: {metric: lag_milliseconds_now, at_most: 200}",
    "levels": "events: {of: gauges, good: wanted, total: ready}",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_at_the_side_that_is_wrong(
    name: str, tmp_path: Path, web: PrometheusServer
) -> None:
    """Each has one finding that says what is wrong, on the line where it is."""
    mistake = MISTAKES[name]
    spec = service(slo(mistake.sli, mistake.more), DEFAULTS)
    found = check_specs(tmp_path, web.url, NOW, spec)
    finding = found.only(mistake.code)
    assert found.line(finding) == mistake.at
    assert mistake.says in finding.message
    assert finding.hint
    assert found.numbers() == {mistake.code}
    errors = [each for each in found.findings if each.level is Severity.ERROR]
    assert bool(errors) == bool(mistake.exit)


def test_what_stands_in_for_an_epoch_that_is_a_time_counts_restarts(
    tmp_path: Path, web: PrometheusServer
) -> None:
    """The hint's own words make a sound SLO, of which two restarts of a day are two events."""
    mistake = MISTAKES["an epoch that is a time"]
    spec = service(slo(mistake.sli, mistake.more), DEFAULTS)
    hint = check_specs(tmp_path, web.url, NOW, spec).only("SLK634").hint
    key, gauge = re.findall("`(.*?)`", hint)[0].split(": ", 1)
    sli = f"rate:\n  {key}: '{gauge}'\n  at_most: 60/30d"
    assert check_specs(tmp_path, web.url, NOW, service(slo(sli, ""), DEFAULTS)).numbers() == set()
    ran = slokit(tmp_path, "check", "--prometheus", web.url, "--format", "json")
    (found,) = json.loads(ran.out)["slis"]
    assert found["last_day"]["bad"] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_slo_has_no_finding(name: str, tmp_path: Path, web: PrometheusServer) -> None:
    """Few errors, a good latency and a small lag are no mistakes."""
    spec = service(slo(SOUND[name]), DEFAULTS)
    assert check_specs(tmp_path, web.url, NOW, spec).numbers() - {"SLK632"} == set()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_exit_code(name: str, tmp_path: Path, web: PrometheusServer) -> None:
    """What is impossible fails a run; what may be an outage does not, but with --strict."""
    mistake = MISTAKES[name]
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (tmp_path / "spec.yaml").write_text(service(slo(mistake.sli, mistake.more), DEFAULTS))
    ran = slokit(tmp_path, "check", "--prometheus", web.url, "--format", "line")
    assert ran.code == mistake.exit, ran.out
    assert f": {mistake.code} " in ran.out
    if not mistake.exit:
        strict = slokit(tmp_path, "check", "--prometheus", web.url, "--strict")
        assert strict.code == 1


@pytest.mark.parametrize(("name", "source"), [("one", "raw"), ("wild", "recorded")])
def test_a_report_makes_no_sli_of_more_bad_events_than_events(
    name: str, source: str, tmp_path: Path, web: PrometheusServer
) -> None:
    """From raw history and from the ledger: the row says that it is impossible, a note why."""
    report = reported(tmp_path, web, MISTAKES["bad above total"].sli, name, source)
    (row,) = report["rows"]
    assert row["state"] == "impossible"
    measure = row["window_measure"]
    assert measure["bad"] > measure["total"] > 0
    assert [measure[key] for key in ("sli", "ratio_bad", "budget_spent_ratio")] == [None] * 3
    assert set(row["burn"].values()) == {None}
    assert row["incidents"] == []
    note = next(text for text in report["warnings"] if "impossible" in text)
    assert note.startswith(f"shop/{name} has no SLI: {measure['bad']:,.0f} bad of")


def test_what_scrapes_at_different_moments_explain_is_all_bad(
    tmp_path: Path, web: PrometheusServer
) -> None:
    """301 bad events of 300 are an SLI of 0 %, not of -0.3 %."""
    report = reported(tmp_path, web, MISTAKES["bad above total"].sli, "edge", "recorded")
    (row,) = report["rows"]
    assert row["window_measure"]["sli"] == 0
    assert row["window_measure"]["budget_spent_ratio"] == pytest.approx(100)


def reported(directory: Path, server: PrometheusServer, sli: str, name: str, source: str) -> Any:
    """The JSON of a report about one SLO."""
    spec = service(slo(sli).replace("name: one", f"name: {name}"), DEFAULTS)
    (directory / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (directory / "spec.yaml").write_text(spec)
    asked = ["--prometheus", server.url, "--source", source, "--format", "json"]
    ran = slokit(directory, "report", *asked)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_check_and_explain_take_the_states_of_a_report(
    web: PrometheusServer, tmp_path: Path
) -> None:
    """`--only` leaves the SLOs that a report has in a state, of a service its page lists them."""
    errors = "events: {bad: 'requests_total{code=\"500\"}', total: requests_total}"
    (tmp_path / "slokit.yaml").write_text("bundle: other\nspecs: spec.yaml\n")
    (tmp_path / "spec.yaml").write_text(
        "apiVersion: slokit/v1\nservice: shop\n"
        "defaults: {window: 1d, selector: {job: web}}\nslos:\n"
        f"  - {{name: fine, objective: 99%, sli: {{{errors}}}}}\n"
        f"  - {{name: spent, objective: 99.99%, sli: {{{errors}}}}}\n"
    )
    server = ("--prometheus", web.url)

    every_slo = slokit(tmp_path, "check", *server)
    checked = slokit(tmp_path, "check", "--only", "exhausted", *server)
    explained = slokit(tmp_path, "explain", "shop", "--only", "exhausted", *server)
    nothing = slokit(tmp_path, "explain", "--only", "idle", *server)
    no_check = slokit(tmp_path, "check", "--only", "idle", *server)

    assert "checked 2 SLOs" in every_slo.out
    assert "checked 1 SLO of 1 service" in checked.out, checked.err
    assert "shop/spent" in checked.out
    assert "shop/fine" not in checked.out
    assert "shop/spent, 99.99% over 1d" in explained.out, explained.err
    assert "shop/fine" not in explained.out
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "no SLO of these is idle\n")
    assert (no_check.code, "checked 0 SLOs" in no_check.out) == (0, True), no_check.err
