"""The whole month: every system, each with a source of chance of its own."""

import zlib

import numpy as np

from slokit.demo.month import api, etcd, postgresql
from slokit.demo.month.incidents import Calendar
from slokit.demo.month.simulated import Simulated
from slokit.demo.month.timeline import Timeline

_SYSTEMS = (api, etcd, postgresql)
_SEED = 20_260_101


def simulate(timeline: Timeline, calendar: Calendar) -> Simulated:
    """The same month for the same ``at``: a change to one system leaves the others as they are."""
    found = Simulated()
    for system in _SYSTEMS:
        rng = np.random.default_rng([_SEED, zlib.crc32(system.SERVICE.encode())])
        found.add(system.simulate(timeline, calendar, rng))
    return found
