"""Events as PromQL: which of good, bad and total stand where, and what a missing side means."""

from dataclasses import replace
from fractions import Fraction

from slokit.model.ledger import Join
from tests.support.history.ledgers import EXACT, TERMS, growth, ledger_of, terms


def test_bad_of_total_fills_a_side_that_has_no_series() -> None:
    """No error series yet is no error; a group that only failed is all bad and not invisible."""
    ledger = ledger_of("events", bad="errors_total", total="requests_total")

    assert ledger.total == (
        "sum(rate(requests_total[5m]) >= 0 < Inf)\nor\nsum(rate(errors_total[5m]) >= 0 < Inf)"
    )
    assert ledger.bad == (
        "sum(rate(errors_total[5m]) >= 0 < Inf)\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_good_of_total_is_subtracted_from_the_recorded_total() -> None:
    """Of members that both judge; a group without good events is all bad, and never below zero."""
    ledger = ledger_of("events", good="ok_total", total="requests_total")

    good_is_odd = 'sum by (job, instance) (rate(ok_total{instance!=""}[5m])) * 0 != 0'
    total_is_unknown = (
        '0 * ln(max by (job, instance) (rate(requests_total{instance!=""}[5m]))) != 0'
    )
    assert ledger.total == (
        f"sum((rate(requests_total[5m]) >= 0 < Inf)\nunless on (job, instance) ({good_is_odd}))"
    )
    assert ledger.bad == (
        "clamp_min(R - ignoring (bundle, service, slo) (\n"
        "sum((rate(ok_total[5m]) >= 0 < Inf)\n"
        f"unless on (job, instance) ({good_is_odd}\n  or {total_is_unknown}))\n"
        "or ignoring (bundle, service, slo) 0 * R\n"
        "), 0)"
    )


def test_good_and_bad_are_one_sum() -> None:
    """Each is told apart by a label of its own, so that either may lack series."""
    ledger = ledger_of("events", good="ok_total", bad="failed_total")

    assert ledger.total == (
        'sum(label_replace(sum(rate(ok_total[5m]) >= 0 < Inf), "side", "0", "", "")'
        ' or label_replace(sum(rate(failed_total[5m]) >= 0 < Inf), "side", "1", "", ""))'
    )
    assert ledger.bad == (
        "sum(rate(failed_total[5m]) >= 0 < Inf)\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_a_list_of_counters_is_one_sum() -> None:
    """Counters of a list add up by group, whether or not they have the same labels."""
    ledger = ledger_of("events", bad=["a_total", "b_total"], total="requests_total")

    assert ledger.bad == (
        'sum(label_replace(sum(rate(a_total[5m]) >= 0 < Inf), "side", "0", "", "")'
        ' or label_replace(sum(rate(b_total[5m]) >= 0 < Inf), "side", "1", "", ""))'
        "\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_gauges_are_levels_and_no_rates() -> None:
    """Ready replicas of wanted ones are read as they are, without what is no number of events.

    Ready replicas of a total that is no number are not taken from the totals of others, and a total
    whose ready replicas are no number is not all bad.
    """
    ledger = ledger_of("events", good="ready", total="wanted", of="gauges")

    assert ledger.total == "sum((wanted >= 0 < Inf unless (ready * 0 != 0)))"
    assert "sum((ready >= 0 < Inf unless (wanted * 0 != 0)))" in ledger.bad


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
        ' (rate(requests_total{code!="",job="api",env="prod",path="/"}[5m]) >= 0 < Inf)'
    )
    assert ledger.bad.splitlines()[0] == (
        'sum by (cluster, region) (rate(errors_total{job="db",env="prod",path="/"}[5m]) >= 0 < Inf)'
    )


def test_a_renamed_group_label_is_renamed_below_the_sum() -> None:
    """A series without the source label keeps the label that it has."""
    ledger = ledger_of("events", terms("cluster=scope"), bad="e_total", total="r_total")

    assert ledger.total.splitlines()[0] == (
        "sum by (cluster) (label_replace(rate(r_total[5m]) >= 0 < Inf"
        ', "cluster", "$1", "scope", "(?s)(.+)"))'
    )


def test_a_join_brings_the_labels_of_an_info_metric() -> None:
    """Grouped, so that a second info series of an instance breaks nothing, whatever it says."""
    join = Join("node_info", ("instance",), ("region",))
    within = terms("region", selector='job="api"', match='path="/"', join=join)
    ledger = ledger_of("events", within, bad="e_total", total="r_total")

    assert ledger.total.splitlines()[0] == (
        'sum by (region) ((rate(r_total{job="api",path="/"}[5m]) >= 0 < Inf)'
        " * on (instance) group_left (region)"
        ' (group by (instance, region) (node_info{job="api"})'
    )
    # an instance with two values of the label, as in a rollout, is in no group for sure
    assert ledger.total.splitlines()[1] == (
        "  and on (instance)"
        ' (count by (instance) (group by (instance, region) (node_info{job="api"})) == 1)))'
    )


def test_a_comment_cannot_reach_beyond_its_parentheses() -> None:
    """What stands behind a user's expression is not swallowed by the comment at its end."""
    ledger = ledger_of("events", bad="rate(e_total[$window]) # failed", total="r_total")

    assert ledger.bad == (
        "sum((rate(e_total[5m]) # failed\n) >= 0 < Inf)\nor ignoring (bundle, service, slo) 0 * R"
    )


def test_bad_events_are_counted_by_differences() -> None:
    """Whole events of the bad side; the total beside it needs fewer readings."""
    ledger = ledger_of("events", EXACT, bad="errors_total", total="requests_total")

    assert ledger.bad == (
        f"sum({growth('errors_total')}) / 300\nor ignoring (bundle, service, slo) 0 * R"
    )
    assert ledger.total == (
        "sum((requests_total - requests_total offset 5m >= 0 < Inf) / 300\n"
        "or (increase(requests_total[5m]) / 300 >= 0 < Inf"
        " unless requests_total > 0.5 * requests_total offset 5m))"
        "\nor\nsum((errors_total - errors_total offset 5m >= 0 < Inf) / 300\n"
        "or increase(errors_total[5m]) / 300 >= 0 < Inf)"
    )


def test_what_is_subtracted_is_counted_alike() -> None:
    """A difference between two ways of counting would pass for errors."""
    ledger = ledger_of("events", EXACT, good="ok_total", total="requests_total")

    assert f"({growth('requests_total')})\nunless" in ledger.total
    assert f"({growth('ok_total')})\nunless" in ledger.bad


def test_a_target_with_a_side_that_is_no_number_counts_on_neither_side() -> None:
    """Its good events would be taken from others' totals, or its total would be all bad."""
    ledger = ledger_of("events", EXACT, good="ok_total", total="requests_total")
    odd = (
        f'{counter}{{instance!=""}}{late} * 0 != 0'
        for counter in ("requests_total", "ok_total")
        for late in ("", " offset 5m")
    )
    excluded = f"unless on (job, instance) ({' or '.join(odd)}"

    assert f"{excluded}))" in ledger.total
    assert f"{excluded}\n  or max by (job, instance) (" in ledger.bad


def test_good_events_that_are_the_total_with_more_matchers_leave_the_bad_ones() -> None:
    """The rest of the total is counted alone, as if it had been written as the bad side."""
    written = {"bad": 'r_total{job="a",code=~"5.."}', "total": 'r_total{job="a"}'}
    good = 'r_total{job="a",code!~"5.."}'

    assert ledger_of("events", EXACT, good=good, total='r_total{job="a"}') == (
        ledger_of("events", EXACT, **written)
    )


def test_each_series_that_good_events_leave_out_is_bad_once() -> None:
    """Two more matchers leave out what fails the first, and what fails the second alone."""
    ledger = ledger_of("events", EXACT, good='r_total{code="200",ok="1"}', total=["r_total", "x"])

    for counter in ('r_total{code!="200"}', 'r_total{code="200",ok!="1"}', "x"):
        assert growth(counter) in ledger.bad
    assert "clamp_min(R" not in ledger.bad


def test_counters_of_known_targets_may_start_at_zero() -> None:
    """The first value counts, on both sides, where the target was there before and still is."""
    ledger = ledger_of(
        "events", EXACT, bad="errors_total", total="requests_total", starts_at_zero="true"
    )
    known = (
        "on (job, instance) group_left () max by (job, instance)"
        " (timestamp(requests_total) and requests_total offset 5m)"
    )

    for counter in ("errors_total", "requests_total"):
        born = (
            f"or (({counter} >= 0 < Inf unless {counter} offset 5m\n"
            f"  and (timestamp({counter})\n    <= {known}))\n"
            f"  unless resets({counter}[6m]) > 0)"
        )
        assert born in ledger.total
    assert f"  and (timestamp(errors_total)\n    <= {known}))" in ledger.bad


def test_good_and_bad_show_together_which_targets_there_are() -> None:
    """Without a total a target is known by any of its good and bad events, lists included."""
    ledger = ledger_of("events", EXACT, good=["a", "b"], bad="c", starts_at_zero="true")

    assert (
        "max by (job, instance) ((timestamp(a) and a offset 5m)"
        " or (timestamp(b) and b offset 5m) or (timestamp(c) and c offset 5m))"
    ) in ledger.bad


def test_late_samples_are_read_where_they_are() -> None:
    """Each reading is as much earlier as the samples are late."""
    late = replace(EXACT, folding=replace(EXACT.folding, offset=Fraction(600)))
    ledger = ledger_of("events", late, bad="e_total", total="r_total")

    assert ledger.bad.startswith(
        "sum((clamp_min(e_total offset 10m - e_total offset 15m, 0) >= 0 < Inf\n"
        "  unless (resets(e_total[6m] offset 10m) > 0"
        " unless min_over_time(e_total[5m] offset 10m) > 0.5 * e_total offset 16m))\n"
        "or increase(e_total[5m] offset 10m) >= 0 < Inf) / 300"
    )


def test_what_several_observers_see_counts_once() -> None:
    """The largest of the copies that only the observers' labels tell apart."""
    seen = replace(TERMS, folding=replace(TERMS.folding, observers=("instance", "pod")))
    ledger = ledger_of("events", seen, bad="e_total", total="r_total")

    assert (
        ledger.total.splitlines()[0]
        == "sum(max without (instance, pod) (rate(r_total[5m]) >= 0 < Inf))"
    )
