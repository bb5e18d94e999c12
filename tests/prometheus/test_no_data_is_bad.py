"""`no_data: bad`: a group that had data goes on as bad for a while, and pages if it had traffic."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from slokit.compiler import names
from tests.prometheus.bundles import growing
from tests.support.command import ROOT
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.history import History, history, server_with_history
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

API = ROOT / "slo-specs" / "http-api.yaml"
REQUESTS = 'http_requests_total{{job="http-api",instance="{}",handler="/",method="get",code="200"}}'


def unlucky(made: Compiled) -> list[Path]:
    """The rule files in the worst order: alerts see the ledger of the evaluation before."""
    return [made.bundle, *made.ledgers]


def pages(replay: RuleReplay, at: str) -> int:
    """How many pages on the availability of the API fire at a moment."""
    return len(
        [
            alert
            for alert in replay.alerts(names.BURN_ALERT, at)
            if alert.labels["severity"] == "page" and alert.labels["slo"] == "availability"
        ]
    )


def test_the_api_pages_within_three_minutes_when_every_instance_dies(tmp_path: Path) -> None:
    """All instances die right after a scrape at 1h; they are back at 1h20m.

    The page ends within 36 minutes: the short window of one burn alert is half an hour.
    """
    made = compiled(tmp_path, API)
    series = {
        REQUESTS.format(instance): f"{growing((121, 300))} stale _x38 {growing((120, 300))}"
        for instance in "abc"
    }
    replay = RuleReplay(tmp_path / "replay", unlucky(made), series)
    replay.ask_alerts(names.BURN_ALERT, "1h", "1h1m", "1h3m", "1h20m", "1h57m")

    assert [pages(replay, at) for at in ("1h", "1h1m", "1h3m", "1h20m", "1h57m")] == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("what", "values"),
    [
        (
            "one instance of three dies",
            [growing((121, 300)) + " stale", *[growing((240, 300))] * 2],
        ),
        ("idle for longer than a ledger window", [f"{growing((100, 300), (21, 0))} stale"] * 3),
        ("never any traffic", [f"{growing((121, 0))} stale"] * 3),
        ("scaled to zero for long", [f"{growing((20, 300))} stale"] * 3),
        ("never there", []),
        (
            "one scrape fails",
            [f"{growing((121, 300))} stale 36600+300x120"] * 3,
        ),
    ],
)
def test_the_api_does_not_page_when_nothing_was_lost(
    tmp_path: Path, what: str, values: list[str]
) -> None:
    """Not when traffic goes on, was none, or is known to be gone for longer than an hour."""
    made = compiled(tmp_path, API)
    series = {REQUESTS.format(number): text for number, text in enumerate(values)}
    replay = RuleReplay(tmp_path / "replay", unlucky(made), series or {"other": "1x200"})
    # what was scaled to zero at 10m pages for as long as it goes on as bad: an hour
    moments = ("1h30m", "1h45m") if what == "scaled to zero for long" else ("1h3m", "1h5m", "1h10m")
    replay.ask_alerts(names.BURN_ALERT, *moments)

    assert [pages(replay, at) for at in moments] == [0] * len(moments), what


LEDGER = """
    apiVersion: slokit/v1
    service: shop
    defaults: {no_data: bad, no_data_for: 10m, group_by: [cluster]}
    slos:
      - {name: events, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: latency, objective: 99%, sli: {latency: {histogram: answer_seconds, at_most: 1s}}}
      - {name: level, objective: 99%, sli: {threshold: {metric: lag_seconds, at_most: 1s}}}
"""


def files_of(directory: Path, target: str) -> list[Path]:
    """The rule files of the bundle, as they are for this target."""
    made = compiled(directory, LEDGER)
    if target == "prometheus":
        return list(made.files)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    files = []
    for artifact in api.compile(loaded.bundle, [target]):
        files.append(directory / artifact.path)
        files[-1].parent.mkdir(exist_ok=True)
        files[-1].write_text(artifact.text)
    return files


@pytest.mark.parametrize("target", ["prometheus", "vmalert"])
def test_a_gone_group_goes_on_as_bad_for_as_long_as_is_said(tmp_path: Path, target: str) -> None:
    """With its last total, for ten minutes after it was seen last; other groups are as they are."""
    series: dict[str, str] = {}
    for cluster, end in (("a", " stale"), ("b", "")):
        steps = 61 if end else 121
        label = f'cluster="{cluster}",instance="x",job="y"'
        series |= {
            f"requests_total{{{label}}}": growing((steps, 300)) + end,
            f"errors_total{{{label}}}": growing((steps, 3)) + end,
            f'answer_seconds_bucket{{{label},le="1"}}': growing((steps, 270)) + end,
            f"answer_seconds_count{{{label}}}": growing((steps, 300)) + end,
            f"lag_seconds{{{label}}}": f"0x{steps}{end}",
        }
    replay = RuleReplay(tmp_path / "replay", files_of(tmp_path, target), series)
    ratio = "slokit:bad:rate5m / slokit:total:rate5m"
    replay.ask(ratio, "30m", "34m", "39m", "41m").ask("slokit:total:rate5m", "30m", "39m")

    def shares(at: str) -> dict[tuple[str, str], float]:
        rows = replay.samples(ratio, at)
        return {(r.labels["slo"], r.labels["cluster"]): round(r.value, 3) for r in rows}

    calm = {("events", "b"): 0.01, ("latency", "b"): 0.1, ("level", "b"): 0.0}
    gone = {(slo, "a"): 1.0 for slo, _ in calm}
    assert shares("30m") == calm | {(slo, "a"): share for (slo, _), share in calm.items()}
    assert shares("34m") == calm | gone
    assert shares("39m") == calm | gone
    assert shares("41m") == calm
    before, after = (
        {
            (r.labels["slo"], r.labels["cluster"]): round(r.value, 3)
            for r in replay.samples("slokit:total:rate5m", at)
        }
        for at in ("30m", "39m")
    )
    assert before == after


FAILURES_ALONE = """
    apiVersion: slokit/v1
    service: shop
    defaults: {no_data: bad, no_data_for: 10m, group_by: [cluster]}
    slos:
      - {name: of-all, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: of-both, objective: 99%, sli: {events: {bad: errors_total, good: answers_total}}}
      - name: by-promql
        objective: 99%
        sli:
          events:
            bad: sum by (cluster) (rate(errors_total[$window]))
            total: requests_total
      - name: slow-or-failed
        objective: 99%
        sli:
          events:
            bad: errors_total
            total: requests_total
            latency: {histogram: answer_seconds, at_most: 1s}
"""


@pytest.mark.parametrize("ends", [False, True])
def test_a_group_that_only_fails_is_in_the_ledger(tmp_path: Path, *, ends: bool) -> None:
    """Failures of a cluster that the total does not know are all bad, and go on when it is gone."""
    made = compiled(tmp_path, FAILURES_ALONE)
    at, steps, end = 'cluster="{}",instance="x",job="y"', 61 if ends else 121, " stale" * ends
    series = {f"errors_total{{{at.format('failing')}}}": growing((steps, 3)) + end}
    for name in ("requests_total", "answers_total", "answer_seconds_count"):
        series[f"{name}{{{at.format('calm')}}}"] = growing((121, 300))
    series[f'answer_seconds_bucket{{{at.format("calm")},le="1"}}'] = growing((121, 300))
    replay = RuleReplay(tmp_path / "replay", list(made.files), series)
    share = "slokit:bad:rate5m / slokit:total:rate5m"
    moments = ("20m", "39m", "41m") if ends else ("20m", "39m")
    replay.ask(share, *moments).ask("slokit:total:rate5m", "20m")

    def shares(moment: str) -> dict[tuple[str, str], float]:
        rows = replay.samples(share, moment)
        return {(r.labels["slo"], r.labels["cluster"]): r.value for r in rows}

    slos = ("of-all", "of-both", "by-promql", "slow-or-failed")
    calm = {(slo, "calm"): 0.0 for slo in slos}
    failing = {(slo, "failing"): 1.0 for slo in slos}
    for moment in moments[:2]:
        assert shares(moment) == pytest.approx(calm | failing), moment
    found = {
        r.labels["slo"]: r.value
        for r in replay.samples("slokit:total:rate5m", "20m")
        if r.labels["cluster"] == "failing"
    }
    assert found == pytest.approx(dict.fromkeys(slos, 0.1))
    if ends:
        # PromQL by `rate()` goes on for a ledger window
        assert shares("41m") == pytest.approx(calm | {("by-promql", "failing"): 1.0})


END, SCRAPE, MINUTE = 1_790_000_100, 30, 60
# the last sample before a gap and the first one behind it, in seconds before the end
ENDED, DOWN, AWAY = 90 * MINUTE + 30, (60 * MINUTE + 30, 45 * MINUTE - 30), (2430, 1170)
RAW = """\
apiVersion: slokit/v1
service: shop
defaults: {window: 1d, alert_policy: none, no_data: bad, no_data_for: 30m, group_by: [cluster]}
slos:
  - {name: events, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
  - {name: level, objective: 99%, sli: {threshold: {metric: lag_seconds, at_most: 1s}}}
  - name: unknown
    objective: 99%
    no_data: alert
    sli: {threshold: {metric: lag_seconds, at_most: 1s}}
"""


def with_gaps() -> Iterator[History]:
    """Ten requests a scrape in four clusters, none of which fails, on a server that was down."""
    whole = np.arange(END - 4 * 3600, END + 1, SCRAPE)
    ago = END - whole
    is_up = (ago >= DOWN[0]) | (ago <= DOWN[1])
    yield history({"__name__": "up", "job": "j", "instance": "i"}, whole[is_up], 1)
    for cluster, there, each in (
        ("calm", is_up, 10),
        ("gone", ago >= ENDED, 10),
        ("away", is_up & ((ago >= AWAY[0]) | (ago <= AWAY[1])), 10),
        ("idle", ago >= ENDED, 0),
    ):
        at, times = {"job": "j", "instance": "i", "cluster": cluster}, whole[there]
        counts = each * (times - whole[0]) / SCRAPE
        yield history({"__name__": "requests_total", **at}, times, counts)
        yield history({"__name__": "errors_total", **at}, times, 0)
        yield history({"__name__": "lag_seconds", **at}, times, 0)


@pytest.mark.programs("prometheus")
def test_a_raw_report_goes_on_as_the_rules_do(tmp_path: Path) -> None:
    """Half an hour of the last traffic is bad, and no minute in which the server was down itself.

    By hand: a ledger window holds 100 requests or 300 seconds; six of them go on when a cluster is
    gone for good, and four when it is away for twenty minutes. A level that is back-filled is there
    for five minutes after its last sample; so the sixth falls into the time without a server.
    """
    (tmp_path / "slokit.yaml").write_text("bundle: shop\nspecs: [shop.yaml]\n")
    (tmp_path / "shop.yaml").write_text(RAW)
    with server_with_history(tmp_path / "store", list(with_gaps())) as server:
        given = ["--project", str(tmp_path / "slokit.yaml"), "--prometheus", server.url]
        asked = ["--at", str(END), "--format", "json", "--source", "raw"]
        ran = CliRunner().invoke(app, ["report", *given, *asked])
    assert ran.exit_code == 0, ran.output
    rows: list[dict[str, Any]] = json.loads(ran.stdout)["rows"]
    bad = {
        (row["slo"], row["group"]["cluster"]): row["window_measure"]["bad"]
        for row in rows
        if row["window_measure"]
    }

    assert bad == pytest.approx(
        {
            ("events", "calm"): 0,
            ("events", "gone"): 6 * 100,
            ("events", "away"): 4 * 100,
            ("events", "idle"): 0,
            ("level", "calm"): 0,
            ("level", "gone"): 5 * 300,
            ("level", "away"): 3 * 300,
            ("level", "idle"): 5 * 300,
            **{("unknown", cluster): 0 for cluster in ("calm", "gone", "away", "idle")},
        }
    )
