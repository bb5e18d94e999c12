"""Hours of the ledger kept as Parquet: one file for each day of UTC, below the bundle's directory.

A file has a schema version, and each hour is there whole or not at all. Files are complete beside
their places before they are put there, one writer at a time: a run that is killed leaves old files
or new ones. This module alone knows pyarrow; what imports it needs `slokit[archive]`.
"""

import fcntl
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.project.boundary import Boundary
from slokit.project.output import replace_file
from slokit.project.workspace import shown_path
from slokit.reporting.archive import HOUR, ArchivedHour
from slokit.reporting.evidence import Key
from slokit.reporting.model import Counts, Slot, TimeRange

VERSION = 1
_VERSION_KEY = b"slokit.archive"
_SUFFIX = ".parquet"
_DAY = 86_400.0
_MS = 1000
_IDENTITY = ["service", "slo", "group"]
_SCHEMA = pa.schema(
    [
        ("service", pa.string()),
        ("slo", pa.string()),
        ("group", pa.string()),  # label pairs as JSON, in the order of their names
        ("end", pa.timestamp("ms", tz="UTC")),
        ("total", pa.float64()),
        ("bad", pa.float64()),
        ("measured_seconds", pa.float64()),
    ],
    metadata={_VERSION_KEY: str(VERSION).encode()},
)


class ParquetArchive:
    """The archive of one bundle in a directory that may hold those of others as well.

    ``boundary`` is what no link leads out of. ``window_seconds`` is the length of a ledger window,
    by which reports count. Reads what a report needs at once, and keeps it.
    """

    def __init__(
        self, directory: Path, bundle: str, window_seconds: float, boundary: Boundary
    ) -> None:
        self._directory = directory / bundle
        self._window_seconds = window_seconds
        self._boundary = boundary
        self._days: dict[float, pa.Table | None] = {}
        self.name = shown_path(self._directory)

    def hours(self, over: TimeRange) -> Mapping[float, float]:
        """The seconds that were measured in each whole hour, of all groups together, by its end.

        Raises:
            BrokenEnvironmentError: a file cannot be read, or has another schema version.
        """
        first, last = int(over.start // _DAY), int((over.end - 1) // _DAY)
        found: dict[float, float] = {}
        for number in range(first, last + 1):
            if (table := self._day(number * _DAY)) is not None:
                found |= _measured(table)
        return {
            end: found[end] for end in sorted(found) if over.start <= end - HOUR and end <= over.end
        }

    def counts(self, ends: Collection[float]) -> Mapping[Key, Counts]:
        """The sums over the hours that end at these moments."""
        table = (
            self._of(ends)
            .group_by(_IDENTITY)
            .aggregate([(name, "sum") for name in ("total", "bad", "measured_seconds")])
        )
        sums = (table[f"{n}_sum"].to_pylist() for n in ("total", "bad", "measured_seconds"))
        return {
            key: Counts(total, bad, self._windows(measured))
            for key, total, bad, measured in zip(self._keys(table), *sums, strict=True)
        }

    def slots(self, ends: Collection[float]) -> Mapping[Key, tuple[Slot, ...]]:
        """The hours that end at these moments, by group, the oldest first."""
        found: dict[Key, list[Slot]] = {}
        for hour in _rows(self._of(ends), self._keys_by_text):
            slot = Slot(hour.end, hour.total, hour.bad, self._windows(hour.measured_seconds))
            found.setdefault(hour.key, []).append(slot)
        return {key: tuple(sorted(slots)) for key, slots in found.items()}

    def keep(self, day: float, hours: Iterable[ArchivedHour]) -> int:
        """Keep an SLO's hours of one day of which more was measured than of those that are there.

        ``day`` is when it begins. How many hours were new or better.

        Raises:
            BrokenEnvironmentError: the directory cannot be written or a file of it not be read.
        """
        given = list(hours)
        with self._writing():
            present = self._read(day)
            rows = [] if present is None else list(_rows(present, {}))
            before, after = _measured_of_slos(rows), _measured_of_slos(given)
            better = {own for own, seconds in after.items() if seconds > before.get(own, 0.0) + 1}
            if not better:
                return 0
            rows = [row for row in rows if _of_slo(row) not in better]
            rows += [row for row in given if _of_slo(row) in better]
            self._write(day, _table(rows))
        return len({end for _, end in better})

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time; what a killed one left beside its places is removed."""
        self._boundary.refuse_links_out(self._directory)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with (self._directory / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for leftover in self._directory.glob(f".*{_SUFFIX}"):
                    leftover.unlink(missing_ok=True)
                yield
        except OSError as cause:
            raise BrokenEnvironmentError(
                f"cannot write to the archive {self.name}: {cause.strerror}"
            ) from cause

    def _write(self, day: float, table: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        path = self._path(day)
        self._boundary.refuse_links_out(path)
        replace_file(path, sink.getvalue().to_pybytes(), path.with_name(f".{path.name}"))
        self._days.pop(day, None)

    def _path(self, day: float) -> Path:
        return self._directory / f"{datetime.fromtimestamp(day, UTC):%Y-%m-%d}{_SUFFIX}"

    def _day(self, day: float) -> pa.Table | None:
        if day not in self._days:
            self._days[day] = self._read(day)
        return self._days[day]

    def _read(self, day: float) -> pa.Table | None:
        """The hours of a day, None where it has no file."""
        path = self._path(day)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as cause:
            message = f"cannot read {shown_path(path)}: {cause.strerror}"
            raise BrokenEnvironmentError(message) from cause
        try:
            table = pq.read_table(pa.BufferReader(raw))
        except (pa.ArrowException, OSError) as cause:
            message = f"cannot read {shown_path(path)}: it is no whole Parquet file; move it away"
            raise BrokenEnvironmentError(message) from cause
        version = (
            (table.schema.metadata or {}).get(_VERSION_KEY, b"none").decode("utf-8", "replace")
        )
        if version != str(VERSION):
            raise BrokenEnvironmentError(
                f"cannot read {shown_path(path)}: its schema version is {version!r}, and this"
                f" slokit knows {VERSION}; use the slokit that wrote it, or another directory"
            )
        if not table.schema.equals(_SCHEMA):
            message = f"cannot read {shown_path(path)}: its columns are not those of an archive"
            raise BrokenEnvironmentError(message)
        if not _is_whole(table):
            message = f"cannot read {shown_path(path)}: slokit did not write what is in it"
            raise BrokenEnvironmentError(f"{message}; move it away")
        return table

    def _of(self, ends: Collection[float]) -> pa.Table:
        wanted = {(end - HOUR) // _DAY * _DAY for end in ends}
        tables = [table for day in sorted(wanted) if (table := self._day(day)) is not None]
        whole = pa.concat_tables(tables) if tables else _SCHEMA.empty_table()
        moments = pa.array([int(end * _MS) for end in ends], pa.int64()).cast(
            _SCHEMA.field("end").type
        )
        return whole.filter(pc.is_in(whole["end"], value_set=moments))

    def _keys(self, table: pa.Table) -> Iterator[Key]:
        columns = (table[name].to_pylist() for name in _IDENTITY)
        for service, slo, group in zip(*columns, strict=True):
            yield _key(service, slo, group, self._keys_by_text)

    @cached_property
    def _keys_by_text(self) -> dict[tuple[str, str, str], Key]:
        return {}

    def _windows(self, measured: float) -> int:
        return round(measured / self._window_seconds)


def _is_whole(table: pa.Table) -> bool:
    """Whether each cell has a value, each number is finite, and each group is pairs of texts."""
    numbers = (table[name] for name in ("total", "bad", "measured_seconds"))
    if any(column.null_count for column in table.columns):
        return False
    if not all(pc.all(pc.is_finite(column), min_count=0).as_py() for column in numbers):
        return False
    try:
        groups = [json.loads(group) for group in pc.unique(table["group"]).to_pylist()]
    except ValueError:
        return False
    return all(
        isinstance(group, list)
        and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) for t in pair)
            for pair in group
        )
        for group in groups
    )


def _measured(table: pa.Table) -> dict[float, float]:
    """The seconds measured in each hour, of all groups together."""
    sums = table.group_by("end").aggregate([("measured_seconds", "sum")])
    ends = sums["end"].cast(pa.int64()).to_pylist()
    return dict(
        zip((end / _MS for end in ends), sums["measured_seconds_sum"].to_pylist(), strict=True)
    )


def _of_slo(hour: ArchivedHour) -> tuple[tuple[str, str], float]:
    return hour.key[:2], hour.end


def _measured_of_slos(
    hours: Iterable[ArchivedHour],
) -> dict[tuple[tuple[str, str], float], float]:
    """The seconds measured in each hour of each SLO, of all its groups together."""
    sums: dict[tuple[tuple[str, str], float], float] = {}
    for hour in hours:
        own = _of_slo(hour)
        sums[own] = sums.get(own, 0.0) + hour.measured_seconds
    return sums


def _rows(table: pa.Table, known: dict[tuple[str, str, str], Key]) -> Iterator[ArchivedHour]:
    ends = table["end"].cast(pa.int64()).to_pylist()
    identity = (table[name].to_pylist() for name in _IDENTITY)
    numbers = (table[name].to_pylist() for name in ("total", "bad", "measured_seconds"))
    for service, slo, group, end, total, bad, measured in zip(
        *identity, ends, *numbers, strict=True
    ):
        key = _key(service, slo, group, known)
        yield ArchivedHour(key, end / _MS, total, bad, measured)


def _key(service: str, slo: str, group: str, known: dict[tuple[str, str, str], Key]) -> Key:
    """The key of a group; its labels are read once."""
    text = service, slo, group
    if text not in known:
        known[text] = service, slo, tuple((name, value) for name, value in json.loads(group))
    return known[text]


def _table(hours: Iterable[ArchivedHour]) -> pa.Table:
    rows = [
        (*hour.key[:2], json.dumps(hour.key[2], ensure_ascii=False), int(hour.end * _MS), *hour[2:])
        for hour in hours
    ]
    # by group, so that equal texts stand together and take no room
    rows.sort()
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(column) for column in columns]
    arrays[3] = arrays[3].cast(_SCHEMA.field("end").type)
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)
