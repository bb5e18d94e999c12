"""What all tests of a bundle have in common, and the ledger as input."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from slokit.compiler import names
from slokit.compiler.burn import Windows
from slokit.compiler.ledger import identity, metadata
from slokit.spec.bundle import Project
from slokit.spec.model import Slo
from slokit.targets.promtool.motion import Ramp
from slokit.targets.promtool.unit_test import Input, label_text

Pieces = Sequence[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A bundle's settings, and the windows of its burn rates."""

    project: Project
    windows: Windows

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
        alerting = {*self.windows.fast, *self.windows.slow}
        return len(alerting | {slo.window.seconds})


def steps(*pieces: tuple[Fraction, int]) -> str:
    """Values that stay the same for so many samples each."""
    return " ".join(str(Ramp(value, Fraction(0), count)) for value, count in pieces if count)


def group_of(slo: Slo) -> dict[str, str]:
    """A value for each group label of an SLO."""
    return {label: f"{label}-1" for label in slo.folding.names}


@dataclass(frozen=True, slots=True)
class LedgerInput:
    """The ledger of an SLO, written down instead of recorded."""

    slo: Slo
    setting: Setting

    def all(self, total: str, bad: str, samples: int) -> list[Input]:
        """The two rows of one group with these values, and the terms for so many samples."""
        return [*self.rows(total, bad), *self.terms(steps((Fraction(1), samples)), samples)]

    def rows(self, total: str, bad: str) -> list[Input]:
        """The two rows of one group."""
        window = self.setting.project.ledger_window
        labels = label_text({**self.identity, **group_of(self.slo)})
        return [
            Input(names.total_rate(window) + labels, total, self._named("total")),
            Input(names.bad_rate(window) + labels, bad, self._named("bad")),
        ]

    def terms(self, info: str, samples: int) -> list[Input]:
        """The budget for so many samples, and metadata with these values."""
        budget = steps((self.slo.budget, samples))
        labels = label_text({**self.identity, **metadata(self.slo)})
        return [
            Input(names.BUDGET + label_text(self.identity), budget, self._named("budget")),
            Input(names.INFO + labels, info, self._named("info")),
        ]

    @property
    def identity(self) -> dict[str, str]:
        """The labels of the budget."""
        return identity(self.slo, self.setting.project)

    def _named(self, part: str) -> str:
        return f"{self.slo.service}_{self.slo.name}_{part}"
