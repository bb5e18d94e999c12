"""Composites while members are in maintenance: the ledger, its alert on missing data, reports."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from slokit.compiler import names
from tests.conftest import require_programs
from tests.prometheus.bundles import growing
from tests.support.command_here import slokit
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.history import every, history, server_with_history
from tests.support.history.recorded_history import Span, record
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("promtool")

SPEC = """\
apiVersion: slokit/v1
service: cart
defaults: {window: 1d, group_by: [region, cluster]}
slos: [{name: add, objective: 99%, sli: {events: {bad: cart_errors_total, total: adds_total}}}]
---
apiVersion: slokit/v1
service: pay
defaults: {window: 1d, group_by: [region]}
slos: [{name: all, objective: 99%, sli: {events: {bad: pay_errors_total, total: pays_total}}}]
---
apiVersion: slokit/v1
service: buy
defaults: {window: 1d, group_by: [region]}
slos:
  - {name: journey, objective: 99%, sli: {composite: {of: [cart/add, pay/all], method: worst}}}
---
apiVersion: slokit/v1
service: whole
defaults: {window: 1d, group_by: [region]}
slos:
  - {name: outer, objective: 99%, sli: {composite: {of: [buy/journey, pay/all], method: all}}}
"""
REGIONS = ("eu", "us")
JOURNEYS = ("journey", "outer")


def at(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def planned(name: str, start: float, end: float, **more: object) -> dict[str, object]:
    """A maintenance from one moment to another, in seconds since 1970."""
    return {"name": name, "reason": "Test", "from": at(start), "to": at(end), **more}


def of_bundle(made: Compiled, *words: str) -> Path:
    """The bundle's rules with these words in their names: the others take most of the time."""
    groups = yaml.safe_load(made.bundle.read_text())["groups"]
    for group in groups:
        group["rules"] = [
            rule
            for rule in group["rules"]
            if any(word in rule.get("record", rule.get("alert", "")) for word in words)
        ]
    path = made.bundle.parent / f"{words[0].rpartition(':')[2]}.yaml"
    path.write_text(yaml.safe_dump({"groups": [group for group in groups if group["rules"]]}))
    return path


def of_ledgers(made: Compiled) -> list[Path]:
    """What ledgers and their alert on missing data need, in the worst order."""
    words = (names.NO_DATA_ALERT, names.ACTIVE, "slokit:maintenance", ":events")
    return [of_bundle(made, *words), *made.ledgers]


HOUR, MINUTE = 3600, 60
# All of both members is in maintenance for an hour, in which their targets are gone as well.
BOTH = planned("both", HOUR, 2 * HOUR, services=["cart", "pay"])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """Three hours: both members in maintenance for one, then `pay` alone for twenty minutes."""
    require_programs("promtool")
    directory = tmp_path_factory.mktemp("stopped")
    alone = planned("pay-alone", 150 * MINUTE, 170 * MINUTE, match='service="pay",region="eu"')
    made = compiled(directory / "c", SPEC, maintenance=[BOTH, alone])
    well, failing = growing((380, 30)), growing((380, 6))
    series = {}
    for region in REGIONS:
        of = f'region="{region}"'
        series[f'adds_total{{{of},cluster="1"}}'] = well
        series[f'cart_errors_total{{{of},cluster="1"}}'] = failing
        series[f"pays_total{{{of}}}"] = series[f"pay_errors_total{{{of}}}"] = well
    found = RuleReplay(directory / "replay", of_ledgers(made), series)
    for side in ("total", "bad"):
        found.ask(_count(side), *_MOMENTS)
        found.ask(f'slokit:{side}:rate5m{{service=~"buy|whole"}}', "1h30m", "2h15m", "2h40m")
    return found.ask_alerts(names.NO_DATA_ALERT, *_MOMENTS)


_MOMENTS = tuple(f"{seconds}s" for seconds in range(55 * MINUTE, 130 * MINUTE, 30))


def _count(side: str) -> str:
    return f'count(slokit:{side}:rate5m{{service=~"buy|whole"}}) or vector(0)'


def test_both_sides_of_a_composite_stop_together(stopped: RuleReplay) -> None:
    """No evaluation has a bad side without its total, nor the other way round."""
    totals = [stopped.value(_count("total"), moment) for moment in _MOMENTS]

    assert totals == [stopped.value(_count("bad"), moment) for moment in _MOMENTS]
    assert totals[0] == totals[-1] == 4
    # from the mark ahead to the first sample that holds nothing of the maintenance
    assert totals.count(0) == pytest.approx(2 * 66, abs=6)


def test_silence_of_members_in_maintenance_is_no_missing_data(stopped: RuleReplay) -> None:
    """SLONoData fires for no member and for no composite of theirs, at any evaluation."""
    assert not [alert for moment in _MOMENTS for alert in stopped.alerts("SLONoData", moment)]


def test_a_member_in_maintenance_takes_no_part(stopped: RuleReplay) -> None:
    """All payments fail: without them, in the region they are stopped in, the rest is 20 % bad."""

    def bad(moment: str) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {name: {} for name in JOURNEYS}
        for sample in stopped.samples('slokit:bad:rate5m{service=~"buy|whole"}', moment):
            found[sample.labels["slo"]][sample.labels["region"]] = sample.value
        return found

    assert bad("2h15m") == {name: pytest.approx({"eu": 1, "us": 1}) for name in JOURNEYS}
    assert bad("1h30m") == {name: {} for name in JOURNEYS}
    assert bad("2h40m") == {name: pytest.approx({"eu": 0.2, "us": 1}) for name in JOURNEYS}


def test_what_no_maintenance_explains_alerts(tmp_path: Path) -> None:
    """The same silence without a maintenance, and that of a region that none is for."""
    series = {}
    for region in REGIONS:
        of = f'region="{region}"'
        series[f'adds_total{{{of},cluster="1"}}'] = f"{growing((119, 30))} stale"
        series[f"pays_total{{{of}}}"] = f"{growing((119, 30))} stale"
    eu = planned("eu", HOUR, 2 * HOUR, match='region="eu",service=~"cart|pay"')
    firing = {}
    for name, maintenance in (("none", []), ("eu", [eu])):
        made = compiled(tmp_path / name, SPEC, maintenance=maintenance)
        replay = RuleReplay(tmp_path / f"{name}-replay", of_ledgers(made), series)
        firing[name] = {
            (alert.labels["service"], alert.labels["region"])
            for alert in replay.alerts(names.NO_DATA_ALERT, "1h30m")
        }

    services = ("buy", "cart", "pay", "whole")
    assert firing["none"] == {(service, region) for service in services for region in REGIONS}
    assert firing["eu"] == {(service, "us") for service in services}


def test_a_match_by_a_label_that_a_composite_lacks_is_for_all_its_groups(tmp_path: Path) -> None:
    """A cluster is in maintenance, and the journey is grouped by regions: it is silent in each."""
    series = {
        f'adds_total{{region="{region}",cluster="1"}}': f"{growing((119, 30))} stale"
        for region in REGIONS
    }
    one = planned("one", HOUR, 2 * HOUR, match='cluster="1"')
    made = compiled(tmp_path / "c", SPEC, maintenance=[one])
    replay = RuleReplay(tmp_path / "replay", of_ledgers(made), series)

    assert replay.alerts(names.NO_DATA_ALERT, "1h30m") == []


END, STEP, LONG = 1_790_000_100, 30, 3 * HOUR
# by hand: seconds of the last three hours, in which all payments fail and a fifth of the carts
PAY = (END - 150 * MINUTE, END - 90 * MINUTE)
ALL = (END - 60 * MINUTE, END - 30 * MINUTE)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PrometheusServer, Path]]:
    """Three hours on a real server: `pay` stopped for one, and both in eu for half of one."""
    require_programs("prometheus", "promtool")
    directory = tmp_path_factory.mktemp("past")
    maintenance = [
        planned("pay", *PAY, services=["pay"]),
        planned("all", *ALL, services=["pay", "cart"], match='region="eu"'),
    ]
    made = compiled(directory / "p", SPEC, maintenance=maintenance)
    times = every(END - LONG - 600, END + 60, STEP)
    count = np.arange(len(times), dtype=float)
    each = {"adds_total": 30, "cart_errors_total": 6, "pays_total": 30, "pay_errors_total": 30}
    series = [
        history({"__name__": name, "region": region, "cluster": "1"}, times, 100 + grows * count)
        for name, grows in each.items()
        for region in REGIONS
    ]
    with server_with_history(directory / "data", series) as running:
        marks, counts = of_bundle(made, names.MAINTENANCE_ACTIVE), of_bundle(made, ":events")
        buy, cart, pay, _ = made.ledgers
        # what is read is recorded before who reads it
        for files in ([marks, cart, pay], [buy], [counts]):
            record(running, files, Span(END - LONG, END, END, "never"))
        yield running, directory / "p"


def rows(past: tuple[PrometheusServer, Path], source: str) -> dict[str, dict[str, float]]:
    """What a report says of the journey, by region."""
    server, project = past
    options = ["--prometheus", server.url, "--at", str(END), "--format", "json", "--timeout", "2m"]
    ran = slokit(project, "report", "buy", "--source", source, *options)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)["rows"]
    return {row["group"]["region"]: row["window_measure"] for row in found}


def test_raw_and_recorded_reports_agree(past: tuple[PrometheusServer, Path]) -> None:
    """Both leave the members out of what is judged, for the same time but for slots at its ends.

    By hand: of three hours and two slots in us all is bad, but for a fifth in the hour of `pay` and
    two slots behind it; in eu there is no data for half an hour and two slots more. Of a slot that
    is measured in part the ledger counts the mean, and what is back-filled is seen for five minutes
    more than what rules record.
    """
    recorded, raw = (rows(past, source) for source in ("recorded", "raw"))
    slot = 300.0

    assert recorded.keys() == raw.keys() == set(REGIONS)
    for region, of_raw in raw.items():
        stopped = ALL[1] - ALL[0] + 2 * slot if region == "eu" else 0
        total = LONG + 2 * slot - stopped
        by_hand = {"total": total, "bad": total - 0.8 * (PAY[1] - PAY[0] + 2 * slot)}
        assert {side: of_raw[side] for side in by_hand} == pytest.approx(by_hand)
        found = {side: recorded[region][side] for side in by_hand}
        assert found == pytest.approx(by_hand, abs=3 * slot), region
