import math
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slokit import api
from slokit.api import Loaded
from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.project.archive import ParquetArchive
from slokit.project.boundary import Boundary
from slokit.prometheus.settings import PrometheusSettings
from slokit.reporting.archive import HOUR, ArchivedHour
from slokit.reporting.evidence import Key
from slokit.reporting.model import Counts, Slot, TimeRange

DAY = 1_767_225_600.0
KEY: Key = ("edge", "one", (("shard", "a"),))
ALL_DAY = TimeRange(DAY, DAY + 86_400)

SPEC = """\
apiVersion: slokit/v1
service: edge
slos:
  - {name: one, objective: 99%, sli: {events: {bad: a_total, total: b_total}}}
"""

# Ends itself, or is ended, where a file is written but not in its place yet.
KEEP = """\
import os, resource, signal, sys
from pathlib import Path
from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.project.archive import ParquetArchive
from slokit.project.boundary import Boundary
from slokit.reporting.archive import ArchivedHour

how, directory = sys.argv[1], Path(sys.argv[2])
if how == "killed":
    os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
day = 1_767_225_600.0
hours = [ArchivedHour(("edge", "one", (("shard", "a"),)), day + 3600.0 * n, 9.0, 9.0, 3600.0)
         for n in range(1, 25)]
try:
    ParquetArchive(directory, "shop", 300.0, Boundary(directory)).keep(day, hours)
except BrokenEnvironmentError as fault:
    sys.exit(str(fault))
"""


def _hour(number: int, bad: float = 1.0, measured: float = HOUR, key: Key = KEY) -> ArchivedHour:
    return ArchivedHour(key, DAY + number * HOUR, 100.0, bad, measured)


def _archive(directory: Path, bundle: str = "shop", window: float = 300.0) -> ParquetArchive:
    return ParquetArchive(directory, bundle, window, Boundary(directory.resolve()))


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    """Hours by their ends, sums over some of them, and the hours of each group in order."""
    _archive(tmp_path).keep(DAY, [_hour(2), _hour(1, 3.0), _hour(3)])
    read = _archive(tmp_path)

    assert read.hours(ALL_DAY) == {DAY + n * HOUR: HOUR for n in (1, 2, 3)}
    assert read.counts([DAY + HOUR, DAY + 2 * HOUR]) == {KEY: Counts(200.0, 4.0, 24)}
    assert read.slots([DAY + 2 * HOUR, DAY + HOUR]) == {
        KEY: (Slot(DAY + HOUR, 100.0, 3.0, 12), Slot(DAY + 2 * HOUR, 100.0, 1.0, 12))
    }
    assert read.counts([]) == {}


def test_an_hour_that_ends_a_day_is_of_that_day(tmp_path: Path) -> None:
    """The hour that ends at midnight is in the file of the day before."""
    archive = _archive(tmp_path)
    archive.keep(DAY, [_hour(24)])

    assert list(archive.hours(ALL_DAY)) == [DAY + 86_400]
    assert [path.name for path in (tmp_path / "shop").glob("*.parquet")] == ["2026-01-01.parquet"]


def test_an_hour_is_replaced_only_by_one_of_which_more_was_measured(tmp_path: Path) -> None:
    """As a whole: nothing of the old one stays beside it."""
    archive = _archive(tmp_path)
    other = ("edge", "one", (("shard", "b"),))

    assert archive.keep(DAY, [_hour(1, 5.0, 1800.0), _hour(2)]) == 2
    assert archive.keep(DAY, [_hour(1, 9.0, 600.0), _hour(2, 9.0)]) == 0
    assert archive.keep(DAY, [_hour(1, 7.0, key=other)]) == 1
    assert archive.counts([DAY + HOUR]) == {other: Counts(100.0, 7.0, 12)}
    assert archive.counts([DAY + 2 * HOUR]) == {KEY: Counts(100.0, 1.0, 12)}


def test_labels_are_kept_whatever_they_are(tmp_path: Path) -> None:
    """Dozens of labels, long values, quotes, line breaks and other scripts."""
    labels = tuple((f"label_{n}", f'"{n}"\n\\ü漢' * 200) for n in range(40))
    key: Key = ("edge", "one", labels)
    _archive(tmp_path).keep(DAY, [_hour(1, key=key)])

    assert list(_archive(tmp_path).counts([DAY + HOUR])) == [key]


def test_bundles_share_a_directory_and_no_number(tmp_path: Path) -> None:
    """Each has a folder of its own."""
    _archive(tmp_path, "shop").keep(DAY, [_hour(1, 1.0)])
    _archive(tmp_path, "bank").keep(DAY, [_hour(1, 2.0)])

    assert _archive(tmp_path, "shop").counts([DAY + HOUR]) == {KEY: Counts(100.0, 1.0, 12)}
    assert _archive(tmp_path, "bank").counts([DAY + HOUR]) == {KEY: Counts(100.0, 2.0, 12)}


def test_another_ledger_window_counts_the_same_seconds(tmp_path: Path) -> None:
    """What was measured is kept in seconds."""
    _archive(tmp_path).keep(DAY, [_hour(1)])

    assert _archive(tmp_path, window=600.0).counts([DAY + HOUR])[KEY].slots == 6


@pytest.mark.parametrize("version", [b"2", None, b"\xff"])
def test_an_unknown_schema_version_is_refused(tmp_path: Path, version: bytes | None) -> None:
    """With the file, its version and what to do; it is neither read nor written over."""
    path = tmp_path / "shop" / "2026-01-01.parquet"
    _archive(tmp_path).keep(DAY, [_hour(1)])
    metadata = {} if version is None else {b"slokit.archive": version}
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    before = path.read_bytes()

    with pytest.raises(BrokenEnvironmentError, match=r"2026-01-01\.parquet: its schema version is"):
        _archive(tmp_path).hours(ALL_DAY)
    with pytest.raises(BrokenEnvironmentError, match="use the slokit that wrote it"):
        _archive(tmp_path).keep(DAY, [_hour(2)])
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no parquet at all"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    """One line, and the file is left as it is."""
    path = tmp_path / "shop" / "2026-01-01.parquet"
    path.parent.mkdir()
    path.write_bytes(damage)

    with pytest.raises(BrokenEnvironmentError, match="it is no whole Parquet file"):
        _archive(tmp_path).hours(ALL_DAY)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    """A table of something else, whatever version it claims."""
    path = tmp_path / "shop" / "2026-01-01.parquet"
    path.parent.mkdir()
    table = pa.table({"a": [1]}).replace_schema_metadata({b"slokit.archive": b"1"})
    pq.write_table(table, path)

    with pytest.raises(BrokenEnvironmentError, match="its columns are not those of an archive"):
        _archive(tmp_path).hours(ALL_DAY)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("group", "no json"),
        ("group", '{"shard": "a"}'),
        ("group", '[["shard", 1]]'),
        ("group", "[1]"),
        ("total", None),
        ("bad", math.nan),
        ("measured_seconds", math.inf),
        ("service", None),
        ("end", None),
    ],
)
def test_values_that_are_none_of_slokits_are_refused(
    tmp_path: Path, column: str, value: object
) -> None:
    """Right columns with anything in them: the file is named, read and written over by no run."""
    _archive(tmp_path).keep(DAY, [_hour(1)])
    (path,) = (tmp_path / "shop").glob("*.parquet")
    table = pq.read_table(path)
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    pq.write_table(table.set_column(place, field, pa.array([value], field.type)), path)
    before = path.read_bytes()

    for use in (
        lambda: _archive(tmp_path).hours(ALL_DAY),
        lambda: _archive(tmp_path).keep(DAY, [_hour(2)]),
    ):
        with pytest.raises(BrokenEnvironmentError, match="slokit did not write what is in it"):
            use()
    assert path.read_bytes() == before


def test_what_else_lies_in_the_directory_is_left_alone(tmp_path: Path) -> None:
    """Notes, files of other names and other bundles are neither read nor removed."""
    others = [tmp_path / "notes.txt", tmp_path / "shop" / "2026.parquet", tmp_path / "b" / "x"]
    for other in others:
        other.parent.mkdir(exist_ok=True)
        other.write_text("mine")
    _archive(tmp_path).keep(DAY, [_hour(1)])

    assert list(_archive(tmp_path).hours(ALL_DAY)) == [DAY + HOUR]
    assert [other.read_text() for other in others] == ["mine"] * 3


def test_two_runs_at_once_keep_the_hours_of_both(tmp_path: Path) -> None:
    """Of one day of one archive: each waits for the other, and none is lost."""

    def keep(number: int) -> int:
        own: Key = ("edge", f"slo-{number}", ())
        return _archive(tmp_path).keep(DAY, [_hour(hour, key=own) for hour in range(1, 25)])

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(keep, range(24)))

    assert kept == [24] * 24
    counts = _archive(tmp_path).counts([DAY + HOUR * hour for hour in range(1, 25)])
    assert len(counts) == 24
    assert {each.total for each in counts.values()} == {2400.0}


def _project(root: Path, settings: str) -> Loaded:
    (root / "slokit.yaml").write_text(settings)
    (root / "slo-specs").mkdir(exist_ok=True)
    (root / "slo-specs" / "one.yaml").write_text(SPEC)
    return api.load(project=str(root / "slokit.yaml"))


def _kept_elsewhere(how: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", KEEP, how, str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_killed_run_leaves_the_archive_whole(tmp_path: Path) -> None:
    """Killed before its file was in place: the old hours are there, and the next run clears up."""
    _archive(tmp_path).keep(DAY, [_hour(1, 1.0, 600.0)])
    ran = _kept_elsewhere("killed", tmp_path)

    assert ran.returncode == -signal.SIGKILL
    assert list((tmp_path / "shop").glob(".*.parquet"))
    assert _archive(tmp_path).counts([DAY + HOUR]) == {KEY: Counts(100.0, 1.0, 2)}
    assert _archive(tmp_path).keep(DAY, [_hour(1)]) == 1
    assert not list((tmp_path / "shop").glob(".*.parquet"))
    assert _archive(tmp_path).counts([DAY + HOUR]) == {KEY: Counts(100.0, 1.0, 12)}


def test_a_disk_without_room_is_one_line(tmp_path: Path) -> None:
    """The file that did not fit is removed, and the old hours stay."""
    _archive(tmp_path).keep(DAY, [_hour(1, 1.0, 600.0)])
    ran = _kept_elsewhere("full", tmp_path)

    assert ran.stderr.startswith("cannot write to the archive")
    assert ran.stderr.count("\n") == 1
    assert not list((tmp_path / "shop").glob(".*.parquet"))
    assert _archive(tmp_path).counts([DAY + HOUR]) == {KEY: Counts(100.0, 1.0, 2)}


def test_without_pyarrow_one_line_says_what_to_install(tmp_path: Path) -> None:
    """Only where an archive is asked for; the exit code is that of a broken environment."""
    _project(tmp_path, "bundle: shop\n")
    code = "import sys; sys.modules['pyarrow'] = None; from slokit.__main__ import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "report", *"--prometheus http://[::1]:1 --archive x".split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 4
    assert "archives need pyarrow" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_an_archive_of_slokit_yaml_stays_in_the_project(tmp_path: Path) -> None:
    """The key may lead to a directory below, and not out of the project."""
    inside = _project(tmp_path, "archive: kept\n")
    outside = _project(tmp_path, "archive: ../kept\n")

    assert not inside.errors
    assert (inside.bundle.project.archive, len(outside.errors)) == ("kept", 1)
    assert "leads out of the project" in outside.errors[0].message


def test_slots_are_kept_only_in_an_archive(tmp_path: Path) -> None:
    """Without a directory the call is a wrong one."""
    loaded = _project(tmp_path, "bundle: shop\n")

    with pytest.raises(UsageError, match="no archive"):
        api.keep_slots(loaded, PrometheusSettings("http://127.0.0.1:1"), start=DAY, end=DAY + 1)
