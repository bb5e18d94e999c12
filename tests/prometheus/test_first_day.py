"""What a new group's first hours do to burn rates, budgets and alerts: what was before was good."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from slokit.compiler import names
from tests.support.compile.compiled import compiled
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("promtool", "prometheus")

SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: availability
        objective: 99.9%
        group_by: [cluster]
        sli: {events: {bad: errors_total, total: requests_total}}
"""
DAY_OF_WORK = 240  # scrapes, two hours; then a night of twice as long
INTERVAL, HOUR, DAY = 30, 3600, 86_400


def counters(cluster: str, *parts: tuple[int, int]) -> dict[str, str]:
    """A thousand requests a scrape, by stretches of (scrapes, errors among them), else nothing."""
    total, bad, at, errors = [], [], 0, 0
    for scrapes, wrong in parts:
        if wrong < 0:
            total.append("stale " + f"_x{scrapes - 1}")
            bad.append("stale " + f"_x{scrapes - 1}")
            continue
        total.append(f"{at}+1000x{scrapes - 1}")
        bad.append(f"{errors}+{wrong}x{scrapes - 1}")
        at, errors = at + 1000 * scrapes, errors + wrong * scrapes
    return {
        f'requests_total{{cluster="{cluster}"}}': " ".join(total),
        f'errors_total{{cluster="{cluster}"}}': " ".join(bad),
    }


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """Clusters that begin in different ways, all rules over six hours and a half."""
    directory = tmp_path_factory.mktemp("first-day")
    whole = 780
    series = {
        # the last thing that is bad is two minutes of a hundredth in the first ten
        **counters("bumpy", (10, 0), (4, 100), (whole - 14, 0)),
        **counters("failing", (whole, 1000)),
        **counters("working", (DAY_OF_WORK, 0), (2 * DAY_OF_WORK, -1), (60, 30)),
    }
    joined = counters("joined", (100, 30))
    series |= {name: f"_x{DAY_OF_WORK} {values}" for name, values in joined.items()}
    made = compiled(directory, SPEC)
    replay = RuleReplay(directory / "replay", made.files, series)
    moments = [f"{minutes}m" for minutes in (6, 10, 20, 60, 130, 369)]
    replay.ask_alerts(names.BURN_ALERT, *moments)
    for name in ("5m", "1h", "6h", "30d"):
        replay.ask(f"slokit:burn:{name}", *moments)
    replay.ask(names.BUDGET_REMAINING, *moments)
    return replay


def fired(replay: RuleReplay, at: str) -> set[tuple[str, str]]:
    """The clusters with a burn alert, and its severity."""
    return {
        (alert.labels["cluster"], alert.labels["severity"])
        for alert in replay.alerts(names.BURN_ALERT, at)
    }


def of(replay: RuleReplay, name: str, cluster: str, at: str) -> float:
    """What was recorded of a cluster."""
    (found,) = (s for s in replay.samples(name, at) if s.labels["cluster"] == cluster)
    return found.value


def test_two_bad_minutes_of_a_new_group_wake_nobody(replay: RuleReplay) -> None:
    """A tenth of the requests of two minutes is a burn rate of 28 in seven, and of 3.3 in an hour.

    Nor is the budget of 30 days spent: 0.46 % of it are.
    """
    for minutes in (10, 20, 60, 130):
        assert "bumpy" not in {cluster for cluster, _ in fired(replay, f"{minutes}m")}
    assert 0.99 < of(replay, names.BUDGET_REMAINING, "bumpy", "10m") < 0.996
    assert of(replay, "slokit:burn:1h", "bumpy", "20m") == pytest.approx(3.4, abs=0.4)


def test_a_total_outage_in_the_first_minutes_pages(replay: RuleReplay) -> None:
    """Of a group that fails from its first request on, once there is a burn rate of an hour."""
    assert ("failing", "page") in fired(replay, "6m")
    assert ("failing", "page") in fired(replay, "10m")
    assert of(replay, "slokit:burn:1h", "failing", "10m") == pytest.approx(1000 / 6, rel=0.06)
    assert of(replay, "slokit:burn:1h", "failing", "130m") == pytest.approx(1000)


def test_a_group_that_joins_an_old_slo_is_new_by_itself(replay: RuleReplay) -> None:
    """Ten minutes of 3 % are a sixth of an hour of it, whatever other clusters have behind them."""
    assert of(replay, "slokit:burn:5m", "joined", "130m") == pytest.approx(30)
    assert of(replay, "slokit:burn:1h", "joined", "130m") == pytest.approx(5, abs=0.6)
    assert "joined" not in {cluster for cluster, _ in fired(replay, "130m")}


def test_nights_do_not_make_a_group_new(replay: RuleReplay) -> None:
    """After a night of four hours the same 3 % are a burn rate of 30 at once, in each window."""
    assert of(replay, "slokit:burn:1h", "working", "369m") == pytest.approx(30, rel=0.05)
    assert of(replay, "slokit:burn:5m", "working", "369m") == pytest.approx(30, rel=0.05)
    assert ("working", "page") in fired(replay, "369m")


def raw(cluster: str, start: float, end: float, bad: float) -> list[History]:
    """Counters of a cluster between two moments."""
    times = every(start, end, INTERVAL / 2)
    steps = np.arange(len(times), dtype=float)
    return [
        history({"__name__": name, "cluster": cluster}, times, steps * each)
        for name, each in (("requests_total", 100.0), ("errors_total", 100.0 * bad))
    ]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Rules that are loaded where those of a version before have counted for a day; and a new one.

    Of the time before there are counts and raw series, and nothing of what is recorded today.
    """
    directory = tmp_path_factory.mktemp("upgraded")
    made = compiled(directory, SPEC, interval="2s")
    now = time.time()
    own = {"bundle": "test", "service": "shop", "slo": "availability", "cluster": "old"}
    slots = every(now - DAY - HOUR, now, 300)
    counts = [
        history({"__name__": name, **own}, slots, value)
        for name, value in (("slokit:total:events5m", 2000.0), ("slokit:bad:events5m", 0.0))
    ]
    both = [*raw("old", now - HOUR, now, 0.03), *raw("new", now - 120, now, 0.03)]
    server = server_with_history(
        directory / "prometheus", [*counts, *both], rule_files=[str(f) for f in made.files]
    )
    server.evaluation_interval = "2s"
    with server:
        server.wait_until(
            lambda: len(server.query("slokit:burn:5m")) == 2, "both clusters have a burn rate"
        )
        yield server


def test_counts_of_a_version_before_are_no_new_group(upgraded: PrometheusServer) -> None:
    """Since when the old cluster has data is long ago; that of the new one is known."""
    since = {s.labels["cluster"]: s.value for s in upgraded.query(names.SINCE)}

    assert since["old"] == 0
    assert time.time() - 120 < since["new"] <= time.time()


def test_the_burn_rate_of_a_new_group_grows_with_its_age(upgraded: PrometheusServer) -> None:
    """Both fail alike: the old cluster for all of five minutes, the new one for some seconds."""
    burn = {s.labels["cluster"]: s.value for s in upgraded.query("slokit:burn:5m")}
    query = f'timestamp(slokit:burn:5m) - {names.SINCE}{{cluster="new"}}'
    (age,) = (s.value for s in upgraded.query(query))

    assert burn["old"] == pytest.approx(30, rel=0.05)
    assert burn["new"] == pytest.approx(30 * age / 300, rel=0.1)
    assert upgraded.failures() == 0


def test_a_restart_keeps_since_when_there_is_data(upgraded: PrometheusServer) -> None:
    """It is carried on from what was recorded before, and not begun anew."""
    (before,) = (s.value for s in upgraded.query(f'{names.SINCE}{{cluster="new"}}'))
    upgraded.restart()
    count = f'count_over_time({names.SINCE}{{cluster="new"}}[10s]) > 1'
    upgraded.wait_for(count)
    (after,) = (s.value for s in upgraded.query(f'{names.SINCE}{{cluster="new"}}'))

    assert after == before
