"""Which labels an expression keeps, by its text alone."""

import pytest

from slokit.promql.reading import read


@pytest.mark.parametrize(
    ("text", "kept", "lost"),
    [
        ("up", "job instance", ""),
        ("sum by (job) (up)", "job", "instance"),
        ("sum without (instance) (up)", "job", "instance"),
        ("sum(up)", "", "job"),
        ("topk(3, up)", "job instance", ""),
        ('count_values("version", up)', "version", "job"),
        ("sum by (job) (a) / on (job) group_left (region) b", "job region", "instance"),
        ("sum by (job, zone) (a) / ignoring (zone) sum by (job) (b)", "job", "zone"),
        ("sum by (job) (a) or up", "job", "instance"),
        ("sum by (job) (a) and up", "job", "instance"),
        ("up and sum by (job) (a)", "job instance", ""),
        ('label_replace(sum(up), "job", "$1", "x", "(.+)")', "job", "instance"),
        ("histogram_quantile(0.9, sum by (job, le) (rate(h_bucket[5m])))", "job", "le"),
        ("max_over_time(sum by (job) (up)[1h:1m])", "job", "instance"),
        ("vector(1)", "", "job"),
        ("absent(up)", "job", ""),
        ("-sum by (job) (up) * 2", "job", "instance"),
    ],
)
def test_functions_and_operators_keep_some_labels(text: str, kept: str, lost: str) -> None:
    """What certainly does not survive is lost; what may survive is kept."""
    reading = read(text)

    assert [label for label in kept.split() if reading.loses(label)] == []
    assert [label for label in lost.split() if not reading.loses(label)] == []
