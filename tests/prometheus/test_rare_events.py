"""Pages of rates wait until their window holds enough bad events."""

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
