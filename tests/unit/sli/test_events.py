"""Events as PromQL: which of good, bad and total stand where, and what a missing side means."""

from slokit.model.ledger import Join
from tests.support.ledgers import ledger_of, terms


def test_bad_of_total_fills_a_side_that_has_no_series() -> None:
    """No error series yet is no error; a group that only failed is all bad and not invisible."""
    ledger = ledger_of("events", bad="errors_total", total="requests_total")

    assert ledger.total == ("sum(rate(requests_total[5m]))\nor\nsum(rate(errors_total[5m]))")
    assert ledger.bad == ("sum(rate(errors_total[5m]))\nor ignoring (bundle, service, slo) 0 * R")


def test_good_of_total_is_subtracted_from_the_recorded_total() -> None:
    """The raw total is read once; a group without good events is all bad, and never below zero."""
    ledger = ledger_of("events", good="ok_total", total="requests_total")

    assert ledger.total == "sum(rate(requests_total[5m]))"
    assert ledger.bad == (
        "clamp_min(R - ignoring (bundle, service, slo) (\n"
        "sum(rate(ok_total[5m]))\n"
        "or ignoring (bundle, service, slo) 0 * R\n"
        "), 0)"
    )


def test_good_and_bad_are_one_sum() -> None:
    """Each is told apart by a label of its own, so that either may lack series."""
    ledger = ledger_of("events", good="ok_total", bad="failed_total")

    assert ledger.total == (
        'sum(label_replace(sum(rate(ok_total[5m])), "side", "0", "", "")'
        ' or label_replace(sum(rate(failed_total[5m])), "side", "1", "", ""))'
    )
    assert ledger.bad == ("sum(rate(failed_total[5m]))\nor ignoring (bundle, service, slo) 0 * R")


def test_a_list_of_counters_is_one_sum() -> None:
    """Counters of a list add up by group, whether or not they have the same labels."""
    ledger = ledger_of("events", bad=["a_total", "b_total"], total="requests_total")

    assert ledger.bad == (
        'sum(label_replace(sum(rate(a_total[5m])), "side", "0", "", "")'
        ' or label_replace(sum(rate(b_total[5m])), "side", "1", "", ""))'
        "\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_gauges_are_levels_and_no_rates() -> None:
    """Ready replicas of wanted ones are read as they are, without what is no number of events."""
    ledger = ledger_of("events", good="ready", total="wanted", of="gauges")

    assert ledger.total == "sum((wanted >= 0 < Inf))"
    assert "sum((ready >= 0 < Inf))" in ledger.bad


def test_an_expression_is_kept_as_written() -> None:
    """Only its variables are replaced, and only what counts events passes."""
    within = terms("cluster", selector='job="api"')
    ledger = ledger_of(
        "events",
        within,
        bad="sum by ($group_by) (rate(errors_total{$selector}[$window]))",
        total="requests_total",
    )

    assert ledger.bad.splitlines()[0] == (
        'sum by (cluster) ((sum by (cluster) (rate(errors_total{job="api"}[5m]))) >= 0 < Inf)'
    )


def test_matchers_and_groups_reach_every_selector() -> None:
    """A matcher of its own wins over the inherited one; `match` is added whatever it says."""
    within = terms("cluster region", selector='job="api",env="prod"', match='path="/"')
    ledger = ledger_of(
        "events", within, bad='errors_total{job="db"}', total='requests_total{code!=""}'
    )

    assert ledger.total.splitlines()[0] == (
        "sum by (cluster, region)"
        ' (rate(requests_total{code!="",job="api",env="prod",path="/"}[5m]))'
    )
    assert ledger.bad.splitlines()[0] == (
        'sum by (cluster, region) (rate(errors_total{job="db",env="prod",path="/"}[5m]))'
    )


def test_a_renamed_group_label_is_renamed_below_the_sum() -> None:
    """A series without the source label keeps the label that it has."""
    ledger = ledger_of("events", terms("cluster=scope"), bad="e_total", total="r_total")

    assert ledger.total.splitlines()[0] == (
        'sum by (cluster) (label_replace(rate(r_total[5m]), "cluster", "$1", "scope", "(.+)"))'
    )


def test_a_join_brings_the_labels_of_an_info_metric() -> None:
    """Grouped, so that a second info series of an instance breaks nothing."""
    join = Join("node_info", ("instance",), ("region",))
    within = terms("region", selector='job="api"', match='path="/"', join=join)
    ledger = ledger_of("events", within, bad="e_total", total="r_total")

    assert ledger.total.splitlines()[0] == (
        'sum by (region) (rate(r_total{job="api",path="/"}[5m])'
        " * on (instance) group_left (region)"
        ' group by (instance, region) (node_info{job="api"}))'
    )


def test_a_comment_cannot_reach_beyond_its_parentheses() -> None:
    """What stands behind a user's expression is not swallowed by the comment at its end."""
    ledger = ledger_of("events", bad="rate(e_total[$window]) # failed", total="r_total")

    assert ledger.bad == (
        "sum((rate(e_total[5m]) # failed\n) >= 0 < Inf)\nor ignoring (bundle, service, slo) 0 * R"
    )
