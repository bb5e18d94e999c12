"""Latency as PromQL: what is counted of a classic and of a native histogram."""

import pytest

from tests.support.history.ledgers import ledger_of, terms


def test_a_classic_histogram_is_its_count_less_the_bucket_at_the_limit() -> None:
    """Only of members that have the bucket: without it there is no row, and never "all good"."""
    ledger = ledger_of("latency", histogram="request_seconds", at_most="1s")
    events = "(rate(request_seconds_count[5m]) >= 0 < Inf)"
    fast = r'(rate(request_seconds_bucket{le=~"1(\\.0*)?"}[5m]) >= 0 < Inf)'

    assert ledger.total == f"sum({events}\nand ignoring (le) {fast})"
    assert ledger.bad == f"sum(clamp_min({events}\n- max without (le) {fast}, 0))"


@pytest.mark.parametrize(
    ("at_most", "pattern"),
    [
        ("1s", r"1(\\.0*)?"),
        ("300ms", r"0\\.30*"),
        ("2500ms", r"2\\.50*"),
        ("10us", r"0\\.000010*|1(\\.0*)?[eE]-0*5"),
        ("2000000s", r"2000000(\\.0*)?|2(\\.0*)?[eE][+]?0*6"),
    ],
)
def test_the_bucket_at_the_limit_is_found_however_it_is_spelt(at_most: str, pattern: str) -> None:
    """`le` is a text: 1 and 1.0, 0.00001 and 1e-05 are the same bound."""
    ledger = ledger_of("latency", histogram="request_seconds", at_most=at_most)

    assert f'request_seconds_bucket{{le=~"{pattern}"}}' in ledger.bad


def test_a_native_histogram_has_any_limit() -> None:
    """An idle one has no fraction: its NaN is dropped, and none of nothing was slow."""
    ledger = ledger_of("latency", histogram="request_seconds", native="true", at_most="300ms")

    assert ledger.total == "sum(histogram_count(rate(request_seconds[5m])) >= 0)"
    assert ledger.bad == (
        "sum(histogram_count(rate(request_seconds[5m]))"
        " * (1 - histogram_fraction(-Inf, 0.3, rate(request_seconds[5m]))) >= 0)\n"
        "or ignoring (bundle, service, slo) 0 * R"
    )


def test_the_histogram_keeps_its_matchers_and_its_groups() -> None:
    """The same ones on the count and on the bucket."""
    within = terms("cluster", selector='job="api"')
    ledger = ledger_of("latency", within, histogram='h{code!~"5.."}', at_most="1", unit="ratio")

    assert ledger.total == (
        'sum by (cluster) ((rate(h_count{code!~"5..",job="api"}[5m]) >= 0 < Inf)\n'
        r'and ignoring (le) (rate(h_bucket{code!~"5..",job="api",le=~"1(\\.0*)?"}[5m]) >= 0 < Inf))'
    )
