"""Latency as PromQL: what is counted of a classic and of a native histogram."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slokit.diagnostics import codes
from slokit.promql.selector import Selector
from slokit.sli.base import Reader, Surroundings
from slokit.sli.latency import LatencyBody, resolve
from tests.support.history.ledgers import TERMS, ledger_of, terms
from tests.unit.promql.test_disjoint import finds


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


MATCHER = st.builds(
    lambda label, op, value: f'{label}{op}"{value}"',
    st.sampled_from(("verb", "scope")),
    st.sampled_from(("=", "!=", "=~", "!~")),
    st.sampled_from(("a", "b", "a|b", "")),
)


@given(
    st.lists(st.lists(MATCHER, min_size=1, max_size=2), min_size=1, max_size=4),
    st.booleans(),
)
def test_each_series_has_the_limit_of_the_first_entry_that_it_matches(
    entries: list[list[str]], has_rest: bool
) -> None:
    """Whatever entries overlap: one part finds it, or none where no entry and no rest does."""
    limits = [
        {"match": ",".join(entry), "at_most": f"{n}s"} for n, entry in enumerate(entries, start=1)
    ]
    body = {"histogram": "h_seconds", "limits": limits, **({"at_most": "9s"} if has_rest else {})}
    found = LatencyBody.model_validate(body)
    reader = Reader(Surroundings(TERMS.folding, "5m", Fraction(300), "30s"))
    sli = resolve(found, reader)
    if sli is None:
        assert all(finding.code is codes.LIMITS for finding in reader.findings)
        return

    assert found.limits
    for series in ({"verb": v, "scope": s} for v in ("", "a", "b") for s in ("", "a", "b")):
        first = [
            Fraction(number)
            for number, entry in enumerate(found.limits, start=1)
            if finds(Selector("m", entry.match), series)
        ]
        rest = [Fraction(9)] if has_rest else []
        parts = zip(sli.histogram.parts, sli.limits, strict=True)
        assert [limit for part, limit in parts if finds(part, series)] == (first or rest)[:1]
