"""Durations: how many of a minute's events fall into each bucket of a histogram."""

from math import erf, log, sqrt

import numpy as np

from slokit.demo.month.timeline import Floats


def shares(median: Floats, spread: float, bounds: tuple[float, ...]) -> Floats:
    """The share of each bucket and of all above, a row a minute.

    Log-normal: ``median`` in seconds, ``spread`` the standard deviation of the logarithm.
    """
    medians, rows = np.unique(np.round(median, 4), return_inverse=True)
    below = [[_normal(log(bound / each) / spread) for bound in bounds] for each in medians]
    edges = np.pad(np.array(below), ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    return np.asarray(np.diff(edges, axis=1)[rows], dtype=np.float64)


def _normal(x: float) -> float:
    """The standard normal distribution."""
    return (1 + erf(x / sqrt(2))) / 2
