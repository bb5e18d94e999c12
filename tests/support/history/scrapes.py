"""Synthetic scrapes: one array of values in two notations, promtool's and a back-filled block's.

A value is what a scrape saw; NaN means that nothing was scraped.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tests.support.history.history import Floats, History, openmetrics_name


@dataclass(frozen=True)
class Scraped:
    """One series, scraped every `interval` seconds, `phase` seconds after the multiple of it.

    `stale` says that Prometheus saw the series end, as it does when a target or a series vanishes;
    it does not when Prometheus itself was down.
    """

    labels: Mapping[str, str]
    values: Floats
    interval: int
    phase: int = 0
    stale: bool = True

    def notation(self, grid: int) -> str:
        """The values as promtool writes them, one every `grid` seconds."""
        every, shift = self.interval // grid, self.phase // grid
        after = every - shift - 1
        lead, trail = f"_x{shift} " if shift else "", f" _x{after}" if after else ""
        return " ".join(f"{lead}{token}{trail}" for token in self._tokens())

    def _tokens(self) -> list[str]:
        tokens, before = [], math.nan
        for value in self.values.tolist():
            ended = math.isnan(value) and not math.isnan(before) and self.stale
            tokens.append("stale" if ended else "_" if math.isnan(value) else f"{value:.10g}")
            before = value
        return tokens

    def history(self, start: float) -> History:
        """The same samples at real times, the first scrape `phase` seconds after `start`."""
        times = start + self.phase + self.interval * np.arange(len(self.values), dtype=np.float64)
        seen = ~np.isnan(self.values)
        return History(self.labels, times[seen], self.values[seen])


def scraped(
    labels: Mapping[str, str], values: ArrayLike, interval: int, phase: int = 0, **how: bool
) -> Scraped:
    """A series from anything that numpy reads as numbers."""
    return Scraped(dict(labels), np.asarray(values, dtype=np.float64), interval, phase, **how)


def promtool_input(series: list[Scraped], grid: int) -> dict[str, str]:
    """The series as the input of a rule replay with an interval of `grid` seconds."""
    return {openmetrics_name(row.labels): row.notation(grid) for row in series}
