"""When an alert can have been active at all: the rest of the month need not be evaluated.

An alert's expression costs Prometheus two milliseconds a moment. Two kinds of alerts compare a
recorded series with a number, the third waits for gaps in the ledger; what was recorded before
shows where either can hold.
"""

import re
from collections.abc import Sequence

import numpy as np

from slokit.compiler import names
from slokit.demo.month.blocks import Points
from slokit.demo.month.ledger import ALERT_STEP, LEDGER_OFFSET, Rule
from slokit.demo.month.timeline import MINUTE, Integers, Mask, Timeline
from slokit.model.bundle import Project

_CONDITION = re.compile(r"(slokit:[a-z_0-9:]+)\{[^}]*\}(?:\[12m\]\))? (>|<=) ([0-9.]+)")
_TOTAL = names.total_rate(Project().ledger_window)
_REMEMBERED = 15 * MINUTE
_MOST = 72


def candidates(rule: Rule, recorded: Sequence[Points], timeline: Timeline) -> list[tuple[int, int]]:
    """The stretches in which an alert may be active, in Unix seconds on the grid of alerts."""
    condition = _CONDITION.search(rule.expr)
    name = condition[1] if condition else _TOTAL
    possible = np.zeros((timeline.at - timeline.start) // ALERT_STEP + 1, dtype=bool)
    for points in recorded:
        if points.name.startswith(f"{name}{{"):
            times = _gaps(points, timeline) if condition is None else _where(points, condition)
            first = (times - timeline.start) // ALERT_STEP
            for later in range(_REMEMBERED // ALERT_STEP + 1):
                possible[np.clip(first + later, 0, len(possible) - 1)] = True
    return _runs(possible, timeline)


def _where(points: Points, condition: re.Match[str]) -> Integers:
    """The times at which a recorded series meets a condition."""
    limit = float(condition[3])
    holds = points.values > limit if condition[2] == ">" else points.values <= limit
    return np.asarray(points.times[holds], dtype=np.int64)


def _gaps(points: Points, timeline: Timeline) -> Integers:
    """The evaluations of the ledger that recorded nothing for a series."""
    expected = np.arange(timeline.start + LEDGER_OFFSET, timeline.at, MINUTE)
    return np.setdiff1d(expected, points.times)


def _runs(possible: Mask, timeline: Timeline) -> list[tuple[int, int]]:
    """Neighbouring moments as stretches; each begins one step before its first moment."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], possible, [False]])))
    return [
        (timeline.start + (first - 1) * ALERT_STEP, timeline.start + (last - 1) * ALERT_STEP)
        for begun, ended in edges.reshape(-1, 2).tolist()
        for first, last in _pieces(begun, ended)
    ]


def _pieces(begun: int, ended: int) -> list[tuple[int, int]]:
    """A run in pieces: timestamp() reads a range from its beginning again for each moment."""
    return [(first, min(first + _MOST, ended)) for first in range(begun, ended, _MOST)]
