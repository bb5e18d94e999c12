"""Queries about raw history of many SLOs: how many there are, and how one is split."""

import re
from pathlib import Path

import pytest

from slokit import api
from slokit.reporting.added import Part
from slokit.reporting.plan.raw import RawBatch, RawPlan, together
from tests.support.compile.loaded import loaded

AT, SLOT = 1_767_225_600.0, 300.0
HEAD = "apiVersion: slokit/v1\nservice: shop\nslos:\n"
SLO = "  - {{name: s{n}, objective: 99%, sli: {{events: {{bad: bad_total, total: all_total}}}}}}\n"


def _plans(directory: Path, slos: int) -> tuple[RawPlan, ...]:
    specs = loaded(directory, HEAD + "".join(SLO.format(n=n) for n in range(slos)))
    return api.plan_report(specs, at=AT, source="raw").raw


def test_few_slos_have_a_query_each_and_many_share_them(tmp_path: Path) -> None:
    """A hundred queries at most, and each SLO in one of them."""
    few, many = _plans(tmp_path / "few", 100), _plans(tmp_path / "many", 300)

    assert [len(unit) for unit in together(few)] == [1] * 100
    assert [len(unit) for unit in together(many)] == [3] * 100
    assert tuple(plan for unit in together(many) for plan in unit) == many


def test_halves_hold_each_slo_and_each_ledger_window_once(tmp_path: Path) -> None:
    """Split by SLO until one is left, and by time until it is short."""
    plans = _plans(tmp_path, 3)
    batch = RawBatch(plans, Part(), plans[0].ends)
    halves, parts = batch.halves(), batch.shorter()

    assert halves is not None
    assert parts is not None
    assert halves[0].plans + halves[1].plans == plans
    assert halves[0].halves() is None
    assert parts[0].ends.start == batch.ends.start
    assert parts[0].ends.end + SLOT == parts[1].ends.start
    assert parts[1].ends.end == batch.ends.end


@pytest.mark.parametrize(
    "sides",
    [
        "bad: bad_total, total: all_total",
        "good: good_total, total: all_total",
        "good: good_total, bad: bad_total",
    ],
)
def test_each_counter_is_counted_once(tmp_path: Path, sides: str) -> None:
    """Neither the total that bad events read nor bad ones in the total are computed again."""
    slo = SLO.format(n=0).replace("bad: bad_total, total: all_total", sides)
    (plan,) = api.plan_report(loaded(tmp_path, HEAD + slo), at=AT, source="raw").raw
    promql = RawBatch((plan,), Part(), plan.ends).query.promql

    assert set(plan.sides()) == {side.split(":")[0] for side in sides.split(", ")}
    for counter in re.findall(r"\w+_total", sides):
        assert len(re.findall(rf"(?:rate|increase)\({counter}\[5m\]\)", promql)) == 1


def test_failed_and_slow_events_are_each_counted_once(tmp_path: Path) -> None:
    """Buckets are counters, too: one look at the end of a ledger window, and rows made of three."""
    sides = "bad: bad_total, total: all_total, latency: {histogram: took_seconds, at_most: 1s}"
    slo = SLO.format(n=0).replace("bad: bad_total, total: all_total", sides)
    (plan,) = api.plan_report(loaded(tmp_path, HEAD + slo), at=AT, source="raw").raw
    promql = RawBatch((plan,), Part(), plan.ends).query.promql

    assert set(plan.sides()) == {"bad", "total", "slow"}
    assert ":30s]" not in promql
    for counter in ("bad_total", "all_total", "took_seconds_count"):
        assert len(re.findall(rf"(?:rate|increase)\({counter}\[5m\]\)", promql)) == 1


def test_what_is_no_difference_is_asked_as_the_rules_have_it(tmp_path: Path) -> None:
    """A mean over rates is no row of the means of its sides: a side may have lacked at times."""
    slo = SLO.format(n=0).replace("objective", "counting: rate, objective")
    (plan,) = api.plan_report(loaded(tmp_path, HEAD + slo), at=AT, source="raw").raw

    assert plan.apart() is None
    assert set(plan.sides()) == {"total", "bad"}
