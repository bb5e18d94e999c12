"""How soon an outage pages, how soon the page ends, and when nothing may alert at all."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

from slokit.compiler import names
from tests.prometheus.bundles import growing, long_there
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
"""
OUTAGE = {
    "requests_total": growing((120, 1500), (40, 1500), (140, 1500)),
    "errors_total": growing((120, 0), (40, 1500), (140, 0)),
}
FAST, SLOW = ("1h", "5m"), ("6h", "30m")


def unlucky(made: Compiled) -> Sequence[Path]:
    """The rule files in the worst order: alerts see the ledger of the evaluation before."""
    return [made.bundle, *made.ledgers]


def pages(replay: RuleReplay, *moments: str) -> list[set[tuple[str, str]]]:
    """The windows that burn too fast at each moment, for which there is one page."""
    page = f'{names.BURN_TOO_FAST}{{severity="page"}}'
    replay.ask_alerts(names.BURN_ALERT, *moments).ask(page, *moments)
    burning = [
        {(row.labels["long"], row.labels["short"]) for row in replay.samples(page, at)}
        for at in moments
    ]
    fired = [
        [a for a in replay.alerts(names.BURN_ALERT, at) if a.labels["severity"] == "page"]
        for at in moments
    ]
    assert [len(alerts) for alerts in fired] == [min(1, len(windows)) for windows in burning]
    return burning


def test_an_outage_pages_in_time_and_the_page_ends_in_time(tmp_path: Path) -> None:
    """A total outage pages within two minutes; pages end within six, or 36, minutes after it.

    The short window of one is 5m, of the other 30m, and a ledger sample looks back 5m itself.
    Scrapes every 15 s; the outage lasts from 30m to 40m, just after a scrape each.
    """
    files = unlucky(compiled(tmp_path, SPEC, scrape_interval="15s"))
    replay = RuleReplay(tmp_path / "replay", files, OUTAGE, interval="15s")

    before, in_time, at_its_end, recovered, calm = pages(replay, "30m", "32m", "40m", "46m", "76m")
    assert before == set()
    assert in_time == {FAST}
    assert at_its_end == {FAST, SLOW}
    assert recovered == {SLOW}
    assert calm == set()


def test_idle_services_and_faultless_ones_are_silent(tmp_path: Path) -> None:
    """No alert of any kind for a service without traffic, or whose error series never existed."""
    quiet = """
        apiVersion: slokit/v1
        service: quiet
        slos:
          - name: idle
            objective: 99.9%
            sli: {events: {bad: idle_errors_total, total: idle_total}}
          - name: faultless
            objective: 99.9%
            sli: {events: {bad: faults_never_seen_total, total: busy_total}}
          - name: idle-latency
            objective: 99%
            sli: {latency: {histogram: idle_seconds, at_most: 100ms}}
          - name: never-elected
            sli: {rate: {counter: elections_total, counted_by: one_member, at_most: 1/30d}}
    """
    series = {
        "idle_total": growing((90, 0)),
        "idle_errors_total": growing((90, 0)),
        "busy_total": growing((90, 10)),
        'idle_seconds_bucket{le="0.1"}': growing((90, 0)),
        'idle_seconds_bucket{le="+Inf"}': growing((90, 0)),
        "idle_seconds_count": growing((90, 0)),
        "elections_total": growing((90, 0)),
    }
    replay = RuleReplay(tmp_path / "replay", compiled(tmp_path, quiet).files, series)
    asked = ("6m", "25m", "45m")
    seen = "slokit:total:rate5m >= 0"
    anything = replay.ask("ALERTS", *asked).ask(seen, "45m")

    assert [anything.samples("ALERTS", at) for at in asked] == [[], [], []]
    assert len(anything.samples(seen, "45m")) == 4


FOUR_MINUTES = {
    **long_there(377, "shop", "availability"),
    "requests_total": growing((120, 1500), (16, 1500), (240, 1500)),
    "errors_total": growing((120, 0), (16, 1500), (240, 0)),
}


def test_a_fault_of_four_minutes_is_one_page_and_one_ticket(tmp_path: Path) -> None:
    """From 30m to 34m. All four burn alerts hold, and the page goes on while its windows change.

    Each minute: no alert is there twice, no label changes, none ends and fires anew, and the
    summary names what burns.
    """
    made = compiled(tmp_path, SPEC, scrape_interval="15s")
    replay = RuleReplay(tmp_path / "replay", unlucky(made), FOUR_MINUTES, interval="15s")
    minutes = [f"{minute}m" for minute in range(28, 80)]
    replay.ask_alerts(names.BURN_ALERT, *minutes).ask(names.BURN_TOO_FAST, *minutes)
    said: dict[str, list[str]] = {"page": [], "ticket": []}
    for at in minutes:
        alerts = replay.alerts(names.BURN_ALERT, at)
        burning = replay.samples(names.BURN_TOO_FAST, at)
        assert len(alerts) == len({alert.labels["severity"] for alert in alerts})
        for severity, texts in said.items():
            summaries = [
                alert.annotations["summary"]
                for alert in alerts
                if alert.labels.get("severity") == severity
            ]
            windows = [row.labels for row in burning if row.labels["severity"] == severity]
            assert bool(summaries) == bool(windows)
            for row in windows:
                assert f" over {row['long']}" in summaries[0]
            texts.append(" ".join(sorted(row["long"] for row in windows)))

    changes = {severity: [now for now, _ in groupby(texts)] for severity, texts in said.items()}
    assert changes["page"] == ["", "1h", "1h 6h", "6h", ""]
    assert changes["ticket"] == ["", "1d 3d"]
