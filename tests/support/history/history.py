"""Back-filled histories: series of any age, written as the blocks a Prometheus opens.

A day of one series at 60 s is 1,440 samples; 300 series over 30 days take well under a minute.
"""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tests.support.servers.prometheus_server import PrometheusServer

# promtool reads its whole input once more for each block it writes: one file per block instead.
# 2h * 3^4 is a block length that Prometheus itself would make by compaction.
BLOCK_SECONDS = 2 * 3600 * 3**4
WRITERS = 2

Floats: TypeAlias = NDArray[np.float64]
SeriesRow: TypeAlias = tuple[Mapping[str, str], Iterable[tuple[float, float]]]


@dataclass(frozen=True)
class History:
    """One series: its labels (with `__name__`) and arrays of equal length.

    `times` are seconds since the epoch, rising; a gap is simply a stretch without samples.
    """

    labels: Mapping[str, str]
    times: Floats
    values: Floats

    def between(self, start: float, end: float) -> "History":
        """The samples with start <= time < end."""
        first, last = np.searchsorted(self.times, [start, end])
        return History(self.labels, self.times[first:last], self.values[first:last])


def history(labels: Mapping[str, str], times: ArrayLike, values: ArrayLike) -> History:
    """A series from anything that numpy reads as numbers; one value stands for all times."""
    at = np.asarray(times, dtype=np.float64)
    taken = np.broadcast_to(np.asarray(values, dtype=np.float64), at.shape)
    return History(dict(labels), at, taken)


def from_rows(rows: Iterable[SeriesRow]) -> list[History]:
    """Series from (labels, iterable of (seconds, value)) pairs."""
    made = []
    for labels, points in rows:
        pairs = np.asarray(list(points), dtype=np.float64).reshape(-1, 2)
        made.append(History(dict(labels), pairs[:, 0], pairs[:, 1]))
    return made


def every(start: float, end: float, step: float) -> Floats:
    """The times start, start + step, … below end, in seconds."""
    return np.arange(start, end, step, dtype=np.float64)


def backfill(directory: Path, series: Sequence[History]) -> Path:
    """Write the series as blocks into `directory` and return it.

    `directory` is a Prometheus data directory: it may hold blocks already. Raises AssertionError
    with promtool's words when it refuses the samples.
    """
    directory.mkdir(parents=True, exist_ok=True)
    scratch = directory.parent / f"{directory.name}-openmetrics"
    scratch.mkdir(exist_ok=True)

    def write_block(start: float) -> None:
        source = scratch / f"{start:.0f}.txt"
        write_openmetrics(source, [row.between(start, start + BLOCK_SECONDS) for row in series])
        create_blocks(source, directory)
        source.unlink()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write_block, block_starts(series)))
    scratch.rmdir()
    return directory


def server_with_history(
    directory: Path,
    series: Sequence[History],
    *,
    rule_files: Sequence[Path | str] = (),
    flags: Sequence[str] = (),
) -> PrometheusServer:
    """A Prometheus, not started yet, that holds these series and scrapes nothing."""
    server = PrometheusServer(directory, rule_files=rule_files, flags=flags)
    backfill(server.data, series)
    return server


def block_starts(series: Sequence[History]) -> list[float]:
    """The start of every aligned block that holds a sample, rising."""
    starts: set[float] = set()
    for row in series:
        starts.update((np.unique(row.times // BLOCK_SECONDS) * BLOCK_SECONDS).tolist())
    return sorted(starts)


def write_openmetrics(path: Path, series: Iterable[History]) -> None:
    """Write series as OpenMetrics text with a timestamp on every sample."""
    with path.open("w", encoding="utf-8") as out:
        for row in series:
            samples = _samples_text(row.times.tobytes(), row.values.tobytes())
            out.write(samples.replace("\0", openmetrics_name(row.labels)))
        out.write("# EOF\n")


@lru_cache(maxsize=16)
def _samples_text(times: bytes, values: bytes) -> str:
    """Lines of samples with NUL for the series: in a fleet thousands differ in that alone."""
    at = np.char.mod("%.3f", np.frombuffer(times)).tolist()
    each = np.frombuffer(values).tolist()
    return "".join(f"\0 {value!r} {moment}\n" for value, moment in zip(each, at, strict=True))


def openmetrics_name(labels: Mapping[str, str]) -> str:
    """The metric name and labels of a series as OpenMetrics writes them."""
    pairs = ",".join(
        f'{name}="{escaped(value)}"' for name, value in sorted(labels.items()) if name != "__name__"
    )
    return f"{labels['__name__']}{{{pairs}}}"


def escaped(value: str) -> str:
    """A label value with backslash, quote and line feed escaped."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def create_blocks(source: Path, directory: Path) -> None:
    """Turn one OpenMetrics file into blocks; raises AssertionError with promtool's words."""
    run = subprocess.run(
        [
            "promtool",
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            f"--max-block-duration={BLOCK_SECONDS}s",
            "--quiet",
            str(source),
            str(directory),
        ],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert run.returncode == 0, f"promtool refused {source.name}:\n{run.stdout}{run.stderr}"
