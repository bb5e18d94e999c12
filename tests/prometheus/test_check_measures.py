"""`slokit check` evaluates each SLI: what it prints is what raw PromQL says, and the truth."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tests.conftest import require_programs
from tests.support.command_here import slokit
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import Floats, History, every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
NOW = time.time() // 60 * 60
BEGIN = NOW - 100_000
TIMES = every(BEGIN, NOW + 1800, 30)
DEFAULTS = "{group_by: [cluster], selector: {job: web}}"
EVENTS = "events: {bad: 'requests_total{code=\"500\"}', total: requests_total}"
GOOD = "events: {good: 'requests_total{code=\"200\"}', total: requests_total}"
PROMQL = (
    "events: {bad: 'sum by (cluster) (rate(requests_total{$selector,code=\"500\"}[$window]))',"
    " total: 'sum by (cluster) (rate(requests_total{$selector}[$window]))'}"
)
LATENCY = "latency: {histogram: duration_seconds, at_most: 300ms}"
LAG = "threshold: {metric: lag_seconds, at_most: 1s}"
EACH = "threshold: {metric: lag_seconds, at_most: 1s, aggregate: each}"
RATE = "rate: {counter: restarts_total, counted_by: one_member, at_most: 2/30d}"
DAY, HOUR = "last_day", "last_hour"
# Counters that are there for a minute, in which five requests of fifty failed.
NEW = every(NOW - 60, NOW + 1800, 15)
NEW_BAD = np.minimum(np.maximum(NEW - NOW + 60, 0) // 12, 5)
NEW_SERIES = {
    ("young_failed_total", ""): NEW_BAD,
    ("young_total", ""): 10 * NEW_BAD,
    ("young_ok_total", ""): 9 * NEW_BAD,
    ("young_seconds_count", ""): 10 * NEW_BAD,
    ("young_seconds_bucket", "0.3"): 9 * NEW_BAD,
    ("young_seconds_bucket", "+Inf"): 10 * NEW_BAD,
}


def series(name: str, values: ArrayLike, cluster: str, **labels: str) -> History:
    own = {"__name__": name, "job": "web", "cluster": cluster}
    return history({**own, **labels}, TIMES, values)


def stepped(steps: dict[float, float]) -> Floats:
    """A counter that grows by so much so many seconds before NOW."""
    steps_up = [np.where(NOW - ago <= TIMES, by, 0.0) for ago, by in steps.items()]
    return np.asarray(np.sum(steps_up, axis=0), dtype=np.float64)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Two clusters: one sound, one with errors, a restart in the middle of the day, and lag."""
    require_programs("prometheus", "promtool")
    steady = np.floor(7.3 * (TIMES - BEGIN))
    restarted = np.where(TIMES < NOW - 50_000, steady, np.floor(7.3 * (TIMES - (NOW - 50_000))))
    lag = np.where((TIMES > NOW - 7200) & (TIMES <= NOW - 5400), 3.0, 0.1)
    found = [
        series("requests_total", steady, "a", code="200", instance="a1"),
        series("requests_total", restarted, "b", code="200", instance="b1"),
        series("requests_total", stepped({80_000: 20, 600: 14}), "a", code="500", instance="a1"),
        series("requests_total", stepped({9000: 7000}), "b", code="500", instance="b1"),
        series("duration_seconds_count", steady, "a", instance="a1"),
        series("duration_seconds_bucket", np.floor(0.99 * steady), "a", le="0.3", instance="a1"),
        series("duration_seconds_bucket", steady, "a", le="+Inf", instance="a1"),
        series("lag_seconds", lag, "a", instance="a1"),
        series("lag_seconds", 0.1, "a", instance="a2"),
        series("restarts_total", stepped({70_000: 1, 100: 1}), "a", instance="a1"),
        series("restarts_total", 0.0, "a", instance="a2"),
        *(
            history({"__name__": name, "job": "young", "instance": "y", "le": le}, NEW, values)
            for (name, le), values in NEW_SERIES.items()
        ),
        *(
            series("requests_total", np.floor(n * (TIMES - BEGIN)), f"c{n}", code="200")
            for n in range(1, 4)
        ),
    ]
    with server_with_history(tmp_path_factory.mktemp("web"), found) as server:
        yield server


def run(directory: Path, url: str, spec: str, *arguments: str) -> str:
    (directory / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (directory / "spec.yaml").write_text(spec)
    ran = slokit(directory, "check", "--prometheus", url, *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran.out


def slis(directory: Path, url: str, sli: str, more: str = "objective: 99.9%") -> list[Any]:
    spec = service(slo(sli, more), DEFAULTS)
    found: list[Any] = json.loads(run(directory, url, spec, "--format", "json"))["slis"]
    return found


def of_cluster(found: list[Any], cluster: str) -> Any:
    return next(each for each in found if each["group"] == {"cluster": cluster})


@pytest.mark.parametrize("sli", [EVENTS, GOOD])
def test_events_of_counters_are_exact(tmp_path: Path, web: PrometheusServer, sli: str) -> None:
    """34 bad ones of a day and 14 of the last hour, whichever sides are written."""
    found = of_cluster(slis(tmp_path, web.url, sli), "a")
    assert found[DAY]["bad"] == pytest.approx(34, abs=0.01)
    assert found[HOUR]["bad"] == pytest.approx(14, abs=0.01)
    # the check's moment is a little after NOW; what lies a day before moves along
    assert found[DAY]["total"] == pytest.approx(7.3 * 86_400 + 34, abs=1)
    assert found[HOUR]["total"] == pytest.approx(7.3 * 3600 + 14, abs=1)
    sli_of_day = 1 - found[DAY]["bad"] / found[DAY]["total"]
    assert found[DAY]["sli"] == pytest.approx(sli_of_day, rel=1e-9)
    assert found["budget_spent_ratio"] == pytest.approx((1 - sli_of_day) / 0.001, rel=1e-6)


def test_a_restart_costs_one_scrape(tmp_path: Path, web: PrometheusServer) -> None:
    """A counter that began anew is what increase() makes of it in that hour, exact in others."""
    found = of_cluster(slis(tmp_path, web.url, EVENTS), "b")
    assert found[DAY]["bad"] == pytest.approx(7000, abs=0.01)
    assert found[DAY]["total"] == pytest.approx(7.3 * 86_400 + 7000, abs=2 * 30 * 7.3)


@pytest.mark.parametrize(("window", "seconds"), [(DAY, 86_400), (HOUR, 3600)], ids=["day", "hour"])
@pytest.mark.parametrize(("sli", "tolerance"), [(EVENTS, 0.002), (PROMQL, 0.01)])
def test_events_are_what_raw_promql_says(
    tmp_path: Path, web: PrometheusServer, sli: str, tolerance: float, window: str, seconds: int
) -> None:
    """increase() over the same time: within 0.2 %, and 1 % where rates are sampled."""
    found = slis(tmp_path, web.url, sli)
    for sample in web.query(f"sum by (cluster) (increase(requests_total[{seconds}s]))"):
        total = of_cluster(found, sample.labels["cluster"])[window]["total"]
        assert total == pytest.approx(sample.value, rel=tolerance)


def test_a_latency_is_what_raw_promql_says(tmp_path: Path, web: PrometheusServer) -> None:
    """The events that are in no bucket within the limit, within 0.2 %."""
    (found,) = slis(tmp_path, web.url, LATENCY, "objective: 95%")
    count, bucket = "duration_seconds_count", 'duration_seconds_bucket{le="0.3"}'
    (slow,) = web.query(f"sum(increase({count}[1d])) - sum(increase({bucket}[1d]))")
    assert found[DAY]["bad"] == pytest.approx(slow.value, rel=0.002)
    assert found[DAY]["sli"] == pytest.approx(0.99, abs=1e-4)


@pytest.mark.parametrize(
    ("sli", "total"), [(LAG, 86_400), (EACH, 2 * 86_400)], ids=["worst", "each"]
)
def test_times_are_sampled(tmp_path: Path, web: PrometheusServer, sli: str, total: int) -> None:
    """Half an hour of lag two hours ago, within a minute; none in the last hour."""
    (found,) = slis(tmp_path, web.url, sli, "objective: 99%")
    assert found[DAY]["bad"] == pytest.approx(1800, abs=60)
    assert found[DAY]["total"] == pytest.approx(total, abs=2)
    assert found[HOUR] == {"bad": 0, "total": total / 24, "sli": 1}
    assert found["total_unit"] == ("seconds" if sli == LAG else "member-seconds")
    query = "sum_over_time((max(lag_seconds) > bool 1)[1d:30s]) * 30"
    assert found[DAY]["bad"] == pytest.approx(web.query(query)[0].value, abs=60)


def test_a_composite_is_evaluated_over_what_its_members_read(
    tmp_path: Path, web: PrometheusServer
) -> None:
    """The half an hour of lag is all bad, and else the worst is the hundredth that is slow."""
    slos = (
        f"- {{name: slow, objective: 95%, sli: {{{LATENCY}}}}}\n"
        f"- {{name: lag, objective: 99%, sli: {{{LAG}}}}}\n"
        "- {name: both, objective: 97%, sli: {composite: {of: [slow, lag], method: worst}}}\n"
    )
    spec = service(slos, DEFAULTS)
    found: list[Any] = json.loads(run(tmp_path, web.url, spec, "--format", "json"))["slis"]
    (both,) = (each for each in found if each["slo"] == "both")

    assert both["group"] == {"cluster": "a"}
    assert both[DAY]["total"] == pytest.approx(86_400, abs=600)
    assert both[DAY]["bad"] == pytest.approx(1800 + 0.01 * (86_400 - 1800), abs=310)
    assert both[HOUR] == {
        "bad": pytest.approx(36, rel=0.02),
        "total": 3600,
        "sli": pytest.approx(0.99, rel=1e-3),
    }
    # the day's pace, kept for a window: 3% is 2,592 seconds a day
    assert both["budget_spent_ratio"] == pytest.approx(both[DAY]["bad"] / 2592, rel=1e-6)


def test_time_slices_are_evaluated(tmp_path: Path, web: PrometheusServer) -> None:
    """The slices of ten minutes that the half hour lies in, each bad as a whole."""
    more = (
        "objective: 99%\n  budgeting_method: time_slices\n  time_slice: {window: 10m, target: 99%}"
    )
    (found,) = slis(tmp_path, web.url, LAG, more)

    assert found[DAY]["total"] == pytest.approx(86_400, abs=600)
    assert found[DAY]["bad"] in (1800, 2400)
    assert found[HOUR] == {"bad": 0, "total": 3600, "sli": 1}


def test_a_rate_is_events_in_time(tmp_path: Path, web: PrometheusServer) -> None:
    """Two restarts in a day of two a month are thirty budgets; a rate has no SLI."""
    (found,) = slis(tmp_path, web.url, RATE, "")
    assert found[DAY] == {"bad": pytest.approx(2, abs=0.01), "total": 86_400, "sli": None}
    assert found[HOUR]["bad"] == pytest.approx(1, abs=0.01)
    assert found["budget_spent_ratio"] == pytest.approx(30, rel=0.01)
    assert (found["bad_unit"], found["total_unit"]) == ("events", "seconds")


def test_people_see_the_worst_groups_first(tmp_path: Path, web: PrometheusServer) -> None:
    """A line a group, three of an SLO, and how many there are besides."""
    spec = service(slo(EVENTS, "objective: 99.9%"), DEFAULTS)
    lines = run(tmp_path, web.url, spec).splitlines()
    assert lines[0].startswith("shop/one cluster=b 98.90 %, 7,000 bad of 63")
    assert lines[1].startswith("shop/one cluster=a 99.99 %, 34 bad of 630,7")
    assert "events, at this pace 5.4 % of the budget a month; last hour: 99.95 %" in lines[1]
    assert lines[3] == "shop/one and 2 more groups, none of them worse"
    assert lines[4] == ""


def test_other_formats_hold_findings_alone(tmp_path: Path, web: PrometheusServer) -> None:
    """SARIF has no place for an SLI."""
    spec = service(slo(EVENTS, "objective: 99.9%"), DEFAULTS)
    assert "slis" not in json.loads(run(tmp_path, web.url, spec, "--format", "sarif"))


YOUNG = NOW - 240
QUIET = {
    "a burst on one side of an edge": ("burst_good_total", "burst_total"),
    "an event that one side has not seen yet": ("late_good_total", "late_total"),
    "more members than wanted in a rollout": ("ready", "wanted"),
    "nothing at all": ("idle_total", "idle_all_total"),
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Services of low traffic, and one that began four minutes ago."""
    require_programs("prometheus", "promtool")
    young = every(YOUNG, NOW + 1800, 15)

    def new(name: str, values: ArrayLike) -> History:
        return history({"__name__": name, "job": "web", "instance": "w1"}, young, values)

    found = [
        new("burst_good_total", np.where(young >= NOW - 15, 9.0, 0.0)),
        new("burst_total", 0.0),
        series("late_good_total", stepped({50_000: 3, 1: 3}), "a"),
        series("late_total", stepped({49_970: 3, 0.0: 0}), "a"),
        series("ready", np.where((NOW - 900 <= TIMES) & (TIMES <= NOW - 300), 4.0, 3.0), "a"),
        series("wanted", 3.0, "a"),
        series("idle_total", 5.0, "a"),
        series("idle_all_total", 5.0, "a"),
        new("fresh_total", np.arange(len(young)) * 40.0),
        new("fresh_errors_total", 0.0),
    ]
    with server_with_history(tmp_path_factory.mktemp("quiet"), found) as server:
        yield server


def quiet_check(directory: Path, server: PrometheusServer, sli: str) -> Checked:
    return check_specs(directory, server.url, NOW, service(slo(sli), "{selector: {job: web}}"))


@pytest.mark.parametrize("name", QUIET)
def test_edges_of_scrapes_are_no_contradiction(
    name: str, tmp_path: Path, quiet: PrometheusServer
) -> None:
    """What one side counts a scrape earlier than the other is not impossible."""
    good, total = QUIET[name]
    of = "of: gauges, " if good == "ready" else ""
    found = quiet_check(tmp_path, quiet, f"events: {{{of}good: {good}, total: {total}}}")
    assert found.numbers() & {"SLK630", "SLK631", "SLK632", "SLK633"} == set()


def test_a_service_of_four_minutes_has_a_value(tmp_path: Path, quiet: PrometheusServer) -> None:
    """What is there of the hour is measured, and nothing is wrong with it."""
    sli = "events: {bad: fresh_errors_total, total: fresh_total}"
    assert quiet_check(tmp_path, quiet, sli).numbers() == set()


@pytest.mark.parametrize(
    "sli",
    [
        "events: {bad: young_failed_total, total: young_total}",
        "events: {good: young_ok_total, total: young_total}",
        "events: {good: young_ok_total, bad: young_failed_total}",
        "events: {bad: young_failed_total, total: young_total, starts_at_zero: true}",
        "latency: {histogram: young_seconds, at_most: 300ms}",
    ],
)
def test_what_a_young_counter_counted_is_not_estimated(
    tmp_path: Path, web: PrometheusServer, sli: str
) -> None:
    """Five of fifty failed in the minute since they are there; increase() over an hour says 5.3."""
    spec = service(slo(sli, "objective: 99.9%"), "{selector: {job: young}}")
    (found,) = json.loads(run(tmp_path, web.url, spec, "--format", "json"))["slis"]

    assert (found[HOUR]["bad"], found[HOUR]["total"]) == (5, 50)
    assert "5 bad of 50 events" in run(tmp_path, web.url, spec)
