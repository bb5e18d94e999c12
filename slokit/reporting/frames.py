"""Rows and series as frames: what a report holds, for arithmetic over thousands of series.

Owns pandas together with :mod:`slokit.reporting.trends`; whatever imports this module waits for it.
An unknown number is NaN here, as it is in pandas, and never 0. Times are UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

_TIMES = (
    *("start", "end", "window_from", "window_to", "period_from", "period_to"),
    *("compare_from", "compare_to"),
    *("exhausted_earliest", "exhausted_likely", "exhausted_latest"),
)
_SERIES = ("row", "service", "slo", "start", "end", "total", "bad", "measured", "burn")


class Recorded(Protocol):
    """A row of a report, as far as frames hold it."""

    @property
    def service(self) -> str:
        """The service."""

    @property
    def slo(self) -> str:
        """The SLO."""

    @property
    def budget(self) -> float | None:
        """How much may be bad per total."""

    @property
    def series(self) -> Sequence[tuple[float, float, float, int]]:
        """Its slots: the end, the total, the bad, and how many ledger windows were measured."""

    def record(self) -> Mapping[str, Any]:
        """The row as a flat record."""


def of_rows(rows: Iterable[Recorded]) -> pd.DataFrame:
    """One row a group, with the columns of its record; times are UTC."""
    frame = pd.DataFrame.from_records([dict(row.record()) for row in rows])
    return _with_times(frame)


def of_slots(rows: Sequence[Recorded], slot_seconds: float, window_seconds: float) -> pd.DataFrame:
    """One row for each slot of each group that has a series; see ``Report.slots``."""
    frame = numbers(rows, slot_seconds, window_seconds)
    frame["service"] = frame["row"].map(dict(enumerate(row.service for row in rows)))
    frame["slo"] = frame["row"].map(dict(enumerate(row.slo for row in rows)))
    frame["start"] = frame["end"] - slot_seconds
    return _with_times(frame[list(_SERIES)])


def numbers(rows: Sequence[Recorded], slot_seconds: float, window_seconds: float) -> pd.DataFrame:
    """The slots as numbers alone: ``row``, ``end`` (Unix seconds), ``total``, ``bad``, and so on.

    ``burn`` is bad / total / budget of the slot (SRE workbook, chapter 5).
    """
    frame = pd.DataFrame.from_records(
        [(number, *slot) for number, row in enumerate(rows) for slot in row.series],
        columns=["row", "end", "total", "bad", "windows"],
    ).astype({"row": "int64", "end": "float64", "total": "float64", "bad": "float64"})
    budgets = pd.Series([row.budget for row in rows], dtype="float64")
    whole = slot_seconds / window_seconds if slot_seconds else 1.0
    frame["measured"] = (frame["windows"].astype("float64") / whole).clip(upper=1.0)
    allowed = frame["total"].where(frame["total"] > 0) * frame["row"].map(budgets)
    frame["burn"] = frame["bad"] / allowed
    return frame


def _with_times(frame: pd.DataFrame) -> pd.DataFrame:
    """The same, Unix seconds made moments."""
    found = frame.copy()
    for name in _TIMES:
        if name in found:
            found[name] = pd.to_datetime(found[name], unit="s", utc=True)
    return found
