"""A given ratio as PromQL: time where it exists, and the mean of a group's ratios."""

import pytest

from slokit.diagnostics import codes
from slokit.sli import ratio
from slokit.sli.base import Reader, Surroundings
from tests.support.history.ledgers import TERMS, ledger_of, sli_of, terms

BY_CLUSTER = terms("cluster=scope", selector='job="api"', match='region="eu"')
PLAIN = Surroundings(TERMS.folding, TERMS.window, TERMS.window_seconds, TERMS.interval)


def test_a_group_counts_as_one_while_it_has_a_ratio() -> None:
    """The total is 1 for each group with a number; the bad side is the mean of its ratios."""
    ledger = ledger_of("ratio", BY_CLUSTER, bad="error_ratio")
    source = 'error_ratio{job="api",region="eu"}'
    series = f'label_replace({source}, "cluster", "$1", "scope", "(?s)(.+)") <= Inf'

    assert ledger.total == f"group by (cluster) ({series})"
    assert ledger.bad == f"avg by (cluster) (clamp({series}, 0, 1))"


def test_a_ratio_of_good_events_is_turned_over() -> None:
    """What is not good is bad, after it is clamped: 1.1 of good events are no less than nothing."""
    assert ledger_of("ratio", good="success_ratio").bad == (
        "1 - avg(clamp(success_ratio <= Inf, 0, 1))"
    )


def test_an_expression_keeps_its_precedence() -> None:
    """It is evaluated as it stands, whatever is written around it."""
    ledger = ledger_of("ratio", bad="errors / requests or 0 * requests")

    assert ledger.bad == "avg(clamp((errors / requests or 0 * requests) <= Inf, 0, 1))"


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("job:errors:ratio_rate5m", "level"),
        ("errors / requests", "level"),
        ("rate(errors_total[$window]) / rate(requests_total[$window])", "rate"),
        ("increase(errors_total[5m]) / ($window_seconds * 10)", "rate"),
    ],
)
def test_a_ratio_of_the_ledger_window_is_a_mean_already(text: str, measure: str) -> None:
    """With $window a sample is a mean over the ledger window; without it, it is one instant."""
    assert sli_of("ratio", bad=text).measure == measure


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "a ratio is either of `bad` or of `good` events"),
        ({"bad": "b", "good": "g"}, "a ratio is either of `bad` or of `good` events"),
        ({"bad": ["a", "b"]}, "a ratio is one expression: several have no sum"),
    ],
)
def test_a_ratio_is_one_expression(body: dict[str, object], words: str) -> None:
    """None, two of them, and a list are refused."""
    reader = Reader(PLAIN)

    assert ratio.resolve(ratio.RatioBody.model_validate(body), reader) is None
    (finding,) = reader.findings
    assert finding.code is codes.SIDES
    assert finding.message == words
