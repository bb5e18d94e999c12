"""A ledger written by hand, for reports whose every number is known beforehand."""

from dataclasses import dataclass, field

import numpy as np

from slokit.compiler import names
from slokit.model.bundle import Project
from tests.support.history.history import Floats, History, every, history


@dataclass(frozen=True)
class Ledger:
    """Counts of one group of one SLO, from one moment (Unix seconds) to another.

    ``total`` and ``bad`` are events a ledger window; ``bad`` between two moments only, if they are
    given. Ledger windows end ``phase`` seconds after the full ones.
    """

    project: Project
    start: float
    end: float
    total: float
    bad: float = 0.0
    between: tuple[float, float] | None = None
    budget: float = 0.01
    labels: dict[str, str] = field(default_factory=dict)
    phase: float = 17.0

    @property
    def identity(self) -> dict[str, str]:
        """The labels of every series of it."""
        own = {names.BUNDLE: self.project.bundle, names.SERVICE: "edge", names.SLO: "one"}
        return {**own, **self.labels}

    def slots(self) -> Floats:
        """The ends of its ledger windows."""
        step = float(self.project.ledger_window)
        first = np.ceil((self.start - self.phase) / step) * step + self.phase
        return every(first, self.end + 1, step)

    def series(self, *, without_bad: bool = False) -> list[History]:
        """What the rules would have recorded: counts, and rates and the budget in between."""
        window, slots = self.project.ledger_window, self.slots()
        often = every(self.start, self.end, 60)
        sides = [(names.total_events, names.total_rate, np.full(len(slots), self.total))]
        if not without_bad:
            sides.append((names.bad_events, names.bad_rate, self._bad(slots)))
        found = [self._of(names.BUDGET, often, self.budget)]
        for events, rate, values in sides:
            at = np.clip(np.searchsorted(slots, often), 0, len(slots) - 1)
            found.append(self._of(events(window), slots, values))
            found.append(self._of(rate(window), often, values[at] / float(window)))
        return found

    def _bad(self, slots: Floats) -> Floats:
        start, end = self.between or (self.start, self.end)
        return np.where((slots > start) & (slots <= end), self.bad, 0.0)

    def _of(self, name: str, times: Floats, values: "Floats | float") -> History:
        identity = self.identity
        if name == names.BUDGET:
            identity = {key: identity[key] for key in names.IDENTITY}
        return history({"__name__": name, **identity}, times, values)
