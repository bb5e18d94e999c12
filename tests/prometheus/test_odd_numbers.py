"""Counters that become infinite or NaN: one instance's oddity costs the others nothing."""

from dataclasses import replace

import pytest

from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")

BY_RATE = {"counting": "rate"}
COUNTERS = {"bad_total": 1, "good_total": 9, "all_total": 10, "elections_total": 1}
HISTOGRAM = {"seconds_count": 10, 'seconds_bucket{le="0.3"}': 9, 'seconds_bucket{le="+Inf"}': 10}
# In each group instance a is sound, b is what the group is called: from minute 10 on, or once.
ODD = {
    "inf": "{start}+{step}x19 Inf+0x40",
    "nan": "{start}+{step}x19 NaN+0x40",
    "negative": "{start}+{step}x19 -Inf+0x40",
}


def series() -> dict[str, str]:
    """A sound and an odd instance of every metric in every group, and series that are born odd."""
    found = {}
    for group, odd in ODD.items():
        labels = f'group="{group}",job="j"'
        for name, rate in {**COUNTERS, **HISTOGRAM}.items():
            metric, _, more = name.partition("{")
            own = f"{labels},{more.rstrip('}')}" if more else labels
            found[f'{metric}{{{own},instance="a"}}'] = f"1000+{30 * rate}x60"
            found[f'{metric}{{{own},instance="b"}}'] = odd.format(start=1000, step=30 * rate)
        found[f'term{{{labels},instance="a"}}'] = "5x36 6x23"
        found[f'term{{{labels},instance="b"}}'] = odd.format(start=5, step=0)
        value = odd.rpartition(" ")[2].partition("+")[0]
        for level, number in (("ready", 9), ("wanted", 10), ("reachable", 9), ("known", 10)):
            is_odd = level in ("ready", "known")
            found[f'{level}{{{labels},instance="a"}}'] = f"{number}x60"
            found[f'{level}{{{labels},instance="b"}}'] = (
                odd.format(start=number, step=0) if is_odd else f"{number}x60"
            )
        found[f'bad_total{{{labels},instance="a",route="/born"}}'] = f"_x36 {value}+0x23"
    return found


def case(name: str, sli: str, row: str, **slo: str) -> Case:
    """One SLO whose rows are the same in every group."""
    return Case(name, sli, " ".join(f"{group}={row}" for group in ODD), slo)


SIDES = {
    "bad-total": "bad: bad_total, total: all_total",
    "good-total": "good: good_total, total: all_total",
    "good-bad": "good: good_total, bad: bad_total",
}
LATENCY = "latency: {histogram: seconds, at_most: 300ms, unit: seconds"
RATE = "rate: {counter: elections_total, at_most: 1/h, counted_by"
CASES = [
    *(case(name, f"events: {{{sides}}}", "1/10") for name, sides in SIDES.items()),
    *(case(f"{n}-rate", f"events: {{{s}}}", "1/10", **BY_RATE) for n, s in SIDES.items()),
    *(
        case(f"{n}-born", f"events: {{{s}, starts_at_zero: true}}", "1/10")
        for n, s in SIDES.items()
    ),
    case("latency", f"{LATENCY}}}", "1/10"),
    case("latency-rate", f"{LATENCY}}}", "1/10", **BY_RATE),
    case("latency-born", f"{LATENCY}, starts_at_zero: true}}", "1/10"),
    case("one-member", f"{RATE}: one_member}}", "1/1"),
    case("every-member", f"{RATE}: every_member}}", "1/1"),
    case("good-gauge", "events: {of: gauges, good: ready, total: wanted}", "1/10"),
    case("total-gauge", "events: {of: gauges, good: reachable, total: known}", "1/10"),
    case("epoch", "rate: {epoch: term, at_most: 1/h}", f"{1 / 300}/1"),
]
# Before the epoch steps, while differences still reach back to numbers.
CASES += [
    replace(one, name=f"{one.name}-at-once", at="12m") for one in CASES if one.name != "epoch"
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("odd"), CASES, series(), ["group"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_odd_numbers_are_left_out(ledgers: Ledgers, case: Case) -> None:
    """The group has the numbers of its sound instance, and no NaN or infinity."""
    rows = ledgers.rows(case)

    for group, row in case.expected.items():
        assert rows[group] == pytest.approx(row, rel=1e-9), group
