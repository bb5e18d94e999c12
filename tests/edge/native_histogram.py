"""A scrape target that exposes one native histogram, in the only format that can: protobuf."""

import struct

from tests.edge.misbehaving import Caller

CONTENT_TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)
COUNT = 7
SUM = 12.5


def expose(caller: Caller) -> None:
    """Answers a scrape with the histogram `request_seconds`."""
    histogram = (
        _number(1, COUNT)
        + _double(2, SUM)
        + _number(5, _zigzag(0))  # schema: each bucket is twice as wide as the one before
        + _double(6, 1e-128)  # zero threshold
        + _number(7, 0)  # zero count
        + _nested(12, _number(1, _zigzag(0)) + _number(2, 2))  # a span of two buckets
        + _number(13, _zigzag(3))  # three observations in the first,
        + _number(13, _zigzag(1))  # and one more than that in the second
    )
    family = (
        _nested(1, b"request_seconds")
        + _nested(2, b"How long requests take.")
        + _number(3, 4)  # a histogram by its type
        + _nested(4, _nested(7, histogram))
    )
    caller.reply(200, _varint(len(family)) + family, {"Content-Type": CONTENT_TYPE})


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _nested(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content
