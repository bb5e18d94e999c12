"""How the live check names things: nearest names, groups, numbers."""

import time

import pytest

from slokit.livecheck.engine import wording
from slokit.text.numbers import express

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
    assert wording.did_you_mean(word, NAMES) == question


def test_several_names_read_as_a_sentence() -> None:
    """Two names are joined by or."""
    found = wording.did_you_mean("requests_a_total", ["requests_b_total", "requests_c_total"])
    assert found == "did you mean 'requests_b_total' or 'requests_c_total'?"


def test_a_large_server_is_searched_in_time() -> None:
    """Twenty thousand names take less than a second."""
    names = [f"node_disk_part{n}_written_bytes_total" for n in range(20_000)]
    began = time.monotonic()
    wording.did_you_mean("node_dsk_part7_written_bytes_total", names)
    assert time.monotonic() - began < 1


def test_groups_are_quoted_and_counted() -> None:
    """Quotes in values are escaped, and of many groups only the first are shown."""
    groups = [{"cluster": f'c"{n}'} for n in range(5)]
    assert wording.groups(groups) == (
        r'{cluster="c\"0"}, {cluster="c\"1"}, {cluster="c\"2"} and 2 more'
    )


@pytest.mark.parametrize(
    ("value", "unit", "like", "text"),
    [
        (0.25, "seconds", "300ms", "250ms"),
        (2.5, "seconds", "1s", "2.5s"),
        (250.0, "ms", "0.3s", "0.25s"),
        (0.7, "ratio", "80%", "70%"),
        (1073741824.0, "bytes", "2GiB", "1GiB"),
        (0.1, "messages", "3", "0.1"),
    ],
)
def test_a_bound_is_written_like_the_limit(value: float, unit: str, like: str, text: str) -> None:
    """A number of the metric's unit appears in the unit that the spec uses."""
    assert express(value, unit, like) == text
