"""Months of known incidents of many shapes, by seed: what happened, and its minutes.

A month is October of 2026 in Berlin, with traffic by day and night and a calm background.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slokit.reporting.evidence import Key

Floats = npt.NDArray[np.float64]

MONTHS, SLOT, MINUTE, DAY = 50, 300, 60, 86_400
# October of 2026 in Berlin: on the 25th, clocks go back.
BEGIN, END, CHANGE = 1_790_805_600, 1_793_487_600, 1_792_890_000
MINUTES = (END - BEGIN) // MINUTE
PATCHING = (BEGIN + 20 * DAY, BEGIN + 20 * DAY + 7200)
SPEC = """
apiVersion: slokit/v1
service: db
defaults: {window: 30d}
slos:
  - name: errors
    objective: 99.9%
    group_by: [cluster, shard]
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: elections
    group_by: [cluster]
    sli: {rate: {counter: elections_total, counted_by: one_member, at_most: 1/h}}
  - name: lag
    objective: 99.9%
    group_by: [cluster]
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
"""
SETTINGS = {
    "maintenance": [
        {
            "name": "patching",
            "reason": "Kernel updates",
            "services": ["db"],
            "applies": ["report"],
            "from": "2026-10-20T22:00:00Z",
            "to": "2026-10-21T00:00:00Z",
        }
    ]
}
SHARDS = range(5)
FOUND = (
    *("one group of five", "all groups", "chain", "across midnight", "across a clock change"),
    *("on both sides of a maintenance", "still going on"),
)
# What no incident is made of: inside of a maintenance, too slow, and too short.
MISSED = ("slow", "short")


@dataclass(frozen=True)
class Known:
    """What happened: its shape, from when to when, and the SLOs that it hit in their order."""

    shape: str
    start: float
    end: float
    slos: tuple[str, ...] = ("errors",)


@dataclass(frozen=True)
class Month:
    """The truth about a month, and its minutes: total and bad of each group."""

    known: tuple[Known, ...]
    groups: Mapping[Key, tuple[Floats, Floats]]


def key_of(slo: str, **group: str) -> Key:
    """A group of the one cluster."""
    return "db", slo, tuple(sorted({"cluster": "eu", **group}.items()))


def random_month(seed: int) -> Month:
    """A month of traffic by day and night, a calm background, and an incident of each shape."""
    rng = np.random.default_rng(seed)
    minute = np.arange(MINUTES)
    traffic = 600 * (1 + 0.5 * np.sin(2 * np.pi * minute / 1440))
    totals = [rng.poisson(traffic).astype(float) for _ in SHARDS]
    bad = [rng.binomial(total.astype(int), 0.0002).astype(float) for total in totals]
    elections, lag = np.zeros(MINUTES), np.zeros(MINUTES)
    known: list[Known] = []

    def errors(shape: str, start: int, length: int, *, shards: Sequence[int] = SHARDS) -> None:
        for shard in shards:
            part = slice(start, start + length)
            bad[shard][part] = rng.binomial(totals[shard][part].astype(int), rng.uniform(0.03, 0.5))
        known.append(Known(shape, BEGIN + start * 60, BEGIN + (start + length) * 60))

    days = list(rng.permutation(range(2, 19)))

    def some() -> tuple[int, int]:
        """A minute of a day of its own, and a length."""
        return int(days.pop()) * 1440 + int(rng.integers(120, 1000)), int(rng.integers(12, 240))

    errors("one group of five", *some(), shards=[int(rng.integers(5))])
    errors("all groups", *some())
    errors("across midnight", int(days.pop()) * 1440 - int(rng.integers(7, 60)), 90)
    change = (CHANGE - BEGIN) // 60
    errors("across a clock change", change - int(rng.integers(10, 90)), int(rng.integers(100, 200)))
    errors("still going on", MINUTES - int(rng.integers(15, 400)), 10_000)
    known[-1] = Known("still going on", known[-1].start, END)

    start, length = some()
    elections[start + np.sort(rng.integers(0, 10, 4))] += 1
    errors("chain", start + 6, length)
    lag[start + length - 5 : start + length + 60] = 60
    elected = BEGIN + 60.0 * float(np.nonzero(elections)[0][0])
    ended = BEGIN + 60.0 * (start + length + 60)
    known[-1] = Known("chain", elected, ended, ("elections", "errors", "lag"))

    planned = (PATCHING[0] - BEGIN) // 60
    before, after = int(rng.integers(10, 28)), int(rng.integers(130, 145)) + 30
    errors("on both sides of a maintenance", planned - before, before + after)
    known[-1:] = [
        Known("on both sides of a maintenance", BEGIN + 60 * (planned - before), PATCHING[0]),
        Known(
            "on both sides of a maintenance",
            PATCHING[1] + 2 * SLOT,
            BEGIN + 60 * (planned + after),
        ),
    ]
    slow, _ = some()
    for shard in SHARDS:
        part = slice(slow, slow + 400)
        bad[shard][part] += rng.binomial(totals[shard][part].astype(int), 0.0008)
    known.append(Known("slow", BEGIN + 60 * slow, BEGIN + 60 * (slow + 400)))
    short, _ = some()
    bad[0][short] += 8
    known.append(Known("short", BEGIN + 60 * short, BEGIN + 60 * (short + 1)))
    time = np.full(MINUTES, 60.0)
    return Month(
        tuple(known),
        {
            **{key_of("errors", shard=str(n)): (totals[n], bad[n]) for n in SHARDS},
            key_of("elections"): (time, elections),
            key_of("lag"): (time, lag),
        },
    )
