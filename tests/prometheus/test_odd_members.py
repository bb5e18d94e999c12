"""Members that differ from the others of their group: what cannot be judged counts on no side.

In each group instance a is sound: ten events a second, one of them bad. Instance b is what the
group is called, and costs the group nothing of what a says.
"""

import pytest

from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")

ALL, GOOD, COUNT = "all_total", "good_total", "seconds_count"
BUCKET, LIMIT, LAST = "seconds_bucket", 'le="0.3"', 'le="+Inf"'


def grows(rate: float, first: float = 1000, scrapes: int = 60) -> str:
    """A counter that grows by this many a second, scraped every 30 s."""
    return f"{first:g}+{30 * rate:g}x{scrapes}"


FULL, WITHIN, STILL, NAN = grows(10), grows(9), grows(0), " ".join(61 * ["NaN"])
# what of instance b is not as it should be: the metric, further labels, the samples
ODD: dict[str, list[tuple[str, str, str]]] = {
    "total-nan": [(ALL, "", NAN), (GOOD, "", FULL)],
    "total-still": [(ALL, "", STILL), (GOOD, "", FULL)],
    "total-in-part-nan": [(ALL, 'route="x"', NAN), (ALL, 'route="y"', FULL), (GOOD, "", FULL)],
    "good-nan": [(ALL, "", FULL), (GOOD, "", NAN)],
    "count-nan": [(COUNT, "", NAN), (BUCKET, LIMIT, FULL)],
    "count-still": [(COUNT, "", STILL), (BUCKET, LIMIT, FULL)],
    "bucket-nan": [(COUNT, "", FULL), (BUCKET, LIMIT, NAN)],
    "bucket-gone": [(COUNT, "", FULL), (BUCKET, LIMIT, f"{grows(9, scrapes=20)} stale")],
    # a member that restarts with other buckets: of what it counted before, nothing is known
    "bucket-new": [
        (COUNT, "", f"{grows(10, scrapes=34)} {grows(10, 0)}"),
        (BUCKET, LIMIT, f"_x35 {grows(9, 0)}"),
    ],
    "bucket-other": [(COUNT, "", FULL), (BUCKET, 'le="0.5"', FULL)],
}
# A bucket that begins anew while its count goes on, as no process does: nothing was slower for it.
APART = {
    "bucket-anew": [
        (COUNT, "", FULL),
        (BUCKET, LIMIT, f"{grows(9, scrapes=34)} {grows(9, 270, scrapes=25)}"),
    ],
    "count-anew": [
        (COUNT, "", f"{grows(10, scrapes=34)} {grows(10, 300, scrapes=25)}"),
        (BUCKET, LIMIT, WITHIN),
    ],
}
# a scrape that cannot be judged, at 19m30s
_NAN_ONCE = f"{grows(10, scrapes=38)} NaN {grows(10, 13000)}"
ONCE = {
    "once-total-nan": [(ALL, "", _NAN_ONCE), (GOOD, "", FULL)],
    "once-good-nan": [(GOOD, "", _NAN_ONCE), (ALL, "", FULL)],
}
# instance b has as many good events as events, whatever happens to its series
SOUND = {
    "new-route": [(n, 'route="x"', STILL) for n in (ALL, GOOD)]
    + [(n, 'route="y"', f"_x34 {grows(10, 0)}") for n in (ALL, GOOD)],
    "route-gone": [(n, 'route="x"', STILL) for n in (ALL, GOOD)]
    + [(n, 'route="y"', f"{grows(10, scrapes=35)} stale") for n in (ALL, GOOD)],
    "idle": [(n, "", STILL) for n in (ALL, GOOD)],
    "restarted": [(n, "", f"{grows(10, scrapes=35)} {grows(10, 0)}") for n in (ALL, GOOD)],
}


def series() -> dict[str, str]:
    """The sound instance of every metric in every group, and what is odd about the other one."""
    found = {}
    for group, rows in {**ODD, **APART, **ONCE, **SOUND}.items():
        for name, samples in ((ALL, FULL), (GOOD, WITHIN), (COUNT, FULL), (BUCKET, WITHIN)):
            le = f",{LIMIT}" if name == BUCKET else ""
            found[f'{name}{{group="{group}",job="j",instance="a-{group}"{le}}}'] = samples
        for name, more, samples in rows:
            labels = f'group="{group}",job="j",instance="b-{group}"' + (f",{more}" if more else "")
            found[f"{name}{{{labels}}}"] = samples
    return found


def rows_of(names: list[str], row: str) -> str:
    return " ".join(f"{group}={row}" for group in names)


def _summed(metric: str) -> str:
    return f"'sum by ($group_by) (rate({metric}[$window]))'"


WRITTEN = "total-nan=- total-in-part-nan=- total-still=19/10"
FINE = "count-nan=9/10"
OF_EVENTS = [group for group, rows in ODD.items() if rows[0][0] == ALL]
OF_LATENCY = [group for group, rows in ODD.items() if rows[0][0] == COUNT]
BY_RATE = {"counting": "rate"}
# of the total of which a part is NaN the other part is known
BY_RATE_ROWS = "total-nan=1/10 total-still=1/10 total-in-part-nan=1/20 good-nan=1/10"
EVENTS = f"events: {{good: {GOOD}, total: {ALL}"
LATENCY = "latency: {histogram: seconds, at_most: 300ms, unit: seconds"
CASES = [
    Case("good-of-total", f"{EVENTS}}}", rows_of(OF_EVENTS, "1/10")),
    Case("good-of-total-born", f"{EVENTS}, starts_at_zero: true}}", rows_of(OF_EVENTS, "1/10")),
    Case("good-of-total-at-once", f"{EVENTS}}}", rows_of(OF_EVENTS, "1/10"), at="19m30s"),
    Case("good-of-total-then", f"{EVENTS}}}", rows_of(list(ONCE), "1/10"), at="19m30s"),
    Case("good-of-total-afterwards", f"{EVENTS}}}", rows_of(list(ONCE), "1/20")),
    Case("by-rate", f"{EVENTS}}}", BY_RATE_ROWS, BY_RATE),
    Case("by-rate-then", f"{EVENTS}}}", rows_of(list(ONCE), "1/10"), BY_RATE, at="19m30s"),
    Case("by-rate-afterwards", f"{EVENTS}}}", rows_of(list(ONCE), "1/20"), BY_RATE),
    Case("latency", f"{LATENCY}}}", rows_of(OF_LATENCY, "1/10")),
    Case("latency-apart", f"{LATENCY}}}", rows_of(list(APART), "2/20")),
    Case("latency-apart-born", f"{LATENCY}, starts_at_zero: true}}", rows_of(list(APART), "2/20")),
    Case("latency-born", f"{LATENCY}, starts_at_zero: true}}", rows_of(OF_LATENCY, "1/10")),
    # Summed up in the expression, one NaN is all that there is: a total that is not known.
    Case("written-total", f"events: {{bad: {_summed(GOOD)}, total: {_summed(ALL)}}}", WRITTEN),
    Case("written-total-selected-bad", f"events: {{bad: {GOOD}, total: {_summed(ALL)}}}", WRITTEN),
    # The same of the other side: as no events it would make the group all good, or all bad.
    Case("written-bad", f"events: {{bad: {_summed(GOOD)}, total: {ALL}}}", f"good-nan=- {FINE}"),
    Case(
        "written-good",
        f"events: {{good: {_summed(GOOD)}, total: {_summed(ALL)}}}",
        "good-nan=- total-nan=- count-nan=1/10",
    ),
    Case("written-good-of-total", f"events: {{good: {_summed(GOOD)}, total: {ALL}}}", "good-nan=-"),
    Case(
        "written-good-and-bad",
        f"events: {{good: {_summed(ALL)}, bad: {_summed(GOOD)}}}",
        "good-nan=- total-nan=- count-nan=9/19",
    ),
    Case(
        "latency-by-rate",
        f"{LATENCY}}}",
        rows_of([group for group in OF_LATENCY if group != "bucket-new"], "1/10"),
        BY_RATE,
    ),
]
MOMENTS = ["17m30s", "18m", "19m30s", "20m", "22m", "25m"]
WHOLE = [Case(f"sound-{at}", f"{EVENTS}}}", rows_of(list(SOUND), "1/10"), at=at) for at in MOMENTS]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("odd"), [*CASES, *WHOLE], series(), ["group"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_member_costs_the_others_nothing(ledgers: Ledgers, case: Case) -> None:
    """The group has the numbers of its sound instance: one of ten events is bad."""
    rows = ledgers.rows(case)

    for group, row in case.expected.items():
        assert rows[group] == (row and pytest.approx(row, rel=1e-9)), group


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_series_that_come_and_go_make_nothing_bad(ledgers: Ledgers, case: Case) -> None:
    """Of the instance whose events are all good none is bad, at any moment of the change."""
    rows = ledgers.rows(case)

    for group in case.expected:
        bad, total = rows[group] or (0, 0)
        assert bad == pytest.approx(1, rel=1e-9), group
        assert total >= 10 - 1e-9, group
