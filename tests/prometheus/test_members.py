"""Thresholds over the members of clusters: who is asked, who is silent, and how they are folded."""

import pytest

from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")

# What each cluster's three members say, and which of them `up` knows. The limit is 20.
CLUSTERS = {
    "edge": ("10", "20", "30"),
    "fine": ("10", "10", "20"),
    "low": ("5", "15", "15"),
    "over": ("50", "60", "70"),
    "nan": ("NaN", "10", "NaN"),
    "nothing": ("NaN", "NaN", "NaN"),
    "inf": ("+Inf", "10", "10"),
    "lost": ("10", "10", "10x20 stale"),
    "dead": ("10x20 stale", "10x20 stale", "10x20 stale"),
    "dark": (None, None, None),
}


def series() -> dict[str, str]:
    made = {}
    for cluster, values in CLUSTERS.items():
        for number, value in enumerate(values):
            labels = f'cluster="{cluster}",instance="{cluster}-{number}"'
            made[f"up{{{labels}}}"] = "1x60"
            if value is not None:
                role = "leader" if number == 0 else "replica"
                made[f'lag{{{labels},role="{role}"}}'] = (
                    value if "x" in value else " ".join(61 * [value])
                )
    return made | STRANGERS | DISKS | DECIMALS | RENAMED | JOINED


# Asked by the same job, but of no cluster; and two clusters without an `up`.
STRANGERS = {
    'up{instance="exporter"}': "1x60",
    'up{cluster="",instance="other"}': "1x60",
}
DISKS = {
    'used{cluster="a",instance="a-0",disk="x"}': "30x60",
    'used{cluster="a",instance="a-0",disk="y"}': "50x60",
    'size{cluster="a",instance="a-0",disk="x"}': "50x60",
    'size{cluster="a",instance="a-0",disk="y"}': "50x60",
    'used{cluster="a",instance="a-1"}': "81x60",
    'size{cluster="a",instance="a-1"}': "100x60",
    'used{cluster="b",instance="b-0"}': "10x60",
    'size{cluster="b",instance="b-0"}': "0x60",
    'used{cluster="b",instance="b-1"}': "10x60",
    'used{cluster="c",instance="c-0"}': "10x60",
    'size{cluster="c",instance="c-0"}': "100x60",
    'used{cluster="c",instance="c-1"}': "10x20 stale",
    'size{cluster="c",instance="c-1"}': "100x20 stale",
}
# On the limits 0.1 and 0.3, and a billionth beside them.
DECIMALS = {
    'level{cluster="on"}': "0.1x60",
    'level{cluster="on",instance="1"}': "0.3x60",
    'level{cluster="below"}': "0.0999999999x60",
    'level{cluster="above"}': "0.3000000003x60",
    'level{cluster="far-on"}': "1000000000x60",
    'level{cluster="far-below"}': "0.0999999999x60",
}
RENAMED = {
    'role{scope="eu",instance="0",cluster="wrong"}': "1x60",
    'role{scope="eu",instance="1",cluster="wrong"}': "1x60",
    'role{scope="us",instance="2"}': "1x60",
    'role{instance="3"}': "1x60",
    r'role{scope="two\nlines",instance="4",cluster="wrong"}': "1x60",
}
JOINED = {
    'peers{instance="0"}': "0x60",
    'peers{instance="1"}': "2x60",
    'peers{instance="2"}': "0x60",
    'peers{instance="3"}': "7x60",
    'identity{instance="0",id="one",version="4.0"}': "1x60",
    'identity{instance="1",id="one",version="4.0"}': "1x60",
    'identity{instance="1",id="one",version="4.1"}': "1x60",
    'identity{instance="2",id="two",version="4.0"}': "1x60",
    'peers{instance="4"}': "0x20 stale",
    'identity{instance="4",id="two",version="4.0"}': "1x20 stale",
}
BY_ID = {
    "group_by": [{"cluster": "id"}],
    "join": {"info": "identity", "by": ["instance"], "labels": ["id"]},
}
EXPECTED, SHORT, LONG = "expected: up", "remember: 5m", "remember: 1h"


def limited(name: str, more: str, rows: str, **slo: object) -> Case:
    """A threshold on the lag, at most 20 unless it says otherwise."""
    limit = "" if "at_" in more else "at_most: 20, "
    return Case(name, f"threshold: {{metric: lag, {limit}{more}}}", rows, slo)


CASES = [
    limited(
        "worst",
        "aggregate: worst",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=0/1 nothing=- inf=1/1 lost=0/1 dead=- dark=-",
    ),
    limited(
        "worst-expected",
        f"aggregate: worst, {EXPECTED}",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=1/1 nothing=1/1 inf=1/1 lost=1/1 dead=1/1 =-",
    ),
    limited(
        "worst-remembered",
        f"aggregate: worst, {LONG}",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=1/1 nothing=1/1 inf=1/1 lost=1/1 dead=1/1 dark=-",
    ),
    limited(
        "worst-forgotten",
        f"aggregate: worst, {SHORT}",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=1/1 nothing=1/1 inf=1/1 lost=0/1 dead=- dark=-",
    ),
    limited(
        "best",
        "aggregate: best",
        "edge=0/1 fine=0/1 low=0/1 over=1/1 nan=0/1 nothing=- inf=0/1 lost=0/1 dead=- dark=-",
    ),
    limited(
        "best-expected",
        f"aggregate: best, {EXPECTED}",
        "edge=0/1 fine=0/1 low=0/1 over=1/1 nan=0/1 nothing=1/1 inf=0/1 lost=0/1 dead=1/1 dark=1/1",
    ),
    limited(
        "best-remembered",
        f"aggregate: best, {LONG}",
        "edge=0/1 fine=0/1 low=0/1 over=1/1 nan=0/1 nothing=1/1 inf=0/1 lost=0/1 dead=1/1 dark=-",
    ),
    limited(
        "each",
        "aggregate: each",
        "edge=1/3 fine=0/3 low=0/3 over=3/3 nan=0/1 nothing=- inf=1/3 lost=0/2 dead=- dark=-",
    ),
    limited(
        "each-expected",
        f"aggregate: each, {EXPECTED}",
        "edge=1/3 fine=0/3 low=0/3 over=3/3 nan=2/3 nothing=3/3 inf=1/3 lost=1/3 dead=3/3 dark=3/3",
    ),
    limited(
        "each-remembered",
        f"aggregate: each, {LONG}",
        "edge=1/3 fine=0/3 low=0/3 over=3/3 nan=2/3 nothing=3/3 inf=1/3 lost=1/3 dead=3/3 dark=-",
    ),
    limited(
        "each-forgotten",
        f"aggregate: each, {SHORT}",
        "edge=1/3 lost=0/2 dead=- dark=-",
    ),
    limited(
        "each-between",
        "aggregate: each, at_least: 10, at_most: 20",
        "edge=1/3 fine=0/3 low=1/3 over=3/3 inf=1/3",
    ),
    limited(
        "worst-between",
        "aggregate: worst, at_least: 10, at_most: 20",
        "edge=1/1 fine=0/1 low=1/1 over=1/1 nan=0/1 inf=1/1",
    ),
    limited(
        "worst-between-expected",
        f"aggregate: worst, at_least: 10, at_most: 20, {EXPECTED}",
        "edge=1/1 fine=0/1 low=1/1 nan=1/1 nothing=1/1 lost=1/1",
    ),
    limited(
        "best-between",
        "aggregate: best, at_least: 20, at_most: 20",
        "edge=0/1 fine=0/1 low=1/1 over=1/1 nan=1/1 inf=1/1",
    ),
    limited(
        "sum",
        "aggregate: sum, at_most: 60",
        "edge=0/1 fine=0/1 over=1/1 nan=0/1 nothing=- inf=1/1 lost=0/1 dead=-",
    ),
    limited(
        "sum-at-least",
        "aggregate: sum, at_least: 30",
        "edge=0/1 nan=1/1 inf=0/1 lost=1/1 fine=0/1",
    ),
    limited(
        "sum-expected",
        f"aggregate: sum, at_most: 60, {EXPECTED}",
        "edge=0/1 over=1/1 nan=0/1 nothing=1/1 dead=1/1 dark=1/1",
    ),
    limited(
        "sum-remembered",
        f"aggregate: sum, at_most: 60, {LONG}",
        "edge=0/1 over=1/1 nothing=1/1 lost=0/1 dead=1/1 dark=-",
    ),
    limited(
        "avg",
        "aggregate: avg",
        "edge=0/1 fine=0/1 over=1/1 nan=0/1 inf=1/1 nothing=-",
    ),
    limited(
        "avg-between",
        "aggregate: avg, at_least: 12, at_most: 20",
        "edge=0/1 fine=0/1 low=1/1 over=1/1 nan=1/1",
    ),
    limited(
        "min",
        "aggregate: min, at_least: 10",
        "edge=0/1 low=1/1 over=0/1 nan=0/1 inf=0/1 dead=-",
    ),
    limited(
        "max",
        "aggregate: max",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=0/1 inf=1/1",
    ),
    limited(
        "max-at-least",
        "aggregate: max, at_least: 30",
        "edge=0/1 fine=1/1 inf=0/1 nan=1/1",
    ),
    limited(
        "worst-silence-good",
        f"aggregate: worst, {EXPECTED}",
        "edge=1/1 fine=0/1 low=0/1 over=1/1 nan=0/1 nothing=0/1 inf=1/1 lost=0/1 dead=0/1 dark=0/1"
        " =-",
        no_data="good",
    ),
    limited(
        "best-silence-good",
        f"aggregate: best, {EXPECTED}",
        "edge=0/1 fine=0/1 over=1/1 nan=0/1 nothing=0/1 inf=0/1 lost=0/1 dead=0/1 dark=0/1",
        no_data="good",
    ),
    limited(
        "each-silence-good",
        f"aggregate: each, {EXPECTED}",
        "edge=1/3 fine=0/3 over=3/3 nan=0/3 nothing=0/3 inf=1/3 lost=0/3 dead=0/3 dark=0/3",
        no_data="good",
    ),
    limited(
        "between-silence-good",
        f"aggregate: worst, at_least: 10, at_most: 20, {EXPECTED}",
        "edge=1/1 fine=0/1 low=1/1 nan=0/1 inf=1/1 dead=0/1",
        no_data="good",
    ),
    limited(
        "sum-silence-good",
        f"aggregate: sum, at_most: 60, {EXPECTED}",
        "edge=0/1 over=1/1 nan=0/1 nothing=0/1 inf=1/1 lost=0/1 dead=0/1 dark=0/1",
        no_data="good",
    ),
    limited(
        "min-silence-good",
        f"aggregate: min, at_least: 10, {EXPECTED}",
        "edge=0/1 low=1/1 over=0/1 dead=0/1 dark=0/1",
        no_data="good",
    ),
    limited("one-group", "aggregate: each", "=5/18", group_by=[]),
    limited("one-group-expected", f"aggregate: worst, {EXPECTED}", "=1/1", group_by=[]),
    limited("one-group-sum", f"aggregate: sum, {EXPECTED}", "=1/1", group_by=[]),
    # The role is no label of `up`, the cluster is: the leader is expected, and silent here.
    limited(
        "match-on-groups",
        f"aggregate: each, {EXPECTED}",
        "edge=2/3 fine=-",
        match='role="replica",cluster="edge"',
    ),
    limited(
        "match-on-members",
        f"aggregate: each, {EXPECTED}",
        "edge=0/2 fine=-",
        match='instance=~"edge-[01]"',
    ),
    limited(
        "two-labels",
        "aggregate: each",
        "edge,leader=0/1 edge,replica=1/2 inf,leader=1/1",
        group_by=["cluster", "role"],
    ),
    Case(
        "decimals",
        "threshold: {metric: level, at_least: 0.1, at_most: 0.3}",
        "on=0/1 below=1/1 above=1/1",
    ),
    Case(
        "far-apart",
        "threshold: {metric: level, at_least: 0.1, at_most: 1000000000}",
        "on=0/1 far-on=0/1 far-below=1/1",
    ),
    Case(
        "list",
        "threshold: {metric: ['used{disk=\"x\"}', 'size{disk=\"x\"}'], at_most: 40,"
        " aggregate: each}",
        "a=1/2",
    ),
    Case(
        "list-worst",
        "threshold: {metric: ['used{disk=\"x\"}', 'size{disk=\"x\"}'], at_most: 40}",
        "a=1/1",
    ),
    Case(
        "spread",
        "threshold: {metric: 'max by ($group_by) (lag{$selector}) - min by ($group_by) (lag)',"
        " at_most: 15}",
        "edge=1/1 fine=0/1 inf=1/1 nan=0/1 nothing=- dead=-",
        {"selector": {"instance": "=~.+"}},
    ),
    Case(
        "promql-remembered",
        f"threshold: {{metric: lag + 0, at_most: 20, aggregate: each, {LONG}}}",
        "edge=1/3 nan=2/3 lost=1/3 dead=3/3 dark=-",
    ),
    Case(
        "promql-expected",
        f"threshold: {{metric: 'lag > bool 20', at_most: 0, aggregate: each, {EXPECTED}}}",
        "edge=1/3 lost=1/3 dead=3/3 dark=3/3",
    ),
    Case(
        "ratio",
        "threshold: {ratio: {of: used, to: size}, at_most: 80%, aggregate: each}",
        "a=1/2 b=- c=0/1",
    ),
    Case(
        "ratio-worst",
        "threshold: {ratio: {of: used, to: size}, at_least: 20%, at_most: 80%}",
        "a=1/1 b=- c=1/1",
    ),
    Case(
        "ratio-remembered",
        f"threshold: {{ratio: {{of: used, to: size}}, at_most: 80%, aggregate: each, {LONG}}}",
        "a=1/2 b=- c=1/2",
    ),
    Case(
        "renamed",
        "threshold: {metric: role, at_least: 1, aggregate: each}",
        "eu=0/2 us=0/1 wrong=- =0/1 two\nlines=0/1",
        {"group_by": [{"cluster": "scope"}]},
    ),
    Case(
        "joined",
        "threshold: {metric: peers, at_most: 0, aggregate: each}",
        "one=1/2 two=0/1 =-",
        BY_ID,
    ),
    Case(
        "joined-remembered",
        f"threshold: {{metric: peers, at_most: 0, aggregate: each, {LONG}}}",
        "one=1/2 two=1/2",
        BY_ID,
    ),
]
IDS = [case.name for case in CASES]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("members"), CASES, series(), ["cluster"])


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_ledger_of_members_is_what_a_person_counts(ledgers: Ledgers, case: Case) -> None:
    """Total and bad of each cluster are those counted by hand from what its members say.

    Tolerance none: a threshold's ledger holds whole numbers.
    """
    assert ledgers.rows(case) == case.expected
