"""Blocks of a Prometheus, written as bytes: a month of a large fleet in seconds, not in an hour.

promtool reads each sample as a line of text, and ten thousand SLOs have two hundred million of
them. What is written here is of one kind: series of one value at even distances. So a chunk is its
first sample, a distance, and zeros; all series of a name have the same chunks, and each has copies
of its own. The format is Prometheus' own, in tsdb/docs/format of its source.
"""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_CHUNK_SAMPLES = 120
_CHUNKS_MAGIC, _INDEX_MAGIC = bytes.fromhex("85bd40dd01000000"), bytes.fromhex("baaad70002")
_XOR = b"\x01"
_NUMBERS = count(1)
_FEW = 20


@dataclass(frozen=True, slots=True)
class Even:
    """A series of one value, at ``times`` samples ``step`` seconds apart, ``first`` in Unix s."""

    labels: Mapping[str, str]
    first: float
    step: float
    times: int
    value: float

    def between(self, start: float, end: float) -> "Even":
        """The samples with start <= time < end."""
        skipped = max(-int((self.first - start) // self.step), 0)
        until = max(-int((self.first - end) // self.step), 0)
        times = min(self.times, until) - min(self.times, skipped)
        return Even(self.labels, self.first + skipped * self.step, self.step, times, self.value)


def write_blocks(directory: Path, series: Sequence[Even], block_seconds: float) -> None:
    """Write the series into a data directory, in blocks that begin at multiples of a length."""
    first = min(each.first for each in series)
    last = max(each.first + (each.times - 1) * each.step for each in series)
    for number in range(int(first // block_seconds), int(last // block_seconds) + 1):
        start = number * block_seconds
        inside = [each.between(start, start + block_seconds) for each in series]
        _write_block(directory, [each for each in inside if each.times])


def _write_block(directory: Path, series: Sequence[Even]) -> None:
    name = f"{next(_NUMBERS):026}"
    (directory / name / "chunks").mkdir(parents=True)
    ordered = sorted(series, key=lambda each: sorted(each.labels.items()))
    made: dict[tuple[float, float, int, float], list[tuple[int, int, bytes]]] = {}
    placed = []
    offset = len(_CHUNKS_MAGIC)
    with (directory / name / "chunks" / "000001").open("wb") as out:
        out.write(_CHUNKS_MAGIC)
        for each in ordered:
            key = each.first, each.step, each.times, each.value
            if key not in made:
                made[key] = _chunks(each)
            own = []
            for start, end, data in made[key]:
                own.append((start, end, offset))
                out.write(data)
                offset += len(data)
            placed.append(own)
    (directory / name / "index").write_bytes(_index([each.labels for each in ordered], placed))
    edges = [edge for own in placed for start, end, _ in own for edge in (start, end)]
    meta = {
        "ulid": name,
        "minTime": min(edges),
        "maxTime": max(edges) + 1,
        "stats": {
            "numSamples": sum(each.times for each in ordered),
            "numSeries": len(ordered),
            "numChunks": len(edges) // 2,
        },
        "compaction": {"level": 1, "sources": [name]},
        "version": 1,
    }
    (directory / name / "meta.json").write_text(json.dumps(meta))


def _chunks(series: Even) -> list[tuple[int, int, bytes]]:
    """The first and last moment of each chunk in milliseconds, and its bytes."""
    found = []
    step = round(series.step * 1000)
    for begin in range(0, series.times, _CHUNK_SAMPLES):
        samples = min(_CHUNK_SAMPLES, series.times - begin)
        start = round(series.first * 1000) + begin * step
        data = struct.pack(">H", samples) + _varint(start) + struct.pack(">d", series.value)
        if samples > 1:
            # the same distance and the same value again are a zero bit each
            data += _uvarint(step) + bytes((1 + 2 * (samples - 2) + 7) // 8)
        whole = _uvarint(len(data)) + _XOR + data + _checked([_XOR + data])[0]
        found.append((start, start + (samples - 1) * step, whole))
    return found


def _index(
    labels: Sequence[Mapping[str, str]], chunks: Sequence[Sequence[tuple[int, int, int]]]
) -> bytes:
    symbols = sorted({"", *(text for own in labels for pair in own.items() for text in pair)})
    number = {text: _uvarint(at) for at, text in enumerate(symbols)}
    out = bytearray(_INDEX_MAGIC)
    contents = [len(out)]
    out += _section(struct.pack(">I", len(symbols)) + b"".join(map(_text, symbols)))
    contents.append(len(out))
    entries = [_entry(own, mine, number) for own, mine in zip(labels, chunks, strict=True)]
    postings: dict[tuple[str, str], list[int]] = defaultdict(list)
    for own, entry, check in zip(labels, entries, _checked(entries), strict=True):
        out += bytes(-len(out) % 16)
        for pair in (("", ""), *own.items()):
            postings[pair].append(len(out) // 16)
        out += _uvarint(len(entry)) + entry + check
    begin = len(out)
    table = struct.pack(">I", len(postings))
    for pair in sorted(postings):
        out += bytes(-len(out) % 4)
        table += _uvarint(2) + _text(pair[0]) + _text(pair[1]) + _uvarint(len(out))
        ids = np.array([len(postings[pair]), *postings[pair]], dtype=">u4")
        out += _section(ids.tobytes())
    of_table = len(out)
    out += _section(table)
    # what lists the values of labels is read by old versions alone
    contents += [0, 0, begin, of_table]
    toc = struct.pack(">6Q", *contents)
    return bytes(out + toc + _checked([toc])[0])


def _entry(
    labels: Mapping[str, str], chunks: Sequence[tuple[int, int, int]], number: Mapping[str, bytes]
) -> bytes:
    parts = [_uvarint(len(labels))]
    parts += [number[name] + number[value] for name, value in sorted(labels.items())]
    parts.append(_uvarint(len(chunks)))
    before_end = before_at = 0
    for place, (start, end, at) in enumerate(chunks):
        begin = _uvarint(start - before_end) if place else _varint(start)
        parts += [begin, _uvarint(end - start)]
        parts.append(_varint(at - before_at) if place else _uvarint(at))
        before_end, before_at = end, at
    return b"".join(parts)


def _section(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content + _checked([content])[0]


def _text(text: str) -> bytes:
    data = text.encode()
    return _uvarint(len(data)) + data


def _varint(number: int) -> bytes:
    return _uvarint(number << 1 if number >= 0 else ~(number << 1))


def _uvarint(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    data.append(number)
    return bytes(data)


def _table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1)
    return table


_CASTAGNOLI = _table()
_BYTEWISE = _CASTAGNOLI.tolist()


def _checksum(data: bytes) -> int:
    check = 0xFFFFFFFF
    for byte in data:
        check = _BYTEWISE[(check ^ byte) & 255] ^ check >> 8
    return check ^ 0xFFFFFFFF


def _checked(contents: Iterable[bytes]) -> list[bytes]:
    """The checksums (CRC-32C) of some bytes, those of one length at once."""
    texts = list(contents)
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        by_length[len(text)].append(place)
    found = [b""] * len(texts)
    for length, places in by_length.items():
        if len(places) < _FEW:
            for place in places:
                found[place] = struct.pack(">I", _checksum(texts[place]))
            continue
        rows = np.frombuffer(b"".join(texts[p] for p in places), dtype=np.uint8)
        check = np.full(len(places), 0xFFFFFFFF, dtype=np.uint32)
        for column in rows.reshape(len(places), length).T:
            check = _CASTAGNOLI[(check ^ column) & 255] ^ check >> 8
        for place, value in zip(places, (check ^ np.uint32(0xFFFFFFFF)).tolist(), strict=True):
            found[place] = struct.pack(">I", value)
    return found
