"""Of a slot that was measured in part only that part counts, recorded and raw alike."""

import pytest

from slokit import api
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.reporting.budget import measure
from slokit.reporting.model import Counts, TimeRange
from slokit.reporting.plan.raw import RawPlan
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """
    apiVersion: slokit/v1
    service: db
    defaults: {group_by: [case]}
    slos:
      - {name: worst, objective: 99%, sli: {threshold: {metric: lag, at_most: 1}}}
      - {name: each, objective: 99%, sli: {threshold: {metric: lag, at_most: 1, aggregate: each}}}
      - {name: ratio, objective: 99%, sli: {ratio: {bad: share}}}
      - {name: failovers, sli: {rate: {epoch: term, at_most: 2/d}}}
"""
# Scrapes every 30 s; the slot that is counted at 15m begins behind 9m30s and ends at 14m30s. Within
# it the exporter of `dies` is dead, but for one scrape: of that slot one sample is left.
GAP = "x20 stale _x8"
INPUTS = {
    'lag{case="dies",instance="a"}': f"9{GAP} 0x60",
    'lag{case="lives",instance="a"}': "9x20 0x70",
    'share{case="dies"}': f"0.5{GAP} 0x60",
    'share{case="lives"}': "0.5x20 0x70",
    'term{case="dies",instance="a"}': f"4{GAP} 5x60",
    'term{case="lives",instance="a"}': "4x29 5x60",
}
# Bad and all of that slot, in seconds.
SLOT = {
    ("worst", "dies"): (30, 30),
    ("worst", "lives"): (30, 300),
    ("each", "dies"): (30, 30),
    ("each", "lives"): (30, 300),
    ("ratio", "dies"): (15, 30),
    ("ratio", "lives"): (15, 300),
    ("failovers", "dies"): (0, 30),
    ("failovers", "lives"): (0, 300),
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, RuleReplay]:
    directory = tmp_path_factory.mktemp("slots")
    made = compiled(directory / "c", SPEC)
    loaded = api.load(project=str(directory / "c" / "slokit.yaml"))
    return loaded.bundle, RuleReplay(directory / "replay", made.files, INPUTS)


def test_a_slot_holds_the_seconds_that_were_measured(bundle: tuple[Bundle, RuleReplay]) -> None:
    """An exporter that is dead for 4m30s of a slot adds 30 s to it, as the rules record it."""
    specs, replay = bundle
    asked = {
        (slo.name, case): [
            f'slokit:{side}:events5m{{slo="{slo.name}",case="{case}"}}' for side in ("bad", "total")
        ]
        for slo in specs.slos
        for case in ("dies", "lives")
    }
    for queries in asked.values():
        for query in queries:
            replay.ask(query, "15m")
    for slo in specs.slos:
        for query in sides(specs, slo).values():
            replay.ask(query, "15m")

    found = {
        key: tuple(round(replay.value(query, "15m"), 6) for query in queries)
        for key, queries in asked.items()
    }
    assert found == SLOT


def test_raw_history_says_the_same(bundle: tuple[Bundle, RuleReplay]) -> None:
    """The queries of `--source raw` have the same seconds of that slot."""
    specs, replay = bundle
    found = {}
    for slo in specs.slos:
        by_side = sides(specs, slo)
        samples = {
            side: {s.labels["case"]: s.value for s in replay.samples(query, "15m")}
            for side, query in by_side.items()
        }
        for case in ("dies", "lives"):
            found[slo.name, case] = tuple(round(samples[s][case], 6) for s in ("bad", "total"))
    assert found == SLOT


def test_the_coverage_is_the_time_that_was_measured(bundle: tuple[Bundle, RuleReplay]) -> None:
    """Of a slot with 30 s; where members' time is counted, a slot is all or nothing."""
    specs, _ = bundle
    covered = {
        slo.name: measure(slo, Counts(30, 30, 1), TimeRange(0, 3600), 300).covered_seconds
        for slo in specs.slos
    }
    assert covered == {"worst": 30, "each": 300, "ratio": 30, "failovers": 30}


def sides(specs: Bundle, slo: Slo) -> dict[str, str]:
    """What a report asks raw history about one slot."""
    over = TimeRange(0, 86_400)
    return RawPlan(slo, specs.project, over, over).sides()
