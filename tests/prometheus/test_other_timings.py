"""Bundles with other intervals than the default ones: rules load, and alerts hold still."""

from pathlib import Path

import pytest

from slokit.compiler import names
from tests.prometheus.bundles import growing
from tests.support.compile.compiled import compiled
from tests.support.compile.promtool import check_rules
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [cluster]}
    slos:
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
"""
TIMINGS = [("1m", "5m"), ("1m", "10m"), ("5m", "15m"), ("5m", "20m"), ("5m", "30m"), ("5m", "1h")]


@pytest.mark.parametrize(("interval", "ledger_window"), TIMINGS)
def test_alerts_hold_still_whatever_the_ledger_window(
    tmp_path: Path, interval: str, ledger_window: str
) -> None:
    """A steady burn holds page and ticket by all four burn alerts; a group that vanished alerts."""
    timing = {"interval": interval, "scrape_interval": "15s", "ledger_window": ledger_window}
    made = compiled(tmp_path, SPEC, **timing)
    series = {
        'requests_total{cluster="a"}': growing((420, 100)),
        'errors_total{cluster="a"}': growing((420, 5)),
        'requests_total{cluster="b"}': f"{growing((190, 100))} stale",
    }
    replay = RuleReplay(tmp_path / "r", made.files, series, "1m", evaluation_interval=interval)
    moments = ("3h10m", "4h5m", "4h55m", "5h", "5h25m")
    replay.ask_alerts(names.BURN_ALERT, *moments).ask_alerts(names.NO_DATA_ALERT, *moments)
    replay.ask(names.BURN_TOO_FAST, *moments)

    assert check_rules(made.files).ok
    assert [len(replay.alerts(names.BURN_ALERT, at)) for at in moments] == [2] * 5
    assert [len(replay.samples(names.BURN_TOO_FAST, at)) for at in moments] == [4] * 5
    for at, silent in (("3h10m", set()), ("5h", {"b"}), ("5h25m", {"b"})):
        told = replay.alerts(names.NO_DATA_ALERT, at)
        assert {alert.labels["cluster"] for alert in told} == silent
