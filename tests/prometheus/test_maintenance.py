"""Maintenance in promtool's own evaluation: nothing is counted in it, and the hour after counts.

promtool's histories begin in 1970. Where clocks change later, the rules are given a time of their
own: every `time()` of the group that says what is on is so many seconds later.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from slokit.compiler import names
from tests.prometheus.bundles import Repository, growing
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

MINUTES = 60
SPEC = """\
apiVersion: slokit/v1
service: shop
defaults: {window: 1d, alert_policy: none, group_by: [cluster]}
slos:
  - {name: requests, objective: 99%, sli: {events: {bad: bad_total, total: all_total}}}
  - {name: orders, objective: 99%, sli: {events: {good: good_total, total: all_total}}}
  - {name: lag, objective: 99%, sli: {threshold: {metric: lag_seconds, at_most: 1s}}}
  - name: restarts
    sli: {rate: {counter: restarts_total, counted_by: one_member, at_most: 10/d}}
"""
OTHER = """\
apiVersion: slokit/v1
service: other
defaults: {window: 1d, alert_policy: none, group_by: [cluster]}
slos: [{name: requests, objective: 99%, sli: {events: {bad: bad_total, total: all_total}}}]
"""
SLOS = ("requests", "orders", "lag", "restarts")


def at(minutes: float) -> str:
    """A moment of the history as slokit.yaml has it."""
    return datetime.fromtimestamp(minutes * 60, UTC).isoformat()


def once(name: str, start: float, end: float, more: str = "") -> str:
    return f'  - {{name: {name}, reason: Test, from: "{at(start)}", to: "{at(end)}"{more}}}\n'


def failing(start: int, end: int, until: int) -> Mapping[str, str]:
    """Two clusters that fail wholly between two minutes, and are well before and after.

    Scrapes are half a minute apart; the fault is seen from the first scrape after its begin to the
    first one after its end.
    """
    before, during, after = 2 * start, 2 * (end - start), 2 * (until - end)
    parts = {
        "all_total": ((before, 30), (during, 30), (after, 30)),
        "bad_total": ((before, 0), (during, 30), (after, 0)),
        "good_total": ((before, 30), (during, 0), (after, 30)),
        "restarts_total": ((before, 0), (during, 1), (after, 0)),
    }
    series = {
        f'{name}{{cluster="{cluster}"}}': growing(*own)
        for name, own in parts.items()
        for cluster in ("eu", "us")
    }
    lag = f"0x{before} 5x{during - 1} 0x{after - 1}"
    return series | {f'lag_seconds{{cluster="{cluster}"}}': lag for cluster in ("eu", "us")}


def replay(
    directory: Path, planned: str, series: Mapping[str, str], ahead: float = 0
) -> RuleReplay:
    """The rules of a bundle with these maintenances over a history.

    ``ahead`` (seconds) is by how much the maintenances' own time is later than the history's.
    """
    project = f"bundle: test\nmaintenance:\n{planned}"
    repository = Repository(directory).write(project, {"shop": SPEC, "other": OTHER})
    bundle = directory / names.bundle_rules_file("test")
    document = yaml.safe_load(bundle.read_text())
    # burn rates and alerts are no part of this, and take most of the time
    groups = [g for g in document["groups"] if g["name"].endswith((":maintenance", ":slow"))]
    for rule in groups[0]["rules"]:
        rule["expr"] = rule["expr"].replace("time()", f"(time() + {ahead:.0f})")
    groups[1]["rules"] = [r for r in groups[1]["rules"] if ":events" in r["record"]]
    bundle.write_text(yaml.safe_dump({"groups": groups}))
    # the marks first or last makes no difference: they are ahead of what reads them
    files = [repository.rule_file("shop"), repository.rule_file("other"), bundle]
    return RuleReplay(directory / "replay", files, series)


def bad(slo: str, cluster: str = "eu", service: str = "shop") -> str:
    """All bad events counted so far."""
    own = f'service="{service}",slo="{slo}",cluster="{cluster}"'
    return f"sum_over_time(slokit:bad:events5m{{{own}}}[1d])"


def test_a_failing_hour_of_maintenance_spends_nothing(tmp_path: Path) -> None:
    """Four SLI types fail wholly for the hour: not one bad event is counted, of any of them."""
    found = replay(tmp_path, once("racks", 60, 120, ", services: [shop]"), failing(60, 120, 180))
    other = bad("requests", service="other")
    for asked in (*map(bad, SLOS), other):
        found.ask(asked, "59m30s", "2h", "3h")
    for slo in SLOS:
        assert found.values(bad(slo), "59m30s", "2h", "3h") == [0, 0, 0]
    assert found.value(other, "3h") == pytest.approx(3600, rel=0.02)


def test_the_hour_after_counts(tmp_path: Path) -> None:
    """What still fails when the maintenance is over is counted, but for the first minutes."""
    found = replay(tmp_path, once("racks", 60, 120, ", services: [shop]"), failing(60, 150, 180))

    for slo in SLOS:
        found.ask(bad(slo), "3h")
    # the first of it are in no sample that is free of the maintenance, or in more than one
    for slo in ("requests", "orders"):
        assert found.value(bad(slo), "3h") == pytest.approx(1800, rel=0.15)
    assert found.value(bad("lag"), "3h") == pytest.approx(1800, rel=0.1)
    assert found.value(bad("restarts"), "3h") == pytest.approx(60, rel=0.2)


def test_both_sides_stop_together(tmp_path: Path) -> None:
    """No evaluation records a bad side without its total, nor the other way round."""
    found = replay(tmp_path, once("racks", 60, 120), failing(60, 120, 180))
    total, wrong = 'slokit:total:rate5m{service="shop"}', 'slokit:bad:rate5m{service="shop"}'
    moments = [f"{minute}m" for minute in range(50, 140)]
    found.ask(f"count({total}) or vector(0)", *moments)
    found.ask(f"count({wrong}) or vector(0)", *moments)
    counts = [found.value(f"count({total}) or vector(0)", moment) for moment in moments]

    assert counts == [found.value(f"count({wrong}) or vector(0)", moment) for moment in moments]
    # eight groups; of gauges the first samples after it count, of counters those of five minutes
    assert counts[:8] == [8] * 8
    assert counts[10:70] == [0] * 60
    assert 2 in counts[70:78]
    assert counts[78:] == [8] * 12


def test_groups_that_do_not_match_go_on(tmp_path: Path) -> None:
    """A maintenance of one cluster stops its groups, and no others of the same SLO."""
    planned = once("eu-racks", 60, 120, ', match: \'cluster=~"eu.*",slo!="orders"\'')
    found = replay(tmp_path, planned, failing(60, 120, 180))

    for slo in ("requests", "orders", "lag"):
        found.ask(bad(slo), "3h").ask(bad(slo, "us"), "3h")
    assert found.value(bad("requests"), "3h") == 0
    assert found.value(bad("requests", "us"), "3h") == pytest.approx(3600, rel=0.02)
    assert found.value(bad("orders"), "3h") == pytest.approx(3600, rel=0.02)
    assert found.value(bad("lag"), "3h") == 0


@pytest.mark.parametrize(
    ("match", "stopped"),
    [
        ('cluster="eu"', {"eu"}),
        ('cluster!~"e.*"', {"us"}),
        ('cluster=~"e.*|u.*"', {"eu", "us"}),
        ('cluster=~".*",cluster=~"u.+"', {"us"}),
    ],
)
def test_matchers_mean_what_they_mean_in_a_selector(
    tmp_path: Path, match: str, stopped: set[str]
) -> None:
    """Equal, unequal, patterns, and several on one label."""
    planned = once("some", 60, 120, f", match: '{match}'")
    found = replay(tmp_path, planned, failing(60, 120, 130))

    found.ask(bad("requests", "us"), "2h10m")
    silent = {c for c in ("eu", "us") if found.value(bad("requests", c), "2h10m") == 0}
    assert silent == stopped


def test_maintenances_that_overlap_are_one_time(tmp_path: Path) -> None:
    """Two that overlap, one within another and one that touches stop the ledger once."""
    planned = "".join(
        [once("a", 60, 90), once("b", 80, 110), once("c", 85, 88), once("d", 110, 120)]
    )
    found = replay(tmp_path, planned, failing(60, 120, 180))
    alone = replay(tmp_path / "alone", once("a", 60, 120), failing(60, 120, 180))

    totals = {slo: bad(slo).replace(":bad:", ":total:") for slo in SLOS}
    for slo, total in totals.items():
        found.ask(bad(slo), "3h").ask(total, "3h")
        alone.ask(total, "3h")
    for slo, total in totals.items():
        assert found.value(bad(slo), "3h") == 0
        assert found.value(total, "3h") == alone.value(total, "3h")


# (place, a moment before the change, hours from there to the maintenance, how many it lasts)
CHANGES = [
    # at 2 the clocks of Berlin show 3: the maintenance from 1 to 4 lasts two hours
    ("Europe/Berlin", "2026-03-28T23:00:00+00:00", 1, 2),
    # at 3 they show 2 again: it lasts four
    ("Europe/Berlin", "2026-10-24T22:00:00+00:00", 1, 4),
    ("America/New_York", "2026-03-08T05:00:00+00:00", 1, 2),
    ("America/New_York", "2026-11-01T04:00:00+00:00", 1, 4),
    # a week after it lasts the three hours that it says
    ("Europe/Berlin", "2026-04-04T22:00:00+00:00", 1, 3),
]


@pytest.mark.parametrize(("place", "begin", "hours", "lasting"), CHANGES)
def test_local_time_decides_across_a_clock_change(
    tmp_path: Path, place: str, begin: str, hours: int, lasting: int
) -> None:
    """Sundays from one to four, all of which fail: nothing is counted, and what follows is."""
    times = '{start_time: "01:00", end_time: "04:00"}'
    planned = (
        "  - name: sundays\n    reason: Test\n    when:"
        f" {{weekdays: [sunday], times: [{times}], location: {place}}}\n"
    )
    start, end = hours * MINUTES, (hours + lasting) * MINUTES
    ahead = datetime.fromisoformat(begin).timestamp()
    series = failing(start, end + 30, end + 60)
    found = replay(tmp_path, planned, series, ahead)

    found.ask(bad("requests"), f"{end + 60}m")
    assert found.values(bad("requests"), f"{start - 5}m", f"{end}m") == [0, 0]
    counted = found.value(bad("requests"), f"{end + 60}m")
    assert counted == pytest.approx(1800, rel=0.2)


def test_no_length_is_no_maintenance(tmp_path: Path) -> None:
    """One that ends when it begins changes nothing."""
    series = failing(60, 120, 130)
    found = replay(tmp_path, once("never", 90, 90), series)

    assert found.value(bad("requests"), "2h10m") == pytest.approx(3600, rel=0.02)
    assert found.samples(names.MAINTENANCE_ACTIVE, "1h30m") == []


def test_a_short_maintenance_is_not_missed(tmp_path: Path) -> None:
    """Ten seconds between two evaluations stop the ledger, too."""
    series = failing(60, 61, 130)
    found = replay(tmp_path, once("short", 60.1, 60.3), series)

    assert found.value(bad("restarts"), "2h10m") == 0
