"""Rates as PromQL: who counts an event, and how often it counts."""

from tests.support.history.ledgers import ledger_of, terms

ZERO = "or ignoring (bundle, service, slo) 0 * R"


def test_what_every_member_sees_counts_once() -> None:
    """The median of the members' whole steps; one that restarted takes no part."""
    ledger = ledger_of("rate", counter="elections_total", counted_by="every_member", at_most="1/h")

    assert ledger.total == "group(elections_total <= Inf)"
    assert ledger.bad == (
        "quantile(0.5, sum by (instance)"
        " (elections_total - elections_total offset 5m >= 0 < Inf)) / 300"
        f"\n{ZERO}"
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
        'label_replace(won_total - won_total offset 5m >= 0 < Inf, "side", "0", "", "")'
        ' or label_replace(lost_total - lost_total offset 5m >= 0 < Inf, "side", "1", "", "")'
        f")) / 300\n{ZERO}"
    )


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
        f" or last_over_time((max(term > 0 < Inf))[1h:1m] offset 5m)), 0) / 300\n{ZERO}"
    )


def test_an_expression_is_looked_up_five_minutes_ago() -> None:
    """Only a selector or a subquery takes an offset."""
    ledger = ledger_of("rate", epoch="max(timeline)", at_most="2/30d")

    assert ledger.bad == (
        "clamp_min(max((max(timeline)) > 0 < Inf)"
        " - (max(last_over_time((max(timeline))[1m:30s] offset 5m) > 0 < Inf)"
        " or last_over_time((max((max(timeline)) > 0 < Inf))[1h:1m] offset 5m)), 0) / 300"
        f"\n{ZERO}"
    )


def test_an_expression_of_a_counter_means_events_per_second() -> None:
    """It says by itself how it counts: the median of its samples is taken."""
    ledger = ledger_of(
        "rate",
        counter="rate(elections_total[$window])",
        counted_by="every_member",
        at_most="1/h",
    )

    assert ledger.bad == f"quantile(0.5, (rate(elections_total[5m])) >= 0 < Inf)\n{ZERO}"
