"""Latency from native histograms, which only a real scrape can bring in."""

import time
from pathlib import Path

import pytest

from tests.support.compile.compiled import compiled
from tests.support.history.native_histogram import NativeHistogram
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus")

SPEC = """
    apiVersion: slokit/v1
    service: api
    defaults: {group_by: [region]}
    slos:
      - name: latency
        objective: 95%
        sli: {latency: {histogram: call_seconds, native: true, at_most: 500ms}}
"""


def test_native_histograms_give_the_share_above_any_limit(tmp_path: Path) -> None:
    """One call in four above the limit is a quarter bad; a region without calls is idle, not bad.

    Tolerance one part in 10^6: the limit is a bucket's bound, so nothing is interpolated.
    """
    made = compiled(tmp_path / "c", SPEC, interval="1s", scrape_interval="1s", ledger_window="10s")
    busy, idle = (NativeHistogram("call_seconds", {"region": region}) for region in ("eu", "us"))
    idle.observe(0.9, 5)
    with (
        Exposition() as exposed,
        PrometheusServer(
            tmp_path / "p",
            rule_files=made.files,
            scrape=[exposed.target],
            features=["native-histograms"],
        ) as server,
    ):
        until = time.monotonic() + 30
        while not server.query('slokit:bad:rate10s{region="eu"} > 0') and time.monotonic() < until:
            busy.observe(0.1, 3)
            busy.observe(0.9)
            exposed.set_native([busy, idle])
            exposed.wait_for_scrapes(1)
        ratio = server.query("slokit:bad:rate10s / slokit:total:rate10s")
        slow = {s.labels["region"]: s.value for s in server.query("slokit:bad:rate10s")}

        assert {s.labels["region"]: s.value for s in ratio if s.value == s.value} == {
            "eu": pytest.approx(0.25, rel=1e-6)
        }
        assert slow["us"] == 0
        assert server.failures() == 0
