"""Sides as people bring them: zeros for missing series, patterns on names, increases."""

from pathlib import Path

import pytest

from slokit.compiler import names
from tests.prometheus.ledger_cases import Case, Ledgers
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

BAD = """sum(rate(req_total{code=~"5.."}[$window]))"""
GOOD = """sum(rate(req_total{code="200"}[$window]))"""
ALL = "sum(rate(req_total[$window]))"
FILLED = {
    "bad": f"{{bad: '{BAD} or on () vector(0)', total: req_total}}",
    "upper-case": f"{{bad: '{BAD} OR ON() vector(0)', total: req_total}}",
    "within-sum": f"{{bad: '{BAD[:-1]} or vector(0))', total: req_total}}",
    "of-up": f"{{bad: '{BAD} or 0 * sum(up)', total: req_total}}",
    "good": f"{{good: '{GOOD} or vector(0)', total: '{ALL} or vector(1)'}}",
    "total": f"{{bad: '{BAD}', total: '{ALL} or vector(0)'}}",
    "both": f"{{bad: '{BAD} or vector(0)', good: '{GOOD} or on () vector(0)'}}",
}
PLAIN = "{bad: 'req_total{code=~\"5..\"}', total: req_total}"
DEAD_AT = 200
SERIES = {
    'req_total{code="200"}': f"0+30x{DEAD_AT} stale",
    'req_total{code="500"}': f"0+3x{DEAD_AT} stale",
    # its targets are still looked for
    "up": "1x200 0x200",
}


def filled_spec() -> str:
    slos = [
        f"- {{name: {name}, objective: 99%, sli: {{events: {sides}}}}}"
        for name, sides in {**FILLED, "plain": PLAIN}.items()
    ]
    return "\n".join(["apiVersion: slokit/v1", "service: web", "slos:", *slos])


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """33 requests every 30 s, 3 of them bad; everything vanishes at minute 100."""
    directory = tmp_path_factory.mktemp("dying")
    made = compiled(directory / "c", filled_spec())
    replay = RuleReplay(directory / "replay", made.files, SERIES)
    for slo in (*FILLED, "plain"):
        for side in ("total", "bad"):
            replay.ask(f'slokit:{side}:rate5m{{slo="{slo}"}}', "90m", "3h")
    return replay.ask_alerts(names.NO_DATA_ALERT, "90m", "3h")


@pytest.mark.parametrize("slo", [*FILLED, "plain"])
def test_a_zero_for_missing_series_changes_no_number(dying: RuleReplay, slo: str) -> None:
    """While the service is there, 1.1 events a second are counted and 0.1 bad ones."""
    assert dying.value(f'slokit:total:rate5m{{slo="{slo}"}}', "90m") == pytest.approx(1.1)
    assert dying.value(f'slokit:bad:rate5m{{slo="{slo}"}}', "90m") == pytest.approx(0.1)


@pytest.mark.parametrize("slo", [*FILLED, "plain"])
def test_a_dead_service_is_no_idle_one(dying: RuleReplay, slo: str) -> None:
    """When everything vanished, its total is absent, whatever zero its spec was written with."""
    assert dying.samples(f'slokit:total:rate5m{{slo="{slo}"}}', "3h") == []
    assert dying.samples(f'slokit:bad:rate5m{{slo="{slo}"}}', "3h") == []


def test_missing_data_alerts_for_each_dead_service(dying: RuleReplay) -> None:
    """SLONoData fires for all of them, and for none before."""
    assert dying.alerts(names.NO_DATA_ALERT, "90m") == []
    fired = {alert.labels["slo"] for alert in dying.alerts(names.NO_DATA_ALERT, "3h")}
    assert fired == {*FILLED, "plain"}


def test_no_bad_series_still_is_no_bad_event(tmp_path: Path) -> None:
    """Without any error series there is a zero where there is a total, by group or not."""
    grouped = """
        apiVersion: slokit/v1
        service: web
        defaults: {group_by: [cluster]}
        slos:
          - name: filled
            objective: 99%
            sli:
              events:
                bad: sum by (cluster) (rate(e_total[$window])) or on () vector(0)
                total: sum by (cluster) (rate(t_total[$window])) or vector(0)
    """
    series = {
        't_total{cluster="a"}': "0+30x100",
        't_total{cluster="b"}': "0+30x100",
        'e_total{cluster="b"}': "0+3x100",
    }
    replay = RuleReplay(tmp_path / "r", compiled(tmp_path / "c", grouped).files, series)
    bad, total = (
        {s.labels["cluster"]: s.value for s in replay.samples(f"slokit:{side}:rate5m", "20m")}
        for side in ("bad", "total")
    )
    assert bad == pytest.approx({"a": 0, "b": 0.1})
    assert total == pytest.approx({"a": 1, "b": 1})


def test_an_epoch_that_is_gone_did_not_fall_to_zero(tmp_path: Path) -> None:
    """With a zero for a missing epoch, its return would be as many events as its number."""
    spec = """
        apiVersion: slokit/v1
        service: db
        slos:
          - name: failovers
            sli: {rate: {epoch: 'max(timeline) or vector(0)', at_most: 2/d}}
    """
    series = {"timeline": "57x40 stale _x20 57x40"}
    replay = RuleReplay(tmp_path / "r", compiled(tmp_path / "c", spec).files, series)
    moments = [f"{minute}m" for minute in range(6, 50)]
    values = replay.values("slokit:bad:rate5m", *moments)
    assert {value for value in values if value is not None} == {0.0}
    assert replay.values("slokit:total:rate5m", "15m", "30m") == [1, None]


def test_the_right_spelling_counts_what_an_increase_was_meant_to(tmp_path: Path) -> None:
    """10 events a second and 2,880 bad ones a day, each way that the findings say to write it."""
    spec = """
        apiVersion: slokit/v1
        service: api
        slos:
          - name: rates
            objective: 99%
            sli:
              events:
                bad: sum(rate(e_total[$window]))
                total: sum(rate(t_total[$window]))
          - name: divided
            objective: 99%
            sli:
              events:
                bad: sum(increase(e_total[$window])) / $window_seconds
                total: t_total
          - name: levels
            objective: 99%
            sli: {events: {of: gauges, bad: 'job:e:rate5m', total: 'job:t:rate5m'}}
          - name: difference
            objective: 99%
            sli:
              events:
                bad: (sum(e_total) - sum(e_total offset $window)) / $window_seconds
                total: t_total
    """
    made = compiled(tmp_path / "c", spec)
    rules = tmp_path / "own.rules.yaml"
    rules.write_text(
        "groups: [{name: own, rules: ["
        "{record: 'job:e:rate5m', expr: 'rate(e_total[5m])'},"
        "{record: 'job:t:rate5m', expr: 'rate(t_total[5m])'}]}]\n"
    )
    series = {"e_total": "0+1x240", "t_total": "0+300x240"}
    replay = RuleReplay(tmp_path / "r", [rules, *made.ledgers], series)
    for slo in ("rates", "divided", "levels", "difference"):
        at = ["30m", "1h", "2h"]
        total = replay.values(f'slokit:total:rate5m{{slo="{slo}"}}', *at)
        bad = replay.values(f'slokit:bad:rate5m{{slo="{slo}"}}', *at)
        assert [86_400 * (value or 0) for value in total] == pytest.approx(3 * [864_000])
        assert [86_400 * (value or 0) for value in bad] == pytest.approx(3 * [2_880])


COUNTERS = {
    'jobs_failed_total{job="x",group="a"}': "0+6x60",
    'jobs_lost_total{job="x",group="a"}': "0+3x60",
    'jobs_failed_total{job="x",group="b"}': "0+9x60",
    'jobs_total{job="x",group="a"}': "0+90x60",
    'jobs_total{job="x",group="b"}': "0+90x60",
    'runs{job="x",group="a"}': "0+60x60",
    'runs_total{job="x",group="b"}': "0+30x60",
    'a_seconds_bucket{le="0.1",group="a"}': "0+30x60",
    'a_seconds_count{group="a"}': "0+60x60",
    'b_seconds_bucket{le="0.1",group="a"}': "0+90x60",
    'b_seconds_count{group="a"}': "0+90x60",
    'lag_reads{group="a",instance="1"}': "1x60",
    'lag_writes{group="a",instance="1"}': "9x60",
    'lag_writes{group="b",instance="1"}': "1x60",
    'term{group="a"}': "5x30 6x30",
    'term_total{group="a"}': "5x30 6x30",
}
FAULTS = "bad: '{__name__=~\"jobs_failed_total|jobs_lost_total\"}'"
LAGS = "metric: '{__name__=~\"lag_(reads|writes)\"}', at_most: 5"
PATTERNS = [
    Case("pattern", f"events: {{{FAULTS}, total: jobs_total}}", "a=0.3/3 b=0.3/3"),
    Case("list", "events: {bad: [jobs_failed_total, jobs_lost_total], total: jobs_total}",
         "a=0.3/3 b=0.3/3"),
    Case("excluded", "events: {bad: '{__name__=~\"jobs_(failed|lost)_total\","
         "__name__!=\"jobs_lost_total\"}', total: jobs_total}", "a=0.2/3 b=0.3/3"),
    Case("versions", "events: {bad: jobs_failed_total, total: '{__name__=~\"runs(_total)?\"}'}",
         "a=0.2/2 b=0.3/1"),
    Case("equal", "events: {bad: '{__name__=\"jobs_lost_total\"}', total: jobs_total}",
         "a=0.1/3 b=0/3"),
    Case("in-a-list", "events: {bad: [jobs_lost_total, '{__name__=~\"jobs_f[a]iled_total|none\"}'],"
         " total: jobs_total}", "a=0.3/3 b=0.3/3"),
    Case("rate", "rate: {counter: '{__name__=~\"jobs_failed_total|jobs_lost_total\"}',"
         " counted_by: one_member, at_most: 1/h}", "a=0.3/1 b=0.3/1"),
    Case("every-member", "rate: {counter: '{__name__=~\"jobs_failed_total|jobs_lost_total\"}',"
         " counted_by: every_member, member: [job], at_most: 1/h}", "a=0.3/1 b=0.3/1"),
    Case("latency", "latency: {histogram: '{__name__=~\"a_seconds|b_seconds\"}', at_most: 100ms}",
         "a=1/5 b=-"),
    Case("worst", f"threshold: {{{LAGS}}}", "a=1/1 b=0/1"),
    Case("each", f"threshold: {{{LAGS}, aggregate: each}}", "a=1/2 b=0/1"),
    Case("best", f"threshold: {{{LAGS}, aggregate: best}}", "a=0/1 b=0/1"),
    Case("sum", f"threshold: {{{LAGS}, aggregate: sum}}", "a=1/1 b=0/1"),
    Case("any-gauge", "threshold: {metric: '{__name__=~\"lag_.*\"}', at_most: 5, aggregate: sum}",
         "a=1/1 b=0/1"),
    Case("any-gauge-each", "threshold: {metric: '{__name__=~\"lag_.*\"}', at_most: 5,"
         " aggregate: each}", "a=1/2 b=0/1"),
    Case("any-gauge-best", "threshold: {metric: '{__name__=~\"lag_.*\"}', at_most: 5,"
         " aggregate: best}", "a=0/1 b=0/1"),
    Case("any-level", "events: {of: gauges, bad: '{__name__=~\"lag_w.*\"}',"
         " total: '{__name__=~\"lag_.*\"}'}", "a=9/10 b=1/1"),
    Case("epoch", "rate: {epoch: '{__name__=~\"term(_total)?\"}', at_most: 1/h}",
         f"a={1 / 300}/1", at="18m"),
]  # fmt: skip


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("patterns"), PATTERNS, COUNTERS, ["group"])


@pytest.mark.parametrize("case", PATTERNS, ids=lambda case: case.name)
def test_a_pattern_on_the_name_counts_as_a_list_does(patterns: Ledgers, case: Case) -> None:
    """Counters are summed though their labels are equal; each gauge is a sample of its own."""
    rows = patterns.rows(case)
    for group, expected in case.expected.items():
        assert rows[group] == (expected and pytest.approx(expected, rel=1e-9)), group
