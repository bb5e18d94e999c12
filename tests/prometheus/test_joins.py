"""A join is applied where its labels are used, under the names that it gives them."""

import pytest

from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")
SPEC = """\
apiVersion: slokit/v1
service: shop
defaults:
  group_by: [region]
  join: {info: node_info, by: [instance], labels: [{region: zone}]}
slos:
  - name: renamed
    objective: 99%
    sli: {threshold: {metric: lag, at_most: 5, aggregate: each}}
  - name: unused
    objective: 99%
    group_by: [cluster]
    sli: {threshold: {metric: lag, at_most: 5, aggregate: each}}
  - name: dropped
    objective: 99%
    join: none
    sli: {threshold: {metric: depth, at_most: 5, aggregate: each}}
"""
# Node 3 has no info: only where the join is used it is lost. The regions of depth are its own.
SERIES = {
    'node_info{instance="1",zone="eu"}': "1x60",
    'node_info{instance="2",zone="us"}': "1x60",
    'lag{instance="1",cluster="a"}': "9x60",
    'lag{instance="2",cluster="a"}': "1x60",
    'lag{instance="3",cluster="b"}': "9x60",
    'depth{instance="1",region="north"}': "9x60",
    'depth{instance="9",region="north"}': "1x60",
}
EXPECTED = {
    "renamed": {"eu": (1, 1), "us": (0, 1)},
    "unused": {"a": (1, 2), "b": (1, 1)},
    "dropped": {"north": (1, 2)},
}


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    directory = tmp_path_factory.mktemp("joins")
    made = compiled(directory / "project", SPEC)
    return RuleReplay(directory / "replay", made.ledgers, SERIES)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_ledger_has_the_groups_that_a_person_names(replay: RuleReplay, name: str) -> None:
    """Bad and total of each group, counted by hand; a threshold's ledger holds whole numbers."""
    sides = {}
    for side in ("bad", "total"):
        samples = replay.samples(f'slokit:{side}:rate5m{{slo="{name}"}}', "20m")
        sides[side] = {s.labels.get("region", s.labels.get("cluster")): s.value for s in samples}
    found = {group: (sides["bad"][group], total) for group, total in sides["total"].items()}
    assert found == EXPECTED[name]
