"""Labels that a store adds: whose rows they make, and which replica is taken."""

from pathlib import Path

from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.reporting.added import added_labels, one_replica
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import Counts, TimeRange
from tests.support.compile.loaded import loaded

SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: answers
    objective: 99%
    group_by: [zone]
    sli: {events: {bad: errors_total, total: requests_total}}
"""
WINDOW = TimeRange(0, 3000)
PROJECT = Project(bundle="shop", replica_labels=("replica",))
LEDGER = [
    {"bundle": "shop", "cluster": "eu", "replica": "a"},
    {"bundle": "shop", "cluster": "eu", "replica": "b"},
]


def _slo(directory: Path) -> Slo:
    return loaded(directory, SPEC).bundle.slos[0]


def _evidence(slots: int, bad: float) -> Evidence:
    return Evidence("recorded", {WINDOW: Counts(10.0 * slots, bad, slots)}, {}, 1.0)


def _key(**group: str) -> Key:
    return "shop", "answers", tuple(sorted(group.items()))


def test_the_replica_that_measured_most_is_taken(tmp_path: Path) -> None:
    """As a whole, whichever numbers the others have; groups choose apart."""
    found = {
        _key(zone="x", replica="a"): _evidence(8, 5),
        _key(zone="x", replica="b"): _evidence(9, 3),
        _key(zone="y", replica="a"): _evidence(9, 1),
        _key(zone="y", replica="b"): _evidence(9, 2),
    }
    windows = {"shop/answers": WINDOW}

    chosen = one_replica(found, [_slo(tmp_path)], ("replica",), windows)

    assert chosen == {_key(zone="x"): _evidence(9, 3), _key(zone="y"): _evidence(9, 1)}


def test_each_replica_is_a_part_of_raw_history(tmp_path: Path) -> None:
    """Selected by all added labels; its rows carry those that are no replica's."""
    parts = added_labels(PROJECT, LEDGER, [{"job": "x", **LEDGER[0]}]).parts(_slo(tmp_path))

    assert [part.kept for part in parts] == [(("cluster", "eu"),)] * 2
    assert [part.replica for part in parts] == [(("replica", "a"),), (("replica", "b"),)]
    assert [str(m) for m in parts[0].matchers] == ['cluster="eu"', 'replica="a"']


def test_labels_that_raw_series_lack_do_not_select_them(tmp_path: Path) -> None:
    """A ruler adds its own label to the ledger; raw series have none to match."""
    (part,) = added_labels(Project(), [{"ruler": "r1"}], [{"job": "x"}]).parts(_slo(tmp_path))

    assert part.matchers == ()
    assert part.kept == (("ruler", "r1"),)


def test_replicas_are_known_without_a_ledger(tmp_path: Path) -> None:
    """By the labels of raw series alone."""
    raw = [{"job": "x", "replica": "a"}, {"job": "x", "replica": "b"}]
    parts = added_labels(PROJECT, [], raw).parts(_slo(tmp_path))

    assert [str(m) for part in parts for m in part.matchers] == ['replica="a"', 'replica="b"']


def test_a_label_of_the_spec_is_no_added_one(tmp_path: Path) -> None:
    """What the SLO is grouped by is kept by its own expressions."""
    (part,) = added_labels(Project(), [{"zone": "x"}, {"zone": "y"}]).parts(_slo(tmp_path))

    assert not part.kept
    assert not part.matchers
