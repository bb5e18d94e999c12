"""Rates as PromQL: who counts an event, and how often it counts."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.support.history.ledgers import TERMS, ledger_of, terms

ZERO = "or ignoring (bundle, service, slo) 0 * R"


def steps(counter: str) -> str:
    """How far each series is above its value of before, or its first one if it is new."""
    return (
        f"{counter} - {counter} offset 5m >= 0 < Inf\n"
        f"or {counter} - min_over_time({counter}[5m]) > 0 < Inf\n"
        f"  unless ({counter} offset 5m or last_over_time({counter}[54m:5m] offset 10m))"
    )


def test_what_every_member_sees_counts_once() -> None:
    """The median of the members' whole steps; one that restarted takes no part."""
    ledger = ledger_of("rate", counter="elections_total", counted_by="every_member", at_most="1/h")

    assert ledger.total == "group(elections_total <= Inf)"
    assert ledger.bad == (
        f"quantile(0.5, sum by (instance) ({steps('elections_total')})) / 300\n{ZERO}"
    )


def test_what_every_member_counts_in_parts_adds_up_by_member() -> None:
    """Several counters are one number for each member before the members are compared."""
    ledger = ledger_of(
        "rate",
        terms("cluster"),
        counter=["won_total", "lost_total"],
        counted_by="every_member",
        at_most="1/h",
    )

    assert ledger.bad == (
        "quantile by (cluster) (0.5, sum by (cluster, instance) ("
        f'label_replace({steps("won_total")}, "side", "0", "", "")'
        f' or label_replace({steps("lost_total")}, "side", "1", "", "")'
        f")) / 300\n{ZERO}"
    )


@pytest.mark.parametrize(
    ("counter", "members"),
    [
        ("rate(won_total[$window])", "sum by (instance) ({})"),
        ("sum by (instance, shard) (rate(won_total[$window]))", "sum by (instance) ({})"),
        ("sum by (instance) (rate(won_total[$window]))", "{}"),
        ("max by (pod) (rate(won_total[$window]))", "{}"),
    ],
)
def test_an_expression_is_added_up_by_member(counter: str, members: str) -> None:
    """Each member's samples are one number, unless they are already, or say no member."""
    ledger = ledger_of("rate", counter=counter, counted_by="every_member", at_most="1/h")

    events = f"({counter.replace('$window', '5m')}) >= 0 < Inf"
    assert ledger.bad == f"quantile(0.5, {members.format(events)})\n{ZERO}"


def test_what_one_member_counts_adds_up() -> None:
    """Each restart is counted by the process that restarts."""
    ledger = ledger_of(
        "rate", terms("cluster"), counter="restarts_total", counted_by="one_member", at_most="1/d"
    )

    assert ledger.total == "group by (cluster) (restarts_total <= Inf)"
    assert ledger.bad == f"sum by (cluster) (rate(restarts_total[5m]) >= 0 < Inf)\n{ZERO}"


def test_each_step_of_an_epoch_is_an_event() -> None:
    """By how much the largest one grew since it was last known; one that falls is no event."""
    ledger = ledger_of("rate", epoch="term", at_most="2/30d")

    assert ledger.total == "group(term <= Inf)"
    assert ledger.bad == (
        "clamp_min(max(term > 0 < Inf) - (max(term offset 5m > 0 < Inf)"
        "\nor last_over_time((max(term > 0 < Inf))[1h5m:1m] offset 5m)"
        "\n  unless ((min_over_time(timestamp(max(term > 0 < Inf))[5m:30s])"
        " or timestamp(max(term > 0 < Inf)))"
        " - max_over_time(timestamp(max(term > 0 < Inf))[1h6m:1m] offset 5m) > 3600)"
        f"\nor min_over_time((max(term > 0 < Inf))[5m:30s])), 0) / 300\n{ZERO}"
    )


def test_an_expression_is_looked_up_five_minutes_ago() -> None:
    """Only a selector or a subquery takes an offset."""
    ledger = ledger_of("rate", epoch="max(timeline)", at_most="2/30d")

    assert ledger.bad == (
        "clamp_min(max((max(timeline)) > 0 < Inf)"
        " - (max(last_over_time((max(timeline))[1m:30s] offset 5m) > 0 < Inf)"
        "\nor last_over_time((max((max(timeline)) > 0 < Inf))[1h5m:1m] offset 5m)"
        "\n  unless ((min_over_time(timestamp(max((max(timeline)) > 0 < Inf))[5m:30s])"
        " or timestamp(max((max(timeline)) > 0 < Inf)))"
        " - max_over_time(timestamp(max((max(timeline)) > 0 < Inf))[1h6m:1m] offset 5m) > 3600)"
        f"\nor min_over_time((max((max(timeline)) > 0 < Inf))[5m:30s])), 0) / 300\n{ZERO}"
    )


def test_late_samples_of_an_epoch_are_looked_up_once_later() -> None:
    """What is read within a subquery is late already."""
    late = replace(TERMS, folding=replace(TERMS.folding, offset=Fraction(600)))
    ledger = ledger_of("rate", late, epoch="term", at_most="2/30d")

    assert "max(term offset 15m > 0 < Inf)" in ledger.bad
    assert "(max(term offset 10m > 0 < Inf))[1h5m:1m] offset 5m" in ledger.bad


def test_each_change_of_a_gauge_is_an_event_of_its_member() -> None:
    """What changed within an hour and the window, less what changed within the hour before it."""
    ledger = ledger_of("rate", terms("cluster"), changes="started_seconds", at_most="1/30d")

    numbers = "started_seconds < Inf > -Inf"
    finite = " and abs(sum_over_time(started_seconds[1h10m])) < Inf"
    since = "changes({0}[1h10m{1}]) - changes({0}[1h5m{1}] offset 5m)"
    assert ledger.total == "group by (cluster) (max_over_time(started_seconds[5m]) <= Inf)"
    assert ledger.bad == (
        "sum by (cluster) (max by (cluster, instance) ("
        f"({since.format('started_seconds', '')}{finite}"
        f" or {since.format(f'({numbers})', ':30s')})"
        f"\n  unless ((min_over_time(timestamp({numbers})[5m:30s]) or timestamp({numbers}))"
        f" - max_over_time(timestamp({numbers})[1h6m:1m] offset 5m) > 3600)"
        f"\nor changes(({numbers})[5m:30s]) - changes((0 * ({numbers}))[5m:30s]))) / 300"
        f" and ignoring (bundle, service, slo) R\n{ZERO}"
    )


def test_an_expression_of_a_counter_means_events_per_second() -> None:
    """It says by itself how it counts: the median of what its members' samples add up to."""
    ledger = ledger_of(
        "rate",
        counter="rate(elections_total[$window])",
        counted_by="every_member",
        at_most="1/h",
    )

    rates = "(rate(elections_total[5m])) >= 0 < Inf"
    assert ledger.bad == f"quantile(0.5, sum by (instance) ({rates}))\n{ZERO}"
