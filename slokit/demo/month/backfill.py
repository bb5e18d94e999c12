"""The month in a real Prometheus: raw series first, then the ledger, level by level."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from slokit.api import Artifact
from slokit.compiler.names import SINCE
from slokit.demo.month import blocks, evaluation
from slokit.demo.month.blocks import Points
from slokit.demo.month.evaluation import candidates
from slokit.demo.month.simulated import DAY, Simulated, Timeline
from slokit.demo.processes import Children, StoppedError
from slokit.demo.servers import Prometheus

Say = Callable[[str], None]
_OFTEN = 2.0
_PART = 5 * DAY

# Nothing is scraped and no block is too old: the month is all there is.
FLAGS = ("--storage.tsdb.retention.time=100y",)


class Backfill:
    """Fills a Prometheus with a month and keeps count of the samples."""

    def __init__(self, directory: Path, children: Children, say: Say) -> None:
        self._scratch = directory / "openmetrics"
        self._scratch.mkdir(parents=True)
        self._children = children
        self._say = say
        self.prometheus = Prometheus(directory, children, flags=FLAGS)
        self.samples = 0
        self._said = time.monotonic()

    def fill(self, simulated: Simulated, timeline: Timeline, artifacts: Iterable[Artifact]) -> None:
        """Write the raw series and all that the rules would have recorded; leaves it running.

        Raises:
            BrokenEnvironmentError: a program failed.
            StoppedError: the demo is at its end.
        """
        self._write(blocks.scraped(simulated.series, timeline), "raw samples")
        recorded: list[Points] = []
        for rules in evaluation.levels(artifacts):
            self.prometheus.start()
            found = self._evaluate(rules, timeline, recorded)
            self.prometheus.server.stop()
            self._write(found, f"samples of {_names(rules)}")
            recorded += found
        self.prometheus.start()

    def _evaluate(
        self, rules: Sequence[evaluation.Rule], timeline: Timeline, recorded: Sequence[Points]
    ) -> list[Points]:
        found: list[Points] = []
        with self.prometheus.client() as client:
            for number, rule in enumerate(rules, start=1):
                if rule.record == SINCE:
                    found += evaluation.since(rule, recorded, timeline)
                    continue
                stretches = _days(timeline)
                if rule.offset:
                    # the first counts hold what ledgers recorded an evaluation before the month
                    stretches = [(timeline.start - rule.step, timeline.start), *stretches]
                if rule.alert:
                    stretches = candidates(rule, recorded, timeline)
                tick = partial(self._tick, f"rule {number} of {len(rules)}: {_names(rules)}")
                found += evaluation.evaluate(rule, client, stretches, tick)
        return found

    def _tick(self, text: str) -> None:
        """Say what goes on, every other second."""
        if not self._children.is_open:
            raise StoppedError
        if time.monotonic() - self._said > _OFTEN:
            self._say(text)
            self._said = time.monotonic()

    def _write(self, points: Sequence[Points], what: str) -> None:
        count = sum(len(each.times) for each in points)
        self._say(f"writing {count / 1e6:.1f} million {what}")
        self._said = time.monotonic()
        blocks.write_blocks(self.prometheus.data, points, self._scratch, self._children, self._tick)
        self.samples += count


def _days(timeline: Timeline) -> list[tuple[int, int]]:
    """The month in parts of a few days."""
    return [
        (start, min(start + _PART, timeline.at))
        for start in range(timeline.start, timeline.at, _PART)
    ]


def _names(rules: Sequence[evaluation.Rule]) -> str:
    names = list(dict.fromkeys(rule.record or rule.alert for rule in rules))
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
