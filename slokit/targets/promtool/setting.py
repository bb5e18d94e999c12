"""What all tests of a bundle have in common, and the ledger as input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.burn import Windows
from slokit.compiler.ledger import identity, metadata
from slokit.spec.bundle import Project
from slokit.spec.model import Slo
from slokit.targets.promtool.motion import Ramp
from slokit.targets.promtool.unit_test import label_text

Pieces = Sequence[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A bundle's settings, and the windows of its burn rates."""

    project: Project
    windows: Windows

    def samples(self, seconds: Fraction) -> int:
        """How many samples there are in so many seconds."""
        return int(seconds / self.project.interval)

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
    bundle: str = ""

    def rows(
        self, total: str, bad: str, group: Mapping[str, str] | None = None
    ) -> list[tuple[str, str]]:
        """The two rows of one group."""
        window = self.setting.project.ledger_window
        labels = label_text({**self.identity, **(group_of(self.slo) if group is None else group)})
        return [
            (names.total_rate(window) + labels, total),
            (names.bad_rate(window) + labels, bad),
        ]

    def terms(self, samples: int) -> list[tuple[str, str]]:
        """Budget and metadata, for so many samples."""
        return [self.budget(samples), self.info(steps((Fraction(1), samples)))]

    def budget(self, samples: int) -> tuple[str, str]:
        """The budget."""
        return names.BUDGET + label_text(self.identity), steps((self.slo.budget, samples))

    def info(self, values: str, **changed: str) -> tuple[str, str]:
        """The metadata, or edited metadata."""
        labels = {**self.identity, **metadata(self.slo), **changed}
        return names.INFO + label_text(labels), values

    @property
    def identity(self) -> dict[str, str]:
        """The labels of the budget; of another bundle where one is named."""
        own = identity(self.slo, self.setting.project)
        return {**own, names.BUNDLE: self.bundle or own[names.BUNDLE]}
