"""Clusters whose members count, report epochs, restart, leave and join, as synthetic scrapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.support.history.history import Floats
from tests.support.history.scrapes import Scraped, scraped

STEP = 30


@dataclass
class Member:
    """One member of a cluster: what its gauge or counter says at each scrape, from time 0 on.

    `value` is what it starts with; a value counts the events that the member saw. Times are
    seconds.
    """

    name: str
    value: float
    seconds: int
    phase: int = 0
    values: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.values = np.full(self.seconds // STEP + 1, float(self.value))

    def sees(self, moments: Sequence[int], late: int = 0) -> "Member":
        """Count one event at each moment, or that many seconds later."""
        for moment in moments:
            self.values[self._scrape(moment + late) :] += 1
        return self

    def restarts(self, at: int, down: int = 60, again: float = 1) -> "Member":
        """Go away and come back with a counter that starts anew; later events are kept."""
        back = self._scrape(at + down)
        self.values[back:] += again - self.values[back - 1]
        return self.unseen(at, down)

    def unseen(self, at: int, lasts: int | None = None) -> "Member":
        """Give no samples for a while, or for good."""
        until = None if lasts is None else self._scrape(at + lasts)
        self.values[self._scrape(at) : until] = np.nan
        return self

    def joins(self, at: int) -> "Member":
        """Be there from a moment on only."""
        self.values[: self._scrape(at)] = np.nan
        return self

    def series(self, name: str, labels: Mapping[str, str]) -> Scraped:
        """The member's series of this metric."""
        of = {"__name__": name, "instance": self.name, **labels}
        return scraped(of, self.values, STEP, self.phase)

    def _scrape(self, at: int) -> int:
        """The number of the first scrape at this moment or after it."""
        return max(0, -(-(at - self.phase) // STEP))
