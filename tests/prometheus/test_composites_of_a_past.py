"""Composites and limits by label on a real Prometheus: rules, raw history and reports.

A past of three services is back-filled, and recorded by the compiled rules; every share of bad is
reckoned by hand.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.command import ROOT
from tests.support.command_here import slokit
from tests.support.compile.compiled import compiled
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.recorded_history import Span, record
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

END, STEP, LONG = 1_790_000_100, 30, 3 * 3600
# a page of the documentation, with one step more that is a level, and limits by label
PAGE = (ROOT / "docs" / "how-to" / "composites.md").read_text(encoding="utf-8")
JOURNEY = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
MORE = """\
---
apiVersion: slokit/v1
service: more
defaults: {group_by: [region]}
slos:
  - {name: lag, objective: 99%, sli: {threshold: {metric: lag_seconds, at_most: 5}}}
  - name: disks
    objective: 99%
    sli:
      threshold:
        metric: used_ratio
        limits: [{match: 'device="/data"', at_most: 90%}]
        at_most: 70%
        aggregate: each
  - name: answers
    objective: 99%
    sli:
      events:
        bad: 'calls_total{code="500"}'
        total: calls_total
        latency:
          histogram: call_seconds
          limits: [{match: 'verb="LIST"', at_most: 5s}]
          at_most: 1s
---
apiVersion: slokit/v1
service: steps
defaults: {group_by: [region]}
slos:
  - name: worst
    objective: 99%
    sli: {composite: {of: &of [catalog/search, cart/add, more/lag], method: worst}}
  - name: weighted
    objective: 99%
    sli: {composite: {of: *of, method: weighted, weights: {cart/add: 2, more/lag: 0.5}}}
---
apiVersion: slokit/v1
service: whole
defaults: {group_by: [region]}
slos:
  - name: outer
    objective: 99%
    sli: {composite: {of: [purchase/journey, steps/worst], method: weighted}}
"""
# what is read is recorded before who reads it
ORDER = (("catalog", "cart", "payment", "more"), ("purchase", "steps"), ("whole",))
# of 60 events between two scrapes: bad ones of each member, by region
FAILING = {
    "search": {"eu": 6, "us": 0},
    "cart": {"eu": 12, "us": 60},
    "payment": {"eu": 3, "us": 0},
}
NAMES = {
    "search": ("search_errors_total", "searches_total"),
    "cart": ("cart_errors_total", "cart_requests_total"),
    "payment": ("payment_errors_total", "payments_total"),
}
# shares of bad: of eu 10 %, 20 %, 5 % and a lag within its limit; of us 0, all, 0 and one beyond
EXPECTED = {
    ("purchase/journey", "eu"): 1 - 0.9 * 0.8 * 0.95,
    ("purchase/journey", "us"): 1.0,
    ("steps/worst", "eu"): 0.2,
    ("steps/worst", "us"): 1.0,
    ("steps/weighted", "eu"): (0.1 + 2 * 0.2) / 3.5,
    ("steps/weighted", "us"): (2 + 0.5) / 3.5,
    ("whole/outer", "eu"): (1 - 0.9 * 0.8 * 0.95 + 0.2) / 2,
    ("whole/outer", "us"): 1.0,
    # 0.8 of /data is within 0.9, 0.8 of / is beyond 0.7
    ("more/disks", "eu"): 0.5,
    # 3 of 60 fail; of 30 LIST 3 take more than 5 s, of 30 GET 6 take more than 1 s
    ("more/answers", "eu"): (3 + 3 + 6) / 60,
}
# those of which raw history is asked
RAW = ("purchase/journey", "more/disks", "more/answers")


def past() -> Iterator[History]:
    times = every(END - LONG - 600, END + 60, STEP)
    count = np.arange(len(times), dtype=float)

    def one(name: str, each: float, *, is_level: bool = False, **labels: str) -> History:
        values = each * np.ones(len(times)) if is_level else 100 + each * count
        return history({"__name__": name, "job": "x", "instance": "i", **labels}, times, values)

    for member, region in product(FAILING, ("eu", "us")):
        bad, total = NAMES[member]
        yield one(bad, FAILING[member][region], region=region, cluster="1")
        yield one(total, 60, region=region, cluster="1")
    for region, lag in (("eu", 1), ("us", 9)):
        yield one("lag_seconds", lag, is_level=True, region=region)
    for device in ("/data", "/"):
        yield one("used_ratio", 0.8, is_level=True, region="eu", device=device)
    for code, each in (("200", 57), ("500", 3)):
        yield one("calls_total", each, region="eu", code=code)
    for verb, fast in (("LIST", {"1": 3, "5": 27}), ("GET", {"1": 24, "5": 30})):
        for bound, each in {**fast, "+Inf": 30}.items():
            yield one("call_seconds_bucket", each, region="eu", verb=verb, le=bound)
        yield one("call_seconds_count", 30, region="eu", verb=verb)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's journey and the rest, compiled."""
    directory = tmp_path_factory.mktemp("project") / "p"
    spec = (JOURNEY + MORE).replace("defaults: {", "defaults: {window: 1d, ")
    compiled(directory, spec)
    return directory


@pytest.fixture(scope="module")
def server(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Three hours of that past, and what the rules record of it."""
    rules = project / "alert-rules"
    with server_with_history(tmp_path_factory.mktemp("past"), list(past())) as running:
        for services in ORDER:
            files = [rules / f"{service}.rules.yaml" for service in services]
            record(running, files, Span(END - LONG, END, END, "never"))
        yield running


def test_rules_record_what_a_hand_reckons(server: PrometheusServer) -> None:
    """Each method, each group, composites of composites, and limits by label: bad of total."""
    bad, total = (
        {
            (f"{s.labels['service']}/{s.labels['slo']}", s.labels["region"]): s.value
            for s in server.query(f"slokit:{side}:rate5m", at=END)
        }
        for side in ("bad", "total")
    )

    found = {key: bad[key] / total[key] for key in EXPECTED}
    assert found == pytest.approx(EXPECTED, rel=1e-6)


def reported(server: PrometheusServer, project: Path) -> list[dict[str, Any]]:
    options = ["--prometheus", server.url, "--at", str(END), "--format", "json", "--timeout", "2m"]
    ran = slokit(project, "report", *RAW, "--source", "raw", *options)
    assert ran.code == 0, ran.err
    rows: list[dict[str, Any]] = json.loads(ran.out)["rows"]
    return rows


def test_reports_of_raw_history_agree(server: PrometheusServer, project: Path) -> None:
    """The members' expressions are written out: the same shares, weighed by time."""
    rows = {
        (f"{row['service']}/{row['slo']}", row["group"]["region"]): row["window_measure"]
        for row in reported(server, project)
    }

    expected = {key: share for key, share in EXPECTED.items() if key[0] in RAW}
    found = {key: rows[key]["ratio_bad"] for key in expected}
    assert found == pytest.approx(expected, rel=1e-3)
    journey = rows["purchase/journey", "eu"]
    # seconds of traffic: as long as the past is
    assert journey["total"] == pytest.approx(LONG, abs=900)
    assert journey["bad"] == pytest.approx(journey["total"] * EXPECTED["purchase/journey", "eu"])
