"""A page in a real Prometheus goes on while the windows that burn change."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit.compiler import names
from tests.support.compile.compiled import compiled
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
"""
ID = {"bundle": "test", "service": "shop", "slo": "availability"}
INFO = {"measure": "rate", "objective": "99.9%", "window": "30d", "alert_policy": "default"}
STEP, BAD = 5, 0.8
# What the slow groups recorded last: above the limits of 6h, 1d and 3d.
SLOW = {"2h": 60.0, "6h": 20.0, "1d": 5.0, "3d": 2.0}


def ledger(ends: float) -> dict[str, Any]:
    """A ledger as rules: one event a second, of which 80 % fail until a moment."""
    rules = [
        {"record": "slokit:total:rate5m", "expr": "vector(1)", "labels": ID},
        {
            "record": "slokit:bad:rate5m",
            "expr": f"{BAD} * (vector(time()) < bool {ends:.0f})",
            "labels": ID,
        },
        {"record": "slokit:budget:ratio", "expr": "vector(0.001)", "labels": ID},
        {"record": "slokit:info", "expr": "vector(1)", "labels": {**ID, **INFO}},
    ]
    return {"groups": [{"name": "ledger", "interval": f"{STEP}s", "rules": rules}]}


def before(now: float) -> list[History]:
    """Six hours of it, bad for the last quarter of one, and what the slow groups made of them."""
    times = every(now - 6 * 3600, now, STEP)
    rates = {"total": times * 0 + 1, "bad": (times > now - 900) * BAD}
    late = every(now - 120, now, 60)
    return [
        *(history({"__name__": f"slokit:{s}:rate5m", **ID}, times, v) for s, v in rates.items()),
        *(history({"__name__": f"slokit:burn:{w}", **ID}, late, v) for w, v in SLOW.items()),
        history({"__name__": names.BUDGET_REMAINING, **ID, "window": "30d"}, late, 0.5),
    ]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrometheusServer]:
    """The fault goes on for half a minute after the start."""
    now = time.time()
    made = compiled(tmp_path, SPEC, interval=f"{STEP}s", scrape_interval=f"{STEP}s")
    rules = tmp_path / "ledger.yaml"
    rules.write_text(yaml.safe_dump(ledger(now + 45)))
    files = [rules, made.bundle]
    with server_with_history(tmp_path / "prometheus", before(now), rule_files=files) as running:
        yield running


def test_one_page_goes_on_while_its_windows_change(server: PrometheusServer) -> None:
    """1h/5m and 6h/30m burn, then 6h/30m alone: one alert, since the same moment, says so.

    Beside it there is one ticket all the time, and no rule fails.
    """
    seen: list[dict[str, dict[str, Any]]] = []

    def look() -> str:
        burning = [a for a in server.alerts() if a["labels"]["alertname"] == names.BURN_ALERT]
        if burning:
            seen.append({alert["labels"]["severity"]: alert for alert in burning})
            assert len(burning) == len(seen[-1])
        return str(seen[-1].get("page", {}).get("annotations", {}).get("summary")) if seen else ""

    hour, six = " over 1h", " over 6h"
    server.wait_until(lambda: hour in (said := look()) and six in said, "both windows", 60)
    server.wait_until(lambda: six in (said := look()) and hour not in said, "one of them", 120)
    for severity in ("page", "ticket"):
        first = next(number for number, alerts in enumerate(seen) if severity in alerts)
        found = [alerts[severity] for alerts in seen[first:]]
        assert len({tuple(sorted(alert["labels"].items())) for alert in found}) == 1
        assert len({alert["activeAt"] for alert in found}) == 1
        assert {alert["state"] for alert in found} == {"firing"}
    assert seen[-1]["page"]["labels"] == {
        "alertname": names.BURN_ALERT, **ID, "severity": "page", "alert_policy": "default",
    }  # fmt: skip
    assert server.failures() == 0
