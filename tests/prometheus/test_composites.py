"""Composites against values reckoned by hand: each method, idle members, lost ones, levels."""

from collections.abc import Iterator

import pytest

from tests.conftest import require_programs
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """\
apiVersion: slokit/v1
service: catalog
defaults: {group_by: [region], counting: rate}
slos:
  - {name: search, objective: 99.5%, sli: {events: {bad: search_errors, total: searches}}}
---
apiVersion: slokit/v1
service: cart
defaults: {group_by: [region, cluster], counting: rate}
slos:
  - {name: add, objective: 99.5%, sli: {events: {bad: add_errors, total: adds}}}
---
apiVersion: slokit/v1
service: buy
defaults: {group_by: [region]}
slos:
  - name: worst
    objective: 99%
    sli: {composite: {of: &of [catalog/search, cart/add, lag], method: worst}}
  - {name: mean, objective: 99%, sli: {composite: {of: *of, method: weighted}}}
  - name: weighted
    objective: 99%
    sli: {composite: {of: *of, method: weighted, weights: {cart/add: 2, lag: 0.5}}}
  - {name: all, objective: 99%, sli: {composite: {of: *of, method: all}}}
  - name: outer
    objective: 99%
    sli: {composite: {of: [worst, catalog/search], method: weighted}}
  - {name: lag, objective: 99%, sli: {threshold: {metric: lag_seconds, at_most: 5}}}
"""
# search: 10 % bad. add: 60 of 240 in one cluster and 0 of 60 in another, so 60 of 300: 20 %.
BOTH = {
    "search_errors": "0+6x60", "searches": "0+60x60",
    "add_errors{1}": "0+60x60", "adds{1}": "0+240x60",
    "add_errors{2}": "0x60", "adds{2}": "0+60x60",
}  # fmt: skip
REGIONS = {
    # 10 %, 20 % and a lag within its limit
    "eu": {**BOTH, "lag_seconds": "1x60"},
    # ... beyond its limit
    "us": {**BOTH, "lag_seconds": "9x60"},
    # nobody searches, whatever may fail
    "idle": {**BOTH, "searches": "500x60", "search_errors": "0x60", "lag_seconds": "1x60"},
    # two members have no such group
    "one": {"search_errors": "0+6x60", "searches": "0+60x60"},
    # nobody does anything, which is no loss of data
    "asleep": {"searches": "500x60", "search_errors": "5x60"},
    # all of one member fails
    "down": {**BOTH, "search_errors": "0+60x60", "lag_seconds": "1x60"},
}
# bad of each method, reckoned by hand; the total is 1 everywhere but where all are idle
EXPECTED: dict[str, dict[str, float]] = {
    "eu": {"worst": 0.2, "mean": 0.1, "weighted": 0.5 / 3.5, "all": 1 - 0.9 * 0.8, "outer": 0.15},
    "us": {"worst": 1, "mean": 1.3 / 3, "weighted": 1 / 3.5, "all": 1, "outer": 0.55},
    "idle": {"worst": 0.2, "mean": 0.1, "weighted": 0.4 / 2.5, "all": 0.2, "outer": 0.2},
    "one": {"worst": 0.1, "mean": 0.1, "weighted": 0.1, "all": 0.1, "outer": 0.1},
    "asleep": {"worst": 0, "mean": 0, "weighted": 0, "all": 0, "outer": 0},
    "down": {"worst": 1, "mean": 0.4, "weighted": 1.4 / 3.5, "all": 1, "outer": 1},
}


def series() -> Iterator[tuple[str, str]]:
    """Every raw series with its values."""
    for region, metrics in REGIONS.items():
        for metric, values in metrics.items():
            name, _, cluster = metric.rstrip("}").partition("{")
            own = f',cluster="{cluster}"' if cluster else ""
            yield f'{name}{{region="{region}"{own}}}', values


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """All regions in one replay; the services' rules in the order of their names."""
    require_programs("promtool")
    directory = tmp_path_factory.mktemp("composites")
    made = compiled(directory / "c", SPEC)
    found = RuleReplay(directory / "replay", made.ledgers, dict(series()))
    for side in ("total", "bad"):
        found.ask(f'slokit:{side}:rate5m{{service="buy",slo!="lag"}}', "20m")
    return found


@pytest.mark.parametrize("region", EXPECTED)
def test_each_method_says_what_a_hand_reckons(replay: RuleReplay, region: str) -> None:
    """Bad is the method's share, and the total is 1 unless every member is idle."""
    found: dict[str, dict[str, float]] = {"total": {}, "bad": {}}
    total = float(region != "asleep")
    for side, values in found.items():
        asked = f'slokit:{side}:rate5m{{service="buy",slo!="lag"}}'
        for sample in replay.samples(asked, "20m"):
            if sample.labels["region"] == region:
                values[sample.labels["slo"]] = sample.value

    assert found["bad"] == pytest.approx(EXPECTED[region], abs=1e-9)
    assert found["total"] == dict.fromkeys(EXPECTED[region], total)
