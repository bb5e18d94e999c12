"""Native histograms in the protobuf format that Prometheus scrapes.

Written by hand because no Python client exposes them. The messages and field numbers are those of
the Prometheus client model (io.prometheus.client): MetricFamily, Metric, Histogram, BucketSpan.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

HISTOGRAM = 4  # MetricType.HISTOGRAM
VARINT, FIXED64, BYTES = 0, 1, 2


@dataclass
class NativeHistogram:
    """One native histogram series, cumulative since its start like a counter.

    `schema` gives 2**schema buckets per power of two. `observe` values above 0 only.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    schema: int = 3
    count: int = 0
    total: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)

    def observe(self, value: float, times: int = 1) -> None:
        """Count a value, in the bucket whose upper bound is the first not below it."""
        index = math.ceil(math.log2(value) * 2**self.schema)
        self.buckets[index] = self.buckets.get(index, 0) + times
        self.count += times
        self.total += value * times

    def upper_bound(self, value: float) -> float:
        """The upper bound of the bucket that a value falls in."""
        return float(2 ** (math.ceil(math.log2(value) * 2**self.schema) / 2**self.schema))


def protobuf_exposition(histograms: Sequence[NativeHistogram]) -> bytes:
    """The histograms as length-delimited MetricFamily messages, one family a name."""
    families: dict[str, list[NativeHistogram]] = {}
    for histogram in histograms:
        families.setdefault(histogram.name, []).append(histogram)
    return b"".join(delimited(family(name, members)) for name, members in families.items())


def family(name: str, members: Sequence[NativeHistogram]) -> bytes:
    """A MetricFamily message."""
    metrics = [text(4, metric(member)) for member in members]
    return text(1, name.encode()) + varint_field(3, HISTOGRAM) + b"".join(metrics)


def metric(histogram: NativeHistogram) -> bytes:
    """A Metric message: its label pairs and its histogram."""
    pairs = [
        text(1, text(1, name.encode()) + text(2, value.encode()))
        for name, value in sorted(histogram.labels.items())
    ]
    return b"".join(pairs) + text(7, histogram_message(histogram))


def histogram_message(histogram: NativeHistogram) -> bytes:
    """A Histogram message with positive buckets as spans and deltas."""
    counts = [histogram.buckets[index] for index in sorted(histogram.buckets)]
    deltas = [after - before for before, after in pairwise([0, *counts])]
    return b"".join(
        [
            varint_field(1, histogram.count),
            double_field(2, histogram.total),
            varint_field(5, zigzag(histogram.schema)),
            double_field(6, 2.0**-128),
            varint_field(7, 0),
            *(text(12, span) for span in spans(sorted(histogram.buckets))),
            *(varint_field(13, zigzag(delta)) for delta in deltas),
        ]
    )


def spans(indexes: Sequence[int]) -> list[bytes]:
    """BucketSpan messages of length 1: the distance from the last bucket's end, and the length."""
    offsets = [after - before - 1 for before, after in pairwise([-1, *indexes])]
    if indexes:
        offsets[0] = indexes[0]
    return [varint_field(1, zigzag(offset)) + varint_field(2, 1) for offset in offsets]


def delimited(message: bytes) -> bytes:
    """A message with its length before it."""
    return varint(len(message)) + message


def text(number: int, content: bytes) -> bytes:
    """A field of bytes: a string or a nested message."""
    return varint(number << 3 | BYTES) + delimited(content)


def varint_field(number: int, value: int) -> bytes:
    """An integer field."""
    return varint(number << 3 | VARINT) + varint(value)


def double_field(number: int, value: float) -> bytes:
    """A double field."""
    return varint(number << 3 | FIXED64) + struct.pack("<d", value)


def zigzag(value: int) -> int:
    """A signed integer as protobuf's sint types write it."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def varint(value: int) -> bytes:
    """An unsigned integer in groups of seven bits, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
