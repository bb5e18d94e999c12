"""Back-fill: series as OpenMetrics text, and the blocks that promtool makes of it.

promtool reads its whole input once for each block it writes, so each block gets a file of its own:
13 million samples take some 15 seconds on two cores.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slokit.demo.month.simulated import Floats, Integers, Scraped, Timeline
from slokit.demo.processes import Children

# Two hours times a power of three is a block that Prometheus itself would make by compaction.
BLOCK_SECONDS = 2 * 3600 * 3**4
_WRITERS = 2
_OFTEN = 2.0
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True)
class Points:
    """One series to be written: its name and labels as text, times in seconds, values."""

    name: str
    times: Floats | Integers
    values: Floats | Integers


def scraped(series: Iterable[Scraped], timeline: Timeline) -> list[Points]:
    """The series of a simulation; a scrape that did not happen leaves no sample."""
    times = {each.offset: timeline.minutes + each.offset for each in series}
    found = []
    for each in series:
        at, values = times[each.offset], each.values
        if each.missing is not None:
            at, values = at[~each.missing], values[~each.missing]
        found.append(Points(series_name(dict(each.labels)), at, values))
    return found


def series_name(labels: dict[str, str]) -> str:
    """Name and labels as OpenMetrics writes them."""
    pairs = ",".join(
        f'{name}="{value.translate(_ESCAPES)}"'
        for name, value in sorted(labels.items())
        if name != "__name__"
    )
    return f"{labels['__name__']}{{{pairs}}}"


def write_blocks(
    directory: Path,
    series: Sequence[Points],
    scratch: Path,
    children: Children,
    tick: Callable[[str], None] = lambda text: None,
) -> None:
    """Add the samples to a Prometheus data directory, which must not be open for writing.

    ``tick`` hears now and then how far it got.

    Raises:
        BrokenEnvironmentError: promtool refuses the samples.
    """
    directory.mkdir(parents=True, exist_ok=True)

    def write(start: int) -> None:
        source = scratch / f"{start}.om"
        _write_text(source, series, start)
        children.run(
            [
                *("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet"),
                f"--max-block-duration={BLOCK_SECONDS}s",
                *(str(source), str(directory)),
            ]
        )
        source.unlink()

    with ThreadPoolExecutor(_WRITERS) as pool:
        blocks = [pool.submit(write, start) for start in _starts(series)]
        waiting = set(blocks)
        while waiting:
            done, waiting = wait(waiting, _OFTEN, FIRST_COMPLETED)
            tick(f"{len(blocks) - len(waiting)} of {len(blocks)} blocks")
            for block in done:
                block.result()


def _starts(series: Sequence[Points]) -> list[int]:
    """The beginnings of all blocks that hold samples."""
    ends = {float(end) for each in series if len(each.times) for end in each.times[[0, -1]]}
    if not ends:
        return []
    first, last = (int(end // BLOCK_SECONDS) for end in (min(ends), max(ends)))
    return [number * BLOCK_SECONDS for number in range(first, last + 1)]


def _write_text(path: Path, series: Iterable[Points], start: int) -> None:
    shared: dict[tuple[int, int, int], list[str]] = {}
    with path.open("w", encoding="utf-8") as out:
        for each in series:
            first, last = np.searchsorted(each.times, [start, start + BLOCK_SECONDS])
            key = (id(each.times), int(first), int(last))
            if key not in shared:
                shared[key] = [f" {at}\n" for at in each.times[first:last].tolist()]
            values = each.values[first:last].tolist()
            out.write(
                "".join(f"{each.name} {v}{end}" for v, end in zip(values, shared[key], strict=True))
            )
        out.write("# EOF\n")
