"""Which names of a server are offered in place of a wrong one."""

import pytest

from slokit.text.similar_names import did_you_mean_one_of

NAMES = [
    "http_requests_total",
    "http_request_duration_seconds_count",
    "etcd_network_active_peers",
    "go_gc_duration_seconds_count",
    "pg_up",
    "up",
]


@pytest.mark.parametrize(
    ("word", "question"),
    [
        ("http_request_total", "did you mean 'http_requests_total'?"),
        ("pg_upp", "did you mean 'pg_up'?"),
        ("etcd_network_disconnected_peers", "did you mean 'etcd_network_active_peers'?"),
        ("kubelet_gc_seconds_count", ""),
        ("payments_total", ""),
    ],
)
def test_only_likely_names_are_offered(word: str, question: str) -> None:
    """A typo is mended; a metric of another exporter is no answer to a missing one."""
    assert did_you_mean_one_of(word, NAMES) == question


def test_several_names_read_as_a_sentence() -> None:
    """Two names are joined by or."""
    found = did_you_mean_one_of("requests_a_total", ["requests_b_total", "requests_c_total"])
    assert found == "did you mean 'requests_b_total' or 'requests_c_total'?"


def test_a_large_server_is_searched_as_a_whole() -> None:
    """The nearest of twenty thousand names is found."""
    names = [f"node_disk_part{n}_written_bytes_total" for n in range(20_000)]
    found = did_you_mean_one_of("node_dsk_part7_written_bytes_total", names)
    assert "'node_disk_part7_written_bytes_total'" in found
