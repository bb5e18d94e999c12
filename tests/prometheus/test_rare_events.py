"""Pages wait until their window holds enough bad events, of a rate and of few requests alike."""

from pathlib import Path

import pytest

from slokit.compiler import names
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """
    apiVersion: slokit/v1
    service: db
    slos:
      - name: patient
        sli: {rate: {epoch: timeline, at_most: 2/30d}}
      - name: eager
        min_bad_events: 1
        sli: {rate: {epoch: timeline, at_most: 2/30d}}
"""
# Failovers just after 20m, 30m and 40m, one sample every 30 s.
TIMELINE = "4x40 5x19 6x19 7x30"


def paging(replay: RuleReplay, at: str) -> set[str]:
    """The SLOs that page at a moment."""
    alerts = replay.alerts(names.BURN_ALERT, at)
    return {alert.labels["slo"] for alert in alerts if alert.labels["severity"] == "page"}


def test_one_failover_does_not_page_but_three_within_the_hour_do(tmp_path: Path) -> None:
    """Of `2/30d`, one or two failovers do not page and the third within an hour does."""
    replay = RuleReplay(tmp_path / "replay", compiled(tmp_path, SPEC).files, {"timeline": TIMELINE})
    replay.ask_alerts(names.BURN_ALERT, "20m", "23m", "33m", "43m")

    assert paging(replay, "20m") == set()
    assert "patient" not in paging(replay, "23m") | paging(replay, "33m")
    assert paging(replay, "43m") == {"patient", "eager"}


def test_a_single_event_pages_where_that_is_asked_for(tmp_path: Path) -> None:
    """With `min_bad_events: 1` the first failover pages."""
    replay = RuleReplay(tmp_path / "replay", compiled(tmp_path, SPEC).files, {"timeline": TIMELINE})

    assert paging(replay, "23m") == {"eager"}


FEW_REQUESTS = """
    apiVersion: slokit/v1
    service: billing
    slos:
      - name: eager
        objective: 99.9%
        sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
      - name: patient
        objective: 99.9%
        min_bad_events: 4
        sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
      - name: latency
        objective: 99.9%
        min_bad_events: 4
        sli: {latency: {histogram: duration_seconds, at_most: 100ms}}
"""
# A request a minute; two fail just after 61m, a third after 68m and a fourth after 84m.
FAILURES = "0x121 0 1 2x13 3x32 4x40"
BY_MINUTE = " ".join(f"{minute} {minute}" for minute in range(130))
GOOD = " ".join(
    str(int(all_of_them) - failed)
    for all_of_them, failed in zip(
        BY_MINUTE.split(), [0] * 123 + [1] + [2] * 14 + [3] * 33 + [4] * 89, strict=True
    )
)


def test_a_page_of_few_requests_waits_for_that_many_failures(tmp_path: Path) -> None:
    """Three of sixty requests are far beyond the budget; with `min_bad_events: 4` the fourth pages.

    The fourth is counted at once, 23 minutes after the first; of requests that are too slow, too.
    """
    series = {
        'requests_total{code="200"}': GOOD,
        'requests_total{code="500"}': FAILURES,
        "duration_seconds_count": BY_MINUTE,
        'duration_seconds_bucket{le="0.1"}': GOOD,
        'duration_seconds_bucket{le="+Inf"}': BY_MINUTE,
    }
    replay = RuleReplay(tmp_path / "replay", compiled(tmp_path, FEW_REQUESTS).files, series)
    asked = [f"{minute}m" for minute in (60, 63, 66, 70, 73, 76, 79, 82, 83, 86, 88)]
    replay.ask_alerts(names.BURN_ALERT, *asked)

    assert paging(replay, "60m") == set()
    for at in ("63m", "66m", "70m"):
        assert paging(replay, at) == {"eager"}
    assert not any({"patient", "latency"} & paging(replay, at) for at in asked[:-2])
    for at in asked[-2:]:
        assert paging(replay, at) == {"eager", "patient", "latency"}
