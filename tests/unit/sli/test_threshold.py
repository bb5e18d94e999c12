"""Thresholds as PromQL: what one sample of the group says of its members, and who is missed."""

import pytest

from tests.support.history.ledgers import ledger_of, sli_of, terms

BY_CLUSTER = terms("cluster")


def test_a_group_is_as_bad_as_its_worst_member() -> None:
    """1 for each group that has a sample, and 1 for each in which any member is beyond."""
    ledger = ledger_of("threshold", BY_CLUSTER, metric="lag_seconds", at_most="200ms")

    assert ledger.total == "group by (cluster) ((lag_seconds <= Inf))"
    assert ledger.bad == "max by (cluster) ((lag_seconds <= Inf) > bool 0.2)"


def test_a_group_is_as_good_as_its_best_member() -> None:
    """0 for each group in which any member is within the limit, and its total for the others."""
    ledger = ledger_of(
        "threshold", BY_CLUSTER, metric="lag_seconds", at_most="200ms", aggregate="best"
    )

    assert ledger.bad == (
        "0 * group by (cluster) (lag_seconds <= 0.2)\nor ignoring (bundle, service, slo) R"
    )


def test_each_member_is_a_sample() -> None:
    """How many there are, less those within the limit: none of them is zero, and not no data."""
    ledger = ledger_of(
        "threshold", BY_CLUSTER, metric="lag_seconds", at_most="200ms", aggregate="each"
    )

    assert ledger.total == "count by (cluster) ((lag_seconds <= Inf))"
    assert ledger.bad == (
        "R - ignoring (bundle, service, slo) (\n"
        "count by (cluster) (lag_seconds <= 0.2)\n"
        "or ignoring (bundle, service, slo) 0 * R\n"
        ")"
    )


@pytest.mark.parametrize("fold", ["sum", "avg", "min", "max"])
def test_a_fold_is_taken_first_and_compared_then(fold: str) -> None:
    """Grouped once more before it is zero: 0 times an infinite sum is no number."""
    ledger = ledger_of("threshold", BY_CLUSTER, metric="ready", at_least="2", aggregate=fold)

    assert ledger.total == "group by (cluster) ((ready <= Inf))"
    assert ledger.bad == (
        f"0 * group by (cluster) ({fold} by (cluster) ((ready <= Inf)) >= 2)\n"
        "or ignoring (bundle, service, slo) R"
    )


@pytest.mark.parametrize(
    ("limits", "outside"),
    [
        ({"at_most": "5"}, "(level <= Inf) > bool 5"),
        ({"at_least": "1"}, "(level <= Inf) < bool 1"),
        ({"at_least": "1", "at_most": "3"}, "abs((level <= Inf) - 2) > bool 1"),
        (
            {"at_least": "1", "at_most": "1e8"},
            "1 - ((level <= Inf) >= bool 1) * ((level <= Inf) <= bool 100000000)",
        ),
    ],
)
def test_the_limits_themselves_are_good(limits: dict[str, str], outside: str) -> None:
    """Two of them are one distance from their middle, unless they are too far apart for it."""
    assert ledger_of("threshold", metric="level", **limits).bad == f"max({outside})"


def test_an_expected_member_without_a_sample_is_bad() -> None:
    """It comes in as 1 where no sample has the labels that make a member."""
    within = terms("cluster", match='mode="sync"')
    ledger = ledger_of("threshold", within, metric="lag_seconds", at_most="200ms", expected="pg_up")
    silent = """
or on (cluster, instance)
group by (cluster, instance) (pg_up{cluster!=""})
"""

    assert ledger.total == f'group by (cluster) ((lag_seconds{{mode="sync"}} <= Inf){silent})'
    assert (
        ledger.bad == f'max by (cluster) ((lag_seconds{{mode="sync"}} <= Inf) > bool 0.2{silent})'
    )


def test_a_remembered_member_is_expected() -> None:
    """Whatever was seen within the time must answer, without a list of names."""
    ledger = ledger_of(
        "threshold", metric="lag_seconds", at_most="200ms", remember="1h", member=["pod"]
    )

    assert ledger.total == (
        "group((lag_seconds <= Inf)\n"
        "or on (pod)\n"
        "group by (pod) (last_over_time(lag_seconds[1h]))\n"
        ")"
    )


def test_a_folded_group_is_missed_as_a_whole() -> None:
    """Without any sample it has no sum; its expected members make it a bad group."""
    ledger = ledger_of(
        "threshold", BY_CLUSTER, metric="ready", at_least="2", aggregate="sum", expected="up"
    )

    assert ledger.total == (
        "group by (cluster) ((ready <= Inf)\n"
        "or on (cluster)\n"
        'group by (cluster, instance) (up{cluster!=""})\n'
        ")"
    )


@pytest.mark.parametrize(
    ("aggregate", "operation"), [("worst", "max"), ("best", "min"), ("each", "sum")]
)
def test_an_expected_member_without_a_sample_may_be_good(aggregate: str, operation: str) -> None:
    """It comes in as 0 where the spec says that silence is good, whatever the aggregation."""
    ledger = sli_of(
        "threshold",
        BY_CLUSTER,
        is_silence_good=True,
        metric="pending",
        at_most="0",
        expected="up",
        aggregate=aggregate,
    ).ledger(BY_CLUSTER)

    assert ledger.bad == (
        f"{operation} by (cluster) ((pending <= Inf) > bool 0\n"
        "or on (cluster, instance)\n"
        '0 * group by (cluster, instance) (up{cluster!=""})\n'
        ")"
    )


def test_a_folded_group_without_a_sample_may_be_good() -> None:
    """Beyond the limit it is bad; where only expected members are, nothing is."""
    ledger = sli_of(
        "threshold",
        BY_CLUSTER,
        is_silence_good=True,
        metric="pending",
        at_most="5",
        expected="up",
        aggregate="sum",
    ).ledger(BY_CLUSTER)

    assert ledger.bad == (
        "sum by (cluster) ((pending <= Inf)) > bool 5\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_a_ratio_is_a_quotient_for_each_member() -> None:
    """Where the whole is 0 there is no quotient, and no sample."""
    ledger = ledger_of(
        "threshold", BY_CLUSTER, ratio={"of": "used_bytes", "to": "size_bytes"}, at_most="70%"
    )
    quotient = (
        "sum by (cluster, instance) (used_bytes) / (sum by (cluster, instance) (size_bytes) > 0)"
    )

    assert ledger.bad == f"max by (cluster) (({quotient} <= Inf) > bool 0.7)"


def test_several_gauges_are_samples_of_their_own() -> None:
    """A list is no sum: each of its series is a member's."""
    ledger = ledger_of("threshold", metric=["read_lag_seconds", "apply_lag_seconds"], at_most="5s")

    assert ledger.total == (
        'group(((label_replace(read_lag_seconds, "side", "0", "", "")'
        ' or label_replace(apply_lag_seconds, "side", "1", "", "")) <= Inf))'
    )


def test_an_expression_may_be_a_metric() -> None:
    """It is read as it stands, twice at most."""
    ledger = ledger_of("threshold", metric="pg_is_replica == bool 0", at_least="1")

    assert ledger.bad == "max(((pg_is_replica == bool 0) <= Inf) < bool 1)"
