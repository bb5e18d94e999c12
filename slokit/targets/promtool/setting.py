"""What all tests of a bundle have in common, and the ledger as input."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.compiler.windows import Windows
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.targets.promtool.motion import Ramp
from slokit.targets.promtool.unit_test import Input, label_text

Pieces = Sequence[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A bundle's settings, and the windows of its burn rates."""

    project: Project
    windows: Windows
    _ledgers: dict[str, "LedgerInput"] = field(init=False, default_factory=dict, compare=False)

    def ledger(self, slo: Slo) -> "LedgerInput":
        """The ledger of an SLO as input, which many tests need."""
        if slo.id not in self._ledgers:
            self._ledgers[slo.id] = LedgerInput(slo, self.project)
        return self._ledgers[slo.id]

    def samples(self, seconds: Fraction) -> int:
        """How many samples there are in so many seconds."""
        return int(seconds / self.project.interval)

    def whole(self, seconds: Fraction) -> Fraction:
        """So many seconds or a little more: whole ledger windows, at which tests are evaluated."""
        return self.project.ledger_window * ceil(seconds / self.project.ledger_window)

    def share_of_a_sample(self, span: Fraction) -> Fraction:
        """How much of a span's samples one is: a tenth of five minutes at 30 s."""
        return self.project.interval / span

    def burn_windows(self, slo: Slo) -> int:
        """How many burn rates an SLO has."""
        alerting = {names.burn(w) for w in (*self.windows.fast, *self.windows.slow)}
        return len(alerting | {names.window_burn(slo.window.name)})


def steps(*pieces: tuple[Fraction, int]) -> str:
    """Values that stay the same for so many samples each."""
    return " ".join(str(Ramp(value, Fraction(0), count)) for value, count in pieces if count)


def group_of(slo: Slo) -> dict[str, str]:
    """A value for each group label of an SLO."""
    return {label: f"{label}-1" for label in slo.folding.names}


class LedgerInput:
    """The ledger of an SLO, written down instead of recorded."""

    def __init__(self, slo: Slo, project: Project) -> None:
        window, self._budget = project.ledger_window, slo.budget
        own = identity(slo, project)
        row, alone = label_text({**own, **group_of(slo)}), label_text(own)
        told = label_text({**own, **metadata(slo)})
        name = f"{slo.service}_{slo.name}"
        self._total = Input(names.total_rate(window) + row, "", f"{name}_total")
        self._bad = Input(names.bad_rate(window) + row, "", f"{name}_bad")
        self._allowed = Input(names.BUDGET + alone, "", f"{name}_budget")
        self._info = Input(names.INFO + told, "", f"{name}_info")

    def all(self, total: str, bad: str, samples: int) -> list[Input]:
        """The two rows of one group with these values, and the terms for so many samples."""
        return [*self.rows(total, bad), *self.terms(steps((Fraction(1), samples)), samples)]

    def rows(self, total: str, bad: str) -> list[Input]:
        """The two rows of one group."""
        return [self._total._replace(values=total), self._bad._replace(values=bad)]

    def terms(self, info: str, samples: int) -> list[Input]:
        """The budget for so many samples, and metadata with these values."""
        budget = steps((self._budget, samples))
        return [self._allowed._replace(values=budget), self._info._replace(values=info)]
